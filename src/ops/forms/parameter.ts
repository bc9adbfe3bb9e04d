/** What stands for the arguments of a function while it is traced. */
import { Node, type Op } from "../../ir/node.ts";
import { source, type Trace } from "./source.ts";

export const parameterOp: Op = {
  ...source("parameter", "passes value and gradient unchanged", "x", () => 0, () => ({ kind: "same" })),
  plumbing: true,
  linear: true,
  evaluate: (_, [x]) => x!,
  gradient: (_, g) => [g],
  // The stand-in of one example has done its work when the examples themselves are put in.
  batch: (_, [x]) => x!,
  rebuild: ([x], node) => node.withSources([x!]),
};

/**
 * What a traced function sees in place of its argument: the same value as a node of its own, so that gradients for this
 * argument are told apart from any other use of the same tensor.
 */
export const parameter = (x: Node, trace: Trace, name?: string): Node =>
  new Node(parameterOp, [x], { trace }, x.shape, x.dtype, x.site, name ?? x.name);
