/** Other ways to the same gradients: every group opened gate by gate, forward mode, and each gate on its own. */
import { asArray, isFloat, type TypedArray, type Value } from "../ir/dtype.ts";
import { dependents, topological } from "../ir/graph.ts";
import type { Node } from "../ir/node.ts";
import { indexAt, sizeOf } from "../ir/shape.ts";
import { builder } from "../api/builder.ts";
import { constant, input, onesLike } from "../ops/forms/source.ts";
import { differentiate } from "../passes/differentiate.ts";
import { expand } from "../passes/expand.ts";
import { pushForward } from "../passes/forward.ts";
import { interpret } from "../run/interpret.ts";
import { Draw } from "./draw.ts";
import { checkNode } from "./node.ts";
import { nameOf, near } from "./entry.ts";
import { Probe } from "./probe.ts";
import { largest } from "./sample-check.ts";
import type { Culprit, Witness } from "./types.ts";

/** A parameter of the function under check: the node that stands for it, its numbers and what it is called. */
export interface Leaf {
  readonly name: string;
  readonly node: Node;
  readonly values: Value;
}

export const feedsOf = (leaves: readonly Leaf[]): Map<Node, Value> => new Map(leaves.map(({ node, values }) => [node, values]));

/** The library's gradient for each leaf. */
export const gradientsOf = (out: Node, leaves: readonly Leaf[]): TypedArray[] => {
  const { of } = differentiate(new Map([[out, onesLike(out)]]), leaves.map((leaf) => leaf.node), builder);
  const nodes = leaves.map(({ node }) => of.get(node) ?? constant(0, node.shape, node.dtype));
  return interpret(nodes, feedsOf(leaves)).map((value, i) => asArray(value, nodes[i]!.dtype));
};

/** The gradients once more with every group opened; `undefined` where there is no group. */
export const gateByGate = (out: Node, leaves: readonly Leaf[], gradients: readonly TypedArray[]): Witness | undefined => {
  const open = expand([out], "body").get(out)!;
  if (open === out) return undefined;
  const name = "gate by gate";
  const plain = new Probe([open], leaves.map((leaf) => leaf.node));
  plain.set(leaves.map((leaf) => leaf.values), [1]);
  const overflow = plain.firstNonFinite();
  if (overflow && gradients.every((gradient) => gradient.every(Number.isFinite))) {
    const note = `gate by gate ${nameOf(overflow)} is not finite here; grouped, nothing is lost: that is what the group is for`;
    return { name, agrees: true, compared: 0, note };
  }
  const others = gradientsOf(open, leaves);
  let compared = 0;
  for (const [i, leaf] of leaves.entries()) {
    const [a, b] = [gradients[i]!, others[i]!];
    // Digits that cancel in an opened group are lost at the size of the whole gradient, not of one entry.
    const scale = largest(a, 1e-3);
    for (let k = 0; k < a.length; k++) {
      compared++;
      if (near(a[k]!, b[k]!, 1e-6, 1e-6 * scale)) continue;
      return { name, agrees: false, compared, note: `${entryName(leaf, k)}: grouped ${a[k]}, gate by gate ${b[k]}` };
    }
  }
  return { name, agrees: true, compared, note: `the same in ${compared} number${compared === 1 ? "" : "s"}` };
};

/** The slope along one random direction, carried forward, against gradient times direction. */
export const forwardMode = (out: Node, leaves: readonly Leaf[], gradients: readonly TypedArray[], seed: number): Witness => {
  const draw = new Draw(seed, 2);
  const floats = leaves.flatMap((leaf, i) => (isFloat(leaf.node.dtype) ? [{ leaf, gradient: gradients[i]! }] : []));
  const directions = floats.map(({ leaf }) => Float64Array.from({ length: sizeOf(leaf.node.shape) }, () => draw.sign()));
  const holes = floats.map(({ leaf }) => input(leaf.node.shape, leaf.node.dtype));
  const tangent = pushForward([out], new Map(floats.map(({ leaf }, i) => [leaf.node, holes[i]!])), builder).get(out);
  const feeds = feedsOf(leaves);
  holes.forEach((hole, i) => feeds.set(hole, hole.shape.length === 0 ? directions[i]![0]! : directions[i]!));
  const forward = tangent === undefined ? 0 : (interpret([tangent], feeds)[0] as number);
  let backward = 0;
  let size = 0;
  floats.forEach(({ gradient }, i) =>
    gradient.forEach((g, k) => {
      backward += g * directions[i]![k]!;
      size += Math.abs(g);
    }),
  );
  const agrees = near(forward, backward, 1e-9, 1e-12 * size) || (Number.isNaN(forward) && Number.isNaN(backward));
  const note = `along a random direction: forward ${forward}, gradient times direction ${backward}`;
  return { name: "forward mode", agrees, compared: 1, note };
};

export const entryName = (leaf: Leaf, element: number): string =>
  leaf.node.shape.length === 0 ? leaf.name : `${leaf.name}[${indexAt(element, leaf.node.shape).join(", ")}]`;

/** Gates looked at one by one before the search is given up: enough for any model, bounded for a circuit of a million. */
const searched = 20_000;

/** The first gate whose own rule disagrees with its numbers, groups without a rule of their own opened. */
export const findCulprit = (out: Node, leaves: readonly Leaf[], seed: number): Culprit | undefined => {
  const open = expand([out], "lowered", (node) => node.op.gradient === undefined).get(out)!;
  const probe = new Probe([open], leaves.map((leaf) => leaf.node));
  probe.set(leaves.map((leaf) => leaf.values), [1]);
  const order = topological([open]);
  const given = feedsOf(leaves);
  const active = dependents(order, given.keys());
  let left = searched;
  for (const node of order) {
    if (!active.has(node) || given.has(node) || !isFloat(node.dtype)) continue;
    if (left-- === 0) return undefined;
    const inputs = node.src.map((src) => probe.valueOf(src)!);
    const { wrong } = checkNode(node, inputs, 5, seed);
    if (wrong === undefined) continue;
    const silent = node.op.gradient!(node, onesLike(node)).every((gradient) => gradient === undefined);
    const note = silent
      ? "its gradient is stopped here: no gradient passes this gate, though its value does change"
      : "its backward rule disagrees with its own numbers (for a random upstream gradient)";
    return {
      gate: node.op.name,
      name: node.name,
      place: node.site?.place,
      operand: wrong.operand + 1,
      entry: wrong.entry,
      analytic: wrong.analytic,
      numeric: wrong.numeric,
      note,
    };
  }
  return undefined;
};
