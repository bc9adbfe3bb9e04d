/** Positions. */
import { checkShape } from "../../ir/axes.ts";
import { allocate, type DType } from "../../ir/dtype.ts";
import { noAttrs, Node } from "../../ir/node.ts";
import { sizeOf } from "../../ir/shape.ts";
import type { Shape } from "../../ir/shape.types.ts";
import { source } from "./source.ts";

export const iotaOp = source("iota", "counts positions along one axis", "0, 1, 2, ...", (node) => {
  const n = sizeOf(node.shape);
  const out = allocate(node.dtype, n);
  for (let i = 0; i < n; i++) out[i] = i;
  return node.shape.length === 0 ? 0 : out;
}, () => ({ kind: "positions" }));

/** 0, 1, 2, ... over all elements of a shape in row-major order. */
export const iota = (shape: Shape, dtype: DType): Node => new Node(iotaOp, [], noAttrs, checkShape(shape, "iota"), dtype);
