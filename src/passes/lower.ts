/**
 * From what people write to what machines run well: groups and folds are opened into the circuits that stand for them,
 * transposed reads become reads and sums, and contractions become convolutions, products of matrices, or sums of products.
 */
import { rebuild, topological } from "../ir/graph.ts";
import { Replaced } from "../ir/replaced.ts";
import type { NodeMap } from "../ir/node-map.ts";
import { type Body, type Node, type NodeLookup, onBehalfOf } from "../ir/node.ts";
import { lowerContract } from "./contract.ts";
import { compose, inline } from "./expand.ts";
import type { LowerBuilder } from "./lower-builder.ts";
import { convolutionOf, imageGradientOf } from "./windows.ts";
import { lowerWrite } from "./write.ts";

/** The map from old nodes to new; `order` as for `rebuild`. */
export const lower = (roots: readonly Node[], build: LowerBuilder, order: readonly Node[] = topological(roots)): NodeLookup<Node> => {
  // A circuit of single numbers has nothing of the kind, and may be long.
  if (order.every(isPlain)) return new Replaced();
  const opened = open(roots, order);
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

const isPlain = (node: Node): boolean => {
  const kind = node.op.work?.(node)?.kind;
  return kind !== "open" && kind !== "contract" && kind !== "write";
};

/** Opens until nothing is left to open; a circuit may hold further groups. */
const open = (roots: readonly Node[], order: readonly Node[]): NodeLookup<Node> => {
  const steps: NodeMap<Node>[] = [];
  let current = roots;
  for (let again = true; again; ) {
    again = false;
    const step = rebuild(
      current,
      (node, src) => {
        const work = node.op.work?.(node);
        if (work?.kind !== "open") return undefined;
        again = true;
        return onBehalfOf(node.site, () => inline(work.body as Body, src));
      },
      current === roots ? order : undefined,
    );
    steps.push(step);
    current = current.map((root) => step.get(root)!);
  }
  return compose(steps);
};
