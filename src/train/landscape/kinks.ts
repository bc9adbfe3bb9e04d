/**
 * Where along a ray the slope of the loss jumps. Curvature is not looked at: operations say themselves which smooth
 * piece each of their elements is on (`branch`), and between two places that differ in that the change is closed in on:
 * by halving, and where the loss is straight on both sides at once, as its two lines meet at the kink.
 */
import { builder } from "../../api/builder.ts";
import { callOnStandIns, scalarResult } from "../../api/transforms.ts";
import { choicesOf, choosersOf, readBy, type Choices } from "../../check/choosers.ts";
import type { Value } from "../../ir/dtype.ts";
import { NodeMap } from "../../ir/node-map.ts";
import { cast } from "../../ops/forms/cast.ts";
import { input, onesLike, zerosLike } from "../../ops/forms/source.ts";
import { differentiate } from "../../passes/differentiate.ts";
import { interpret } from "../../run/interpret.ts";
import { Tensor } from "../../trace/tensor.ts";
import { moved, type Loss } from "./vectors.ts";

/** A place where the slope jumps. */
export interface Kink {
  /** Distance along the ray, to 1e-12 (or to the last digit of large distances). */
  readonly at: number;
  /** The slope dL/da just before and just behind. */
  readonly before: number;
  readonly after: number;
}

export interface Kinks {
  readonly kinks: readonly Kink[];
  /** How many elements are on another piece at one place of the grid than at the next: about as many kinks there are. */
  readonly changes: number;
  /** How far the ray was searched: less than asked for where there are more kinks than `most`. */
  readonly until: number;
}

export interface KinkOptions {
  /** Places between which kinks are looked for first; two kinks of one element between two neighbours may go unseen. */
  readonly grid: readonly number[];
  /** Stop after so many; 0 only counts. Default 100. */
  readonly most?: number;
}

interface Place {
  readonly at: number;
  readonly loss: number;
  readonly slope: number;
  readonly choices: Choices;
}

/** How far apart the two sides of a kink are at the end. */
const closest = 1e-12;

/** A change of slope below this share of the steepest slope is rounding: an element changed pieces that does not count. */
const rounding = 1e-9;

/** What the ray is like at a distance. */
const placeOn = <M>(loss: Loss<M>, model: M, direction: M): ((at: number) => Place) => {
  const a = input([], "float64", "a");
  const out = scalarResult(callOnStandIns((distance: Tensor) => loss(moved(model, [direction], [distance])), [new Tensor(a, Infinity)]), "locateKinks");
  const slope = cast(differentiate(new Map([[out, onesLike(out)]]), [a], builder).of.get(a) ?? zerosLike(a), "float64");
  const choosers = choosersOf([out], [a]);
  const wanted = choosers.flatMap(readBy);
  return (at) => {
    const [value, steepness, ...rest] = interpret([out, slope, ...wanted], new NodeMap<Value>([[a, at]]));
    const found = new NodeMap<Value>(wanted.map((node, i) => [node, rest[i]!]));
    return { at, loss: value as number, slope: steepness as number, choices: choicesOf(choosers, (node) => found.get(node)!) };
  };
};

/** How many elements are on another piece. */
const differences = (x: Place, y: Place): number =>
  x.choices.reduce((sum, choices, i) => {
    const others = y.choices[i]!;
    let count = 0;
    for (let k = 0; k < choices.length; k++) if (choices[k] !== others[k]) count++;
    return sum + count;
  }, 0);

/** Two places close on either side of where the tangents at `left` and `right` meet, if the change lies between them. */
const meeting = (left: Place, right: Place, placeAt: (at: number) => Place): readonly [Place, Place] | undefined => {
  const at = left.at + (right.loss - left.loss - right.slope * (right.at - left.at)) / (left.slope - right.slope);
  const [low, high] = [at - closest / 2, at + closest / 2];
  if (!(low > left.at && high < right.at)) return undefined;
  const before = placeAt(low);
  if (differences(left, before) > 0) return undefined;
  const behind = placeAt(high);
  return differences(behind, right) > 0 ? undefined : [before, behind];
};

/** A stretch of the ray; `curved` once the tangents at the ends of a larger one did not meet at its kink. */
interface Stretch {
  readonly left: Place;
  readonly right: Place;
  readonly curved: boolean;
}

/** The narrowest stretches between two places in which an element changes pieces, from left to right. */
function* narrowed(from: Place, to: Place, placeAt: (at: number) => Place): Generator<Stretch, void> {
  // Left parts lie on top.
  const open: Stretch[] = [{ left: from, right: to, curved: false }];
  for (let stretch = open.pop(); stretch !== undefined; stretch = open.pop()) {
    const { left, right, curved } = stretch;
    const changed = differences(left, right);
    if (changed === 0) continue;
    const middle = (left.at + right.at) / 2;
    if (right.at - left.at <= closest || middle <= left.at || middle >= right.at) {
      yield stretch;
      continue;
    }
    const single = changed === 1 && !curved;
    const met = single ? meeting(left, right, placeAt) : undefined;
    if (met !== undefined) open.push({ left: met[0], right: met[1], curved });
    else {
      const between = placeAt(middle);
      open.push({ left: between, right, curved: curved || single }, { left, right: between, curved: curved || single });
    }
  }
}

/**
 * The kinks of a loss along a ray, model + a * direction, in order. Exact for losses that are linear between their kinks
 * (hinges on a linear classifier); for others as exact where a kink is found. Two that are closer than 1e-12 are one.
 * @example
 * const hinge = ({ w }: { w: Tensor }) => relu(w.sub(2)).sum();
 * locateKinks(hinge, { w: tensor([0]) }, { w: tensor([1]) }, { grid: [0, 3] }).kinks.length; // 1
 */
export const locateKinks = <M>(loss: Loss<M>, model: M, direction: M, { grid, most = 100 }: KinkOptions): Kinks => {
  const placeAt = placeOn(loss, model, direction);
  const places = grid.map(placeAt);
  const smallest = rounding * Math.max(...places.map(({ slope }) => Math.abs(slope)));
  const changes = places.slice(1).reduce((sum, place, i) => sum + differences(places[i]!, place), 0);
  const kinks: Kink[] = [];
  if (most === 0) return { kinks, changes, until: grid[0] ?? -Infinity };
  for (let i = 0; i + 1 < places.length; i++) {
    for (const { left, right } of narrowed(places[i]!, places[i + 1]!, placeAt)) {
      if (!(Math.abs(right.slope - left.slope) > smallest)) continue;
      const last = kinks.at(-1);
      if (last !== undefined && left.at - last.at <= 2 * closest) kinks[kinks.length - 1] = { ...last, after: right.slope };
      else if (kinks.length === most) return { kinks, changes, until: last!.at };
      else kinks.push({ at: (left.at + right.at) / 2, before: left.slope, after: right.slope });
    }
  }
  return { kinks, changes, until: grid.at(-1) ?? -Infinity };
};
