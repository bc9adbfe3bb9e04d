/** Joins handles and runtime: fills the hook through which reading a `Tensor` runs its graph. */
import { asArray, type TypedArray, type Value } from "../ir/dtype.ts";
import { topological } from "../ir/graph.ts";
import { findBelow } from "../ir/find-below.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node, NodeLookup } from "../ir/node.ts";
import { isOpenParameter } from "../ops/forms/source.ts";
import { interpret } from "../run/interpret.ts";
import { handles, reader, Tensor } from "../trace/tensor.ts";

/**
 * Runs a graph on the engine where it can and where that pays; nothing comes back where the interpreter is to run it.
 * `order`: all nodes that the outputs need, operands first.
 */
interface Engine {
  run(outputs: readonly Node[], feeds: NodeLookup<Value>, order: readonly Node[]): readonly Value[] | undefined;
}

/** Filled in by the layer that has an engine, which a program that never compiles does without. */
export const engine: { current: Engine | undefined } = { current: undefined };

/** Runs a graph; every handle on the way is filled, and what handles hold already is not computed again. */
export const run = (nodes: readonly Node[]): TypedArray[] => {
  const feeds = new NodeMap<Value>();
  const given = (node: Node): boolean => {
    const held = handles.get(node)?.held;
    if (held) feeds.set(node, node.shape.length === 0 ? held[0]! : held);
    return held !== undefined;
  };
  const order = topological(nodes, given);
  const open = order.filter((node) => handles.has(node) && !feeds.has(node));
  const outputs = [...nodes, ...open];
  const values = engine.current?.run(outputs, feeds, order) ?? interpret(outputs, feeds, undefined, order);
  open.forEach((node, i) => handles.get(node)!.hold(asArray(values[nodes.length + i]!, node.dtype)));
  return nodes.map((node, i) => asArray(values[i]!, node.dtype));
};

reader.current = { run };

/** True while the result still depends on a function that is being traced, and so has no value yet. */
const isPending = (nodes: readonly Node[]): boolean =>
  findBelow(nodes, (node) => node.op.placeholder || isOpenParameter(node)) !== undefined;

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
