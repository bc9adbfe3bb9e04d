/**
 * When numbers are lost (NaN or infinity), says where it began: the loss and its gradients are run once more with an eye
 * on every node, and the walk goes back from the bad result to the first operation that made it of finite numbers.
 */
import { builder } from "../api/builder.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import { asArray, type Value } from "../ir/dtype.ts";
import { topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node } from "../ir/node.ts";
import { indexAt } from "../ir/shape.ts";
import { operandNotes } from "../ops/forms/entry.ts";
import { onesLike } from "../ops/forms/source.ts";
import { differentiateWires } from "../passes/differentiate.ts";
import { interpret } from "../run/interpret.ts";
import { withFreshSites } from "../trace/site.ts";
import { Tensor } from "../trace/tensor.ts";
import { leavesOf, mapTree } from "../trace/tree.ts";

interface Seen {
  readonly value: Value;
  readonly inputs: readonly Value[];
}

const firstBad = (value: Value, node: Node): number => asArray(value, node.dtype).findIndex((x) => !Number.isFinite(x));

/** What happened at one element, as arithmetic where the operation works element by element. */
const arithmetic = (node: Node, { value, inputs }: Seen): string => {
  const at = firstBad(value, node);
  const where = node.shape.length === 0 ? "" : ` at [${indexAt(at, node.shape).join(", ")}]`;
  const result = `${asArray(value, node.dtype)[at]}${where}`;
  if (node.op.form === "source") return `${node.name ?? "the data"} holds ${result}`;
  const operands = inputs.map((input, i) => asArray(input, node.src[i]!.dtype)[at]);
  return node.op.form === "gate" ? `${node.op.name}(${operands.join(", ")}) = ${result}` : `${node.op.name} gives ${result}`;
};

/** The forward node whose rule made each node of the gradient graph. */
const makersOf = (forward: readonly Node[], wires: (node: Node) => readonly (Node | undefined)[], seed: Node): NodeMap<Node> => {
  const makers = new NodeMap<Node>();
  for (let i = forward.length - 1; i >= 0; i--) {
    const stack = wires(forward[i]!).filter((node) => node !== undefined);
    while (stack.length > 0) {
      const node = stack.pop()!;
      // Whatever was made before the seed is forward; ids tell.
      if (node.id <= seed.id || makers.has(node)) continue;
      makers.set(node, forward[i]!);
      stack.push(...node.src);
    }
  }
  return makers;
};

/**
 * The diagnosis of a loss that is not finite, or whose gradient is not, at this model; `undefined` if all is finite.
 * Its place is the line of the operation in question.
 */
export const diagnoseNotFinite = <M>(loss: (model: M) => Tensor, model: M, when: string): Diagnostic | undefined => {
  // Nothing may be computed (and forgotten) on the way: handles under a trace keep their whole graph.
  const stand = mapTree(model, (leaf, path) => new Tensor(leaf.realize().node.named(path), Infinity), "model") as M;
  const out = withFreshSites(() => loss(stand)).node;
  const seed = onesLike(out);
  const wanted = leavesOf(stand).map((leaf) => leaf.tensor.node);
  const { of, wires } = differentiateWires(new Map([[out, seed]]), wanted, builder);
  const results = [out, ...wanted.flatMap((node) => of.get(node) ?? [])];
  const bad = new NodeMap<Seen>();
  interpret(results, undefined, (node, value, inputs) => {
    if (firstBad(value, node) >= 0) bad.set(node, { value, inputs });
  });
  // A masked infinity does no harm; only what a bad result was made of counts.
  let culprit: Node | undefined;
  const met = new NodeMap<true>();
  const stack = results.filter((node) => bad.has(node));
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (met.has(node)) continue;
    met.set(node, true);
    const before = node.src.filter((src) => bad.has(src));
    stack.push(...before);
    if (before.length === 0 && (culprit === undefined || node.id < culprit.id)) culprit = node;
  }
  if (culprit === undefined) return undefined;
  const maker = makersOf(topological([out]), (node) => wires.get(node) ?? [], seed).get(culprit);
  const what = maker === undefined ? "" : `in the gradient of ${maker.name ?? maker.op.name}, `;
  return new Diagnostic("not-finite", `${when}: the numbers are lost: ${what}${arithmetic(culprit, bad.get(culprit)!)}`, {
    place: (maker ?? culprit).site?.place,
    operands: operandNotes(culprit.src),
    help: "a smaller learning rate is the usual mend; look also for log or division of 0, and for inputs that are not scaled",
  });
};
