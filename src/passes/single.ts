/** Kernels of a single node: products of matrices, convolutions, rows picked by index, and scatters. */
import type { Buffer, Kernel, MatrixAccess } from "../ir/kernel.ts";
import type { Node } from "../ir/node.ts";
import { sizeOf, stridesOf } from "../ir/shape.ts";
import type { Equation, WorkOf } from "../ir/work.ts";
import { lettersOf } from "./contract.ts";

export const singleKernel = (node: Node, bufferOf: (node: Node) => Buffer): Kernel => {
  const work = node.op.work!(node)!;
  const out = bufferOf(node);
  switch (work.kind) {
    case "contract":
      return product(node, work.equation, bufferOf);
    case "convolve":
      return convolution(node, work, bufferOf);
    case "gather":
    case "scatter": {
      const [from, index] = node.src as readonly [Node, Node];
      const table = work.kind === "gather" ? from : node;
      return {
        kind: work.kind,
        batch: sizeOf(table.shape.slice(0, work.batch)),
        rows: table.shape[work.batch]!,
        picks: sizeOf(index.shape.slice(work.batch)),
        width: sizeOf(table.shape.slice(work.batch + 1)),
        from: bufferOf(from),
        index: bufferOf(index),
        out,
      };
    }
    case "write": {
      const strides = stridesOf(node.shape);
      const { rows, to } = work.map;
      const sum = to.map((_, j) => rows.reduce((total, row, i) => total + row.coef[j]! * strides[i]!, 0));
      return {
        kind: "write",
        axes: to,
        from: { buffer: bufferOf(node.src[0]!), offset: 0, strides: stridesOf(to), guards: [], fill: 0 },
        to: {
          buffer: out,
          offset: rows.reduce((total, row, i) => total + row.offset * strides[i]!, 0),
          strides: sum,
          guards: rows.map((row, i) => ({ ...row, size: node.shape[i]! })),
          fill: 0,
        },
      };
    }
    default:
      throw new RangeError(`a node of kind ${work.kind} is no kernel`);
  }
};

const product = (node: Node, equation: Equation, bufferOf: (node: Node) => Buffer): Kernel => {
  const [x, y] = node.src as readonly [Node, Node];
  const { batch, rows, columns, shared } = lettersOf(equation);
  const access = (operand: Node, letters: string, outer: string, inner: string): MatrixAccess => {
    const strides = stridesOf(operand.shape);
    const step = (group: string): number => (group === "" ? 0 : strides[letters.indexOf(group.at(-1)!)]!);
    return { buffer: bufferOf(operand), batch: step(batch), outer: step(outer), inner: step(inner) };
  };
  const size = (letters: string): number => sizeOf([...letters].map((l) => (equation.a.includes(l) ? x.shape[equation.a.indexOf(l)]! : y.shape[equation.b.indexOf(l)]!)));
  return {
    kind: "product",
    batch: size(batch),
    rows: size(rows),
    columns: size(columns),
    shared: size(shared),
    a: access(x, equation.a, rows, shared),
    b: access(y, equation.b, columns, shared),
    out: bufferOf(node),
  };
};

const convolution = (node: Node, { part, convolution: shape }: WorkOf<"convolve">, bufferOf: (node: Node) => Buffer): Kernel => {
  const [first, second] = node.src as readonly [Node, Node];
  const [images, weights, results] = ({ results: [first, second, node], weights: [first, node, second], images: [node, second, first] } as const)[part];
  return { kind: "convolution", part, examples: images.shape[0]!, convolution: shape, images: bufferOf(images), weights: bufferOf(weights), results: bufferOf(results) };
};
