/**
 * How long the interpreter takes for a graph, counted in multiplications of a product (one or two nanoseconds each) and by
 * shapes alone: whoever chooses by it chooses the same every time.
 */
import { multiplications } from "../ir/convolution.ts";
import { topological } from "../ir/graph.ts";
import type { Body, Node } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";

/** A number that is computed, moved or folded by anything but a product. */
const perNumber = 16;

/** Of all these nodes; a circuit inside of one counts with its own. */
export const effortOf = (nodes: readonly Node[]): number => nodes.reduce((sum, node) => sum + effortOfOne(node), 0);

const effortOfOne = (node: Node): number => {
  const { form } = node.op;
  if (form === "source") return 0;
  const work = form === "contract" || form === "body" ? node.op.work?.(node) : undefined;
  switch (work?.kind) {
    case "open":
      return effortOf(topological([(work.body as Body).out]));
    case "contract":
      return lettersOf(node, work.equation.a, work.equation.b);
    case "convolve": {
      const examples = (work.part === "images" ? node : node.src[0]!).shape[0]!;
      return examples * multiplications(work.convolution);
    }
    default:
      return perNumber * node.src.reduce((most, { shape }) => Math.max(most, sizeOf(shape)), sizeOf(node.shape));
  }
};

/** The product of the sizes of all letters of a contraction. */
const lettersOf = ({ src }: Node, a: string, b: string): number => {
  const sizes = new Map<string, number>();
  [a, b].forEach((letters, i) => [...letters].forEach((letter, axis) => sizes.set(letter, src[i]!.shape[axis]!)));
  return sizeOf([...sizes.values()]);
};
