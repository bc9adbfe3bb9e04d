/**
 * Where along a ray the slope of the loss jumps. Curvature is not looked at: operations say themselves which smooth
 * piece each of their elements is on (`branch`), and between two places that differ in that the change is closed in on
 * by halving.
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
    const values = interpret([slope, ...wanted], new NodeMap<Value>([[a, at]]));
    const found = new NodeMap<Value>(wanted.map((node, i) => [node, values[i + 1]!]));
    return { at, slope: values[0] as number, choices: choicesOf(choosers, (node) => found.get(node)!) };
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
    // Left parts lie on top, so that kinks come in order.
    const open: (readonly [Place, Place])[] = [[places[i]!, places[i + 1]!]];
    for (let part = open.pop(); part !== undefined; part = open.pop()) {
      const [left, right] = part;
      if (differences(left, right) === 0) continue;
      const middle = (left.at + right.at) / 2;
      if (right.at - left.at > closest && middle > left.at && middle < right.at) {
        const between = placeAt(middle);
        open.push([between, right], [left, between]);
      } else if (Math.abs(right.slope - left.slope) > smallest) {
        const last = kinks.at(-1);
        if (last !== undefined && left.at - last.at <= 2 * closest) kinks[kinks.length - 1] = { ...last, after: right.slope };
        else if (kinks.length === most) return { kinks, changes, until: last!.at };
        else kinks.push({ at: middle, before: left.slope, after: right.slope });
      }
    }
  }
  return { kinks, changes, until: grid.at(-1) ?? -Infinity };
};
