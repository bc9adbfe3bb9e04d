/** Joins handles and runtime: fills the hook through which reading a `Tensor` runs its graph. */
import { asArray, type TypedArray } from "../ir/dtype.ts";
import { topological } from "../ir/graph.ts";
import type { Node } from "../ir/node.ts";
import { isOpenParameter } from "../ops/forms/source.ts";
import { interpret } from "../run/interpret.ts";
import { reader, Tensor } from "../trace/tensor.ts";

export const run = (nodes: readonly Node[]): TypedArray[] =>
  interpret(nodes).map((value, i) => asArray(value, nodes[i]!.dtype));

reader.current = { run };

/** True while the result still depends on a function that is being traced, and so has no value yet. */
export const isPending = (nodes: readonly Node[]): boolean =>
  topological(nodes).some((node) => node.op.placeholder || isOpenParameter(node));

/** Results of a transform: values, computed together in one run, unless an outer trace is still open. */
export const finish = (nodes: readonly Node[]): Tensor[] => {
  if (isPending(nodes)) return nodes.map((node) => new Tensor(node, Infinity));
  const values = run(nodes);
  return nodes.map((node, i) => {
    const result = new Tensor(node);
    result.hold(values[i]!);
    return result;
  });
};
