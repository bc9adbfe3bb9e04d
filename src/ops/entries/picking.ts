/** Picking by index, truth tables of labels, and the switches on a value's gradient and type. */
import { Diagnostic, shapeText } from "../../ir/diagnostic.ts";
import { isFloat, isTypedArray, type DType } from "../../ir/dtype.ts";
import type { Node } from "../../ir/node.ts";
import { checkDType, checkShape, normalizeAxis } from "../../ir/axes.ts";
import { cast as castNode } from "../forms/cast.ts";
import { lift, operandNotes, type NodeLike } from "../forms/entry.ts";
import { checkOptions } from "../forms/options.ts";
import { gather as gatherRows } from "../forms/gather.ts";
import { broadcastTo } from "../forms/read.ts";
import { constantValue, isWeak } from "../forms/source.ts";
import { iota } from "../forms/iota.ts";
import { spelling } from "../forms/spelling.ts";
import { reshape, transpose } from "../forms/view.ts";
import { eq, where } from "./arithmetic.ts";

/** Indices: of a whole type, or numbers that can be looked at and are whole. */
const whole = (node: Node, word: string): Node => {
  const { data } = node.attrs;
  const values = isTypedArray(data) ? data : isWeak(node) ? [constantValue(node)!] : undefined;
  if (!isFloat(node.dtype) || values?.every((x: number) => Number.isInteger(x))) return node;
  throw new Diagnostic("index-type", `${word}: indices must be whole numbers of type int32, got ${node.dtype} ${shapeText(node.shape)}`, {
    help: 'make them with tensor([...], { dtype: "int32" }) or .cast("int32")',
  });
};

/** Rows of a tensor along an axis (the first by default), by index; out of range reads 0. Repeated picks add up in the gradient. */
export const gather = spelling({
  word: "gather",
  sig: "gather",
  says: "the gradient of a picked row is added back to that row",
  formula: "x[i]",
  operands: 2,
  samples: [
    { operands: [[4], { shape: [3], dtype: "int32", below: 4 }] },
    { operands: [[4, 2], { shape: [2, 2], dtype: "int32", below: 4 }] },
    { operands: [[2, 3, 2], { shape: [2], dtype: "int32", below: 3 }], options: [{ axis: 1 }] },
    { operands: [[4, 2], { shape: [0], dtype: "int32", below: 4 }] },
  ],
  spell: ([given, index, options = {}]: readonly [NodeLike, NodeLike, { readonly axis?: number }?], site): Node => {
    const x = lift(given, "gather");
    const at = whole(lift(index, "gather"), "gather");
    checkOptions("gather", options, ["axis"]);
    const axis = normalizeAxis(options.axis ?? 0, x.shape, "gather");
    if (axis === 0) return gatherRows(x, at, 0, site);
    const others = x.shape.map((_, i) => i).filter((i) => i !== axis);
    const picked = gatherRows(transpose(x, [axis, ...others]), at, 0);
    const k = at.shape.length;
    const back = [
      ...Array.from({ length: axis }, (_, i) => k + i),
      ...Array.from({ length: k }, (_, i) => i),
      ...Array.from({ length: others.length - axis }, (_, i) => k + axis + i),
    ];
    return transpose(picked, back, site);
  },
});

/** For each row along the last axis the one entry that its index names: x [..., n], index [...] -> [...]. */
export const pick = spelling({
  word: "pick",
  sig: "labelled",
  says: "router: the picked entry gets the gradient",
  formula: "x[i, index[i]]",
  operands: 2,
  samples: [
    { operands: [[4], { shape: [], dtype: "int32", below: 4 }] },
    { operands: [[2, 3], { shape: [2], dtype: "int32", below: 3 }] },
    { operands: [[0, 3], { shape: [0], dtype: "int32", below: 3 }] },
  ],
  spell: ([given, index]: readonly [NodeLike, NodeLike], site): Node => {
    const x = lift(given, "pick");
    const at = whole(lift(index, "pick"), "pick");
    const rows = x.shape.slice(0, -1);
    if (x.shape.length === 0 || rows.length !== at.shape.length || rows.some((n, i) => n !== at.shape[i])) {
      throw new Diagnostic("index-does-not-fit", `pick: a tensor of shape ${shapeText(x.shape)} needs indices of shape ${shapeText(rows)}, got ${shapeText(at.shape)}`, {
        operands: operandNotes([x, at]),
        help: "give one index per row of the last axis",
      });
    }
    return gatherRows(x, at, rows.length, site);
  },
});

/** 1 at the class that each index names, 0 elsewhere, along a new last axis: index [...] -> [..., classes]. */
export const oneHot = spelling({
  word: "one_hot",
  sig: "oneHot",
  says: "made of whole numbers: no gradient passes",
  formula: "[i = 0, 1, ...]",
  operands: 1,
  differentiable: false,
  samples: [{ operands: [{ shape: [3], dtype: "int32", below: 4 }], options: [4] }, { operands: [{ shape: [], dtype: "int32", below: 2 }], options: [2] }],
  spell: ([index, classes, dtype = "float64"]: readonly [NodeLike, number, DType?], site): Node => {
    const at = whole(lift(index, "one_hot"), "one_hot");
    const shape = checkShape([...at.shape, classes], "one_hot");
    const hit = eq(broadcastTo(iota([classes], "int32"), shape), broadcastTo(reshape(castNode(at, "int32"), [...at.shape, 1]), shape));
    return castNode(where.build([hit, 1, 0], site), checkDType(dtype, "one_hot"), site);
  },
});

/** The same numbers as another type: "float64", "float32", "int32" (towards 0), "uint32", "bool" (not 0). */
export const cast = spelling({
  word: "cast",
  sig: "cast",
  says: "the gradient takes the old type; through whole numbers none passes",
  formula: "x",
  operands: 1,
  samples: [{ operands: [[3]], options: ["float64"] }],
  spell: ([x, dtype]: readonly [NodeLike, DType], site): Node => castNode(lift(x, "cast"), checkDType(dtype, "cast"), site),
});
