/** `vmap`: a function of one example becomes a function of many, without a loop and without touching the function. */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import type { Node } from "../ir/node.ts";
import { checkOptions } from "../ops/forms/options.ts";
import { broadcastTo } from "../ops/forms/read.ts";
import { input } from "../ops/forms/source.ts";
import { batchGraph } from "../passes/batch.ts";
import { tensor, Tensor } from "../trace/tensor.ts";
import { leavesOf, mapTree } from "../trace/tree.ts";
import { compilationOf } from "./compilation.ts";
import { finish } from "./run.ts";
import { callOnStandIns, checkFunction, parameterNames } from "./transforms.ts";

export interface VmapOptions {
  /**
   * For each argument whether its tensors hold one example a row; the others are the same for all examples. By default
   * every argument but plain numbers.
   */
  readonly mapped?: readonly boolean[];
}

/**
 * The function for many examples at once: every tensor of a mapped argument has one more axis in front, and so has every
 * tensor of the result. Composes with the other transforms: `vmap(grad(f))` is a gradient for each example. A random key
 * that is not mapped gives every example the same numbers; map over `split` keys for different ones.
 * @throws Diagnostic `nothing-to-map`, `sizes-differ`
 * @example
 * const f = (w: Tensor, x: Tensor) => w.mul(x).sum().sq();
 * const each = vmap(grad(f), { mapped: [false, true] });
 * each(tensor([1, 2]), tensor([[1, 0], [0, 1], [1, 1]])).toArraySync(); // [[2, 0], [0, 4], [6, 6]]
 */
export const vmap = <A extends readonly unknown[], R>(f: (...args: A) => R, options: VmapOptions = {}): ((...args: A) => R) => {
  checkFunction(f);
  checkOptions("vmap", options, ["mapped"]);
  return (...args) => {
    const names = parameterNames(f as (...args: never[]) => unknown);
    const examples = new Map<Node, Node>();
    const stand = args.map((given, i) => {
      const arg: unknown = typeof given === "number" ? tensor(given) : given;
      if (!(options.mapped?.[i] ?? typeof given !== "number")) return arg;
      return mapTree(
        arg,
        (leaf, path) => {
          if (leaf.rank === 0) {
            throw new Diagnostic("nothing-to-map", `vmap: ${leaf.name ?? path} is a scalar and holds no examples`, {
              help: "give it an axis of examples in front, or say that it is shared: vmap(f, { mapped: [false, ...] })",
            });
          }
          const all = leaf.isTraced ? leaf.node : leaf.realize().node;
          const one = input(all.shape.slice(1), all.dtype, leaf.name ?? path, undefined, { compilation: compilationOf([all]) });
          examples.set(one, all);
          return new Tensor(one, Infinity);
        },
        names[i] ?? `argument ${i + 1}`,
      );
    });
    const count = sameCount(examples);
    const out = callOnStandIns(f as (...args: never[]) => unknown, stand);
    const result = typeof out === "number" ? tensor(out) : out;
    const batched = batchGraph(leavesOf(result).map((leaf) => leaf.tensor.node), examples);
    const values = finish(batched.map(({ node, many }) => (many ? node : broadcastTo(node, [count, ...node.shape]))));
    let next = 0;
    return mapTree(result, () => values[next++]!) as R;
  };
};

const sameCount = (examples: ReadonlyMap<Node, Node>): number => {
  const [first, ...others] = [...examples];
  if (first === undefined) {
    throw new Diagnostic("nothing-to-map", "vmap: no argument holds a tensor of examples", { help: "pass tensors with one example a row" });
  }
  const count = first[1].shape[0]!;
  const odd = others.find(([, all]) => all.shape[0] !== count);
  if (odd) {
    throw new Diagnostic("sizes-differ", `vmap: ${first[0].name} ${shapeText(first[1].shape)} holds ${count} examples and ${odd[0].name} ${shapeText(odd[1].shape)} ${odd[1].shape[0]}`, {
      help: "all mapped tensors have one example a row; say which arguments are shared: vmap(f, { mapped: [...] })",
    });
  }
  return count;
};
