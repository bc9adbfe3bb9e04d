/**
 * From what people write to what machines run well: groups and folds are opened into the circuits that stand for them,
 * transposed reads become reads and sums, and contractions become convolutions, products of matrices, or sums of products.
 */
import { rebuild } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import { type Body, type Node, type NodeLookup, onBehalfOf } from "../ir/node.ts";
import { lowerContract } from "./contract.ts";
import { compose, inline } from "./expand.ts";
import type { LowerBuilder } from "./lower-builder.ts";
import { convolutionOf, imageGradientOf } from "./windows.ts";
import { lowerWrite } from "./write.ts";

/** The map from old nodes to new. */
export const lower = (roots: readonly Node[], build: LowerBuilder): NodeLookup<Node> => {
  const { opened, isPlain } = open(roots);
  if (isPlain) return opened;
  const plain = roots.map((root) => opened.get(root)!);
  const convolved = rebuild(plain, (node, src) =>
    onBehalfOf(node.site, () => {
      const work = node.op.work?.(node);
      if (work?.kind === "contract") return convolutionOf(src[0]!, src[1]!, work.equation, build);
      return work?.kind === "write" ? imageGradientOf(src[0]!, work.map, build) : undefined;
    }),
  );
  const rest = rebuild(plain.map((root) => convolved.get(root)!), (node, src) =>
    onBehalfOf(node.site, () => {
      const work = node.op.work?.(node);
      if (work?.kind === "write") return lowerWrite(src[0]!, work.map, build);
      if (work?.kind === "contract") return lowerContract(src[0]!, src[1]!, work.equation, build);
      return undefined;
    }),
  );
  return compose([opened, convolved, rest]);
};

/** Opens until nothing is left to open; a circuit may hold further groups. It is plain where nothing else is to be lowered. */
const open = (roots: readonly Node[]): { readonly opened: NodeLookup<Node>; readonly isPlain: boolean } => {
  const steps: NodeMap<Node>[] = [];
  let current = roots;
  let isPlain = true;
  for (let again = true; again; ) {
    again = false;
    isPlain = true;
    const step = rebuild(current, (node, src) => {
      const work = node.op.work?.(node);
      if (work?.kind === "contract" || work?.kind === "write") isPlain = false;
      if (work?.kind !== "open") return undefined;
      again = true;
      return onBehalfOf(node.site, () => inline(work.body as Body, src));
    });
    steps.push(step);
    current = current.map((root) => step.get(root)!);
  }
  return { opened: steps.length === 1 ? steps[0]! : compose(steps), isPlain };
};
