/**
 * Trees of tensors: a model is a plain object (or array) of tensors and further trees. Everything else in it (a number,
 * a name, a function) belongs to the program, not to the parameters, and passes through untouched.
 */
import { Diagnostic } from "../ir/diagnostic.ts";
import { Tensor } from "./tensor.ts";

export const isPlain = (x: object): x is Record<string, unknown> => {
  const proto: unknown = Object.getPrototypeOf(x);
  return proto === Object.prototype || proto === null;
};

/** A tree nested deeper than this is a mistake (a linked list, a runaway loop), and would run out of stack. */
const deepest = 1000;

/** Tensors in a Map, a Set or an instance of a class would silently count as constants. */
const refuseHidden = (x: object, at: string): void => {
  if (ArrayBuffer.isView(x)) return;
  const items: readonly unknown[] = x instanceof Map || x instanceof Set ? [...x.values()] : Object.values(x);
  if (!items.some((item) => item instanceof Tensor || (Array.isArray(item) && item.some((one) => one instanceof Tensor)))) return;
  const kind = Object.getPrototypeOf(x)?.constructor?.name ?? "object";
  throw new Diagnostic("not-a-tree", `the tensors in the ${kind}${at ? ` at ${at}` : ""} would not be seen: a tree is made of plain objects and arrays`, {
    help: "keep tensors in plain objects, { w, b }, and let functions or classes take those",
  });
};

/** The same tree with every tensor replaced; `path` is as one would write it: `.layers[0].w`. */
export const mapTree = <T>(tree: T, change: (leaf: Tensor, path: string) => unknown, path = ""): unknown => {
  const open = new Set<object>();
  const visit = (x: unknown, at: string): unknown => {
    if (x instanceof Tensor) return change(x, at);
    if (typeof x !== "object" || x === null) return x;
    if (!Array.isArray(x) && !isPlain(x)) {
      refuseHidden(x, at);
      return x;
    }
    if (open.has(x)) {
      throw new Diagnostic("circular-tree", `the tree of tensors contains itself at ${at || "its root"}`, {
        help: "pass plain objects and arrays of tensors without cycles",
      });
    }
    if (open.size === deepest) {
      throw new Diagnostic("too-deep", `the tree of tensors is more than ${deepest} levels deep`, { help: "keep many tensors in one array" });
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
