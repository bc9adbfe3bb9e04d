/** Numbers that stay where they are until somebody looks at them. */
import type { TypedArray } from "../../ir/dtype.ts";
import { Node } from "../../ir/node.ts";
import { dataOp, type Fill, fillOf } from "./source.ts";

/** Who has the numbers of a node. An object and no closure, which would keep alive whatever else its maker saw. */
export interface Origin {
  /** The numbers, in an array that nobody writes to. */
  readonly values: TypedArray;
  /** The same numbers in a new array, or in the one that is given; where this is left out it is a copy of `values`. */
  copy?(into?: TypedArray): TypedArray;
}

/** What a handle was given: the number of a scalar, the numbers of a tensor, who has them, or the one number in all its places. */
export type Given = number | TypedArray | Origin | Fill;

/** Numbers that are fetched from their origin when somebody looks at them. */
export const fetched = (origin: Origin, like: Node): Node => {
  const attrs = {
    origin,
    get data(): TypedArray {
      return origin.values;
    },
  };
  return new Node(dataOp, [], attrs, like.shape, like.dtype, like.site, like.name);
};

/** Who has the numbers of a node made by `fetched`. */
export const originOf = (node: Node): Origin | undefined => node.attrs["origin"] as Origin | undefined;

/** What a node that needs no work has to give; nothing for any other. */
export const givenBy = (node: Node): Given | undefined => {
  const isScalar = node.shape.length === 0;
  const fill = fillOf(node);
  if (fill !== undefined) return isScalar ? fill.value : fill;
  if (node.op !== dataOp) return undefined;
  const origin = originOf(node);
  if (origin !== undefined) return origin;
  const data = node.attrs["data"] as TypedArray;
  return isScalar ? data[0] : data;
};
