/** A tree that is made again and again with other tensors, as the results of a compiled function are. */
import type { Node } from "../ir/node.ts";
import { input } from "../ops/forms/source.ts";
import { type Origin } from "../ops/forms/fetched.ts";
import { Tensor } from "./tensor.ts";
import { isPlain } from "./tree.ts";

/** A number is the place of a tensor among all of them. */
type Pattern =
  | number
  | { readonly kind: "list"; readonly items: readonly Pattern[] }
  | { readonly kind: "record"; readonly keys: readonly string[]; readonly items: readonly Pattern[] }
  | { readonly kind: "value"; readonly value: unknown };

/** The same tree with tensors of these values, in order; everything else in it passes through. */
export const refill = (tree: unknown): ((values: readonly (number | Origin)[]) => unknown) => {
  const likes: Node[] = [];
  const patternOf = (x: unknown): Pattern => {
    if (x instanceof Tensor) return likes.push(alike(x.node)) - 1;
    if (Array.isArray(x)) return { kind: "list", items: x.map(patternOf) };
    if (typeof x !== "object" || x === null || !isPlain(x)) return { kind: "value", value: x };
    const keys = Object.keys(x);
    return { kind: "record", keys, items: keys.map((key) => patternOf(x[key])) };
  };
  const pattern = patternOf(tree);
  return (values) => filled(pattern, likes, values);
};

/** A node of the same shape, type and name that does not keep the graph alive. */
const alike = ({ shape, dtype, name, site }: Node): Node => input(shape, dtype, name, site);

const filled = (pattern: Pattern, likes: readonly Node[], values: readonly (number | Origin)[]): unknown => {
  if (typeof pattern === "number") return new Tensor(likes[pattern]!, 0, values[pattern]!);
  switch (pattern.kind) {
    case "list": {
      const list: unknown[] = [];
      for (const item of pattern.items) list.push(filled(item, likes, values));
      return list;
    }
    case "record": {
      const { keys, items } = pattern;
      const record: Record<string, unknown> = {};
      for (let i = 0; i < keys.length; i++) record[keys[i]!] = filled(items[i]!, likes, values);
      return record;
    }
    case "value":
      return pattern.value;
  }
};
