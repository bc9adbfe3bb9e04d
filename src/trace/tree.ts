/**
 * Trees of tensors: a model is a plain object (or array) of tensors and further trees. Everything else in it (a number,
 * a name, a function) belongs to the program, not to the parameters, and passes through untouched.
 */
import { Diagnostic } from "../ir/diagnostic.ts";
import { Tensor } from "./tensor.ts";

const isPlain = (x: object): x is Record<string, unknown> => {
  const proto: unknown = Object.getPrototypeOf(x);
  return proto === Object.prototype || proto === null;
};

/** The same tree with every tensor replaced; `path` is as one would write it: `.layers[0].w`. */
export const mapTree = <T>(tree: T, change: (leaf: Tensor, path: string) => unknown, path = ""): unknown => {
  const open = new Set<object>();
  const visit = (x: unknown, at: string): unknown => {
    if (x instanceof Tensor) return change(x, at);
    if (typeof x !== "object" || x === null || !(Array.isArray(x) || isPlain(x))) return x;
    if (open.has(x)) {
      throw new Diagnostic("circular-tree", `the tree of tensors contains itself at ${at || "its root"}`, {
        help: "pass plain objects and arrays of tensors without cycles",
      });
    }
    open.add(x);
    const out = Array.isArray(x)
      ? x.map((item, i) => visit(item, `${at}[${i}]`))
      : Object.fromEntries(Object.entries(x).map(([key, item]) => [key, visit(item, `${at}.${key}`)]));
    open.delete(x);
    return out;
  };
  return visit(tree, path);
};

/** All tensors of a tree in order, with their paths. */
export const leavesOf = (tree: unknown, path = ""): { readonly path: string; readonly tensor: Tensor }[] => {
  const leaves: { path: string; tensor: Tensor }[] = [];
  mapTree(
    tree,
    (tensor, at) => {
      leaves.push({ path: at, tensor });
      return tensor;
    },
    path,
  );
  return leaves;
};
