/** Moving numbers about: spellings of the view forms as functions and methods. */
import { Diagnostic } from "../../ir/diagnostic.ts";
import type { Node } from "../../ir/node.ts";
import { checkList, checkShape } from "../../ir/axes.ts";
import type { Shape } from "../../ir/shape.types.ts";
import { describe, lift, type NodeLike } from "../forms/entry.ts";
import { checkOptions } from "../forms/options.ts";
import * as affine from "../forms/read.ts";
import { spelling } from "../forms/spelling.ts";
import * as view from "../forms/view.ts";
import type { Range } from "../forms/view.ts";

/** The same numbers, row by row, in another shape; one size may be -1. */
export const reshape = spelling({
  word: "reshape",
  sig: "reshape",
  says: "the gradient takes the old shape again",
  formula: "x",
  operands: 1,
  samples: [{ operands: [[2, 3]], options: [[3, 2]] }, { operands: [[4]], options: [[-1, 2]] }, { operands: [[]], options: [[1, 1]] }, { operands: [[0, 3]], options: [[0]] }],
  spell: ([x, shape]: readonly [NodeLike, Shape], site): Node => {
    checkList(shape, "reshape", "x.reshape([2, 3])");
    return view.reshape(lift(x, "reshape"), shape, site);
  },
});

/** Axes in another order; reversed by default. */
export const transpose = spelling({
  word: "transpose",
  sig: "transpose",
  says: "the gradient's axes go back in order",
  formula: "x^T",
  operands: 1,
  samples: [{ operands: [[2, 3]] }, { operands: [[2, 3, 4]], options: [[1, 2, 0]] }, { operands: [[0, 2]] }],
  spell: ([x, axes]: readonly [NodeLike, (readonly number[])?], site): Node => {
    if (axes !== undefined) checkList(axes, "transpose", "x.transpose([1, 0])");
    return view.transpose(lift(x, "transpose"), axes, site);
  },
});

/** Part of a tensor: for each axis an index (drops the axis), `[start, end, step]`, or `null` for all of it. */
export const slice = spelling({
  word: "slice",
  sig: "slice",
  says: "the gradient goes back to where it was cut out; zeros elsewhere",
  formula: "x[a:b]",
  operands: 1,
  samples: [
    { operands: [[5]], options: [[[1, 4]]] },
    { operands: [[3, 4]], options: [[1, [0, -1]]] },
    { operands: [[4, 5]], options: [[null, [4, 0, -2]]] },
    { operands: [[3, 2]], options: [[[2, 2]]] },
  ],
  spell: ([x, ranges]: readonly [NodeLike, readonly Range[]], site): Node => {
    checkList(ranges, "slice", "x.slice([0, [1, 3], null])");
    return view.slice(lift(x, "slice"), ranges, site);
  },
});

/** More room at the edges, `[before, after]` for each axis, filled with 0 or another number. */
export const pad = spelling({
  word: "pad",
  sig: "pad",
  says: "the gradient of the edges is dropped",
  formula: "pad x",
  operands: 1,
  samples: [{ operands: [[3]], options: [[[1, 2]]] }, { operands: [[2, 2]], options: [[[0, 1], [1, -1]], 3.5] }, { operands: [[0]], options: [[[1, 1]]] }],
  spell: ([x, amounts, fill]: readonly [NodeLike, readonly (readonly [number, number])[], number?], site): Node => {
    checkList(amounts, "pad", "x.pad([[1, 1], [0, 2]])");
    if (fill !== undefined && typeof fill !== "number") {
      throw new Diagnostic("not-a-number", `pad: it is filled with a number, not ${describe(fill)}`, { help: "leave it out for 0" });
    }
    return view.pad(lift(x, "pad"), amounts, fill ?? 0, site);
  },
});

/** Repeated along axes of size 1 and along new axes in front. */
export const broadcastTo = spelling({
  word: "broadcast_to",
  sig: "reshape",
  says: "adder: the gradients of all copies add up",
  formula: "x",
  operands: 1,
  samples: [{ operands: [[3]], options: [[2, 3]] }, { operands: [[]], options: [[2, 2]] }, { operands: [[2, 1, 3]], options: [[2, 4, 3]] }, { operands: [[1]], options: [[0]] }],
  spell: ([x, shape]: readonly [NodeLike, Shape], site): Node =>
    affine.broadcastTo(lift(x, "broadcast_to"), checkShape(shape, "broadcast_to"), site),
});

/** Tensors of equal sizes but for one axis (the first by default), laid end to end along it. */
export const concat = spelling({
  word: "concat",
  sig: "concat",
  says: "each part gets its own stretch of the gradient",
  formula: "[x, y, ...]",
  operands: "list",
  samples: [{ operands: [[2], [3]] }, { operands: [[2, 1], [2, 2], [2, 3]], options: [{ axis: -1 }] }, { operands: [[0, 2], [1, 2]] }],
  spell: ([parts, options = {}]: readonly [readonly NodeLike[], { readonly axis?: number }?], site): Node => {
    checkList(parts, "concat", "concat([x, y])");
    checkOptions("concat", options, ["axis"]);
    return view.concat(parts.map((part) => lift(part, "concat")), options.axis ?? 0, site);
  },
});
