/**
 * Windows that slide over an image, and what is made of them: convolution is windows and a contraction, pooling windows
 * and a fold. Windows are one affine read, padding included, so every gradient follows from the forms.
 */
import { Diagnostic, shapeText } from "../../ir/diagnostic.ts";
import type { Node, Site } from "../../ir/node.ts";
import type { Shape } from "../../ir/shape.types.ts";
import type { Row } from "../../ir/work.ts";
import { checkList } from "../../ir/axes.ts";
import { contract } from "../forms/contract.ts";
import { lift, operandNotes, type NodeLike } from "../forms/entry.ts";
import { checkOptions } from "../forms/options.ts";
import { read } from "../forms/read.ts";
import { spelling } from "../forms/spelling.ts";
import { amax, mean } from "./folds.ts";

export interface WindowOptions {
  /** How far one window is from the next: one number, or one for each axis. */
  readonly stride?: number | readonly number[];
  /** Rows and columns added on each side: one number, or one for each axis. Default 0. */
  readonly padding?: number | readonly number[];
}

const options: readonly (keyof WindowOptions)[] = ["stride", "padding"];

/** How windows lie over the last axes of a tensor. */
interface Sliding {
  readonly sizes: Shape;
  readonly strides: Shape;
  readonly padding: Shape;
}

/** One number for each of the axes, where one for all may have been given. */
const perAxis = (word: string, name: string, given: unknown, axes: number, least: number): Shape => {
  const list: readonly unknown[] = Array.isArray(given) ? given : new Array<unknown>(axes).fill(given);
  if (list.length === axes && list.every((n) => Number.isSafeInteger(n) && (n as number) >= least)) return list as Shape;
  const text = Array.isArray(given) ? `[${list.map(String).join(", ")}]` : String(given);
  throw new Diagnostic(`bad-${name}`, `${word}: ${name} ${text}`, {
    help: `${name} is a whole number, ${least} or more${axes > 1 ? `, or ${axes} of them, one for each axis` : ""}`,
  });
};

const sliding = (word: string, sizes: Shape, { stride = 1, padding = 0 }: WindowOptions): Sliding => ({
  sizes,
  strides: perAxis(word, "stride", stride, sizes.length, 1),
  padding: perAxis(word, "padding", padding, sizes.length, 0),
});

/** The windows over the last axes of x, [..., size] -> [..., places, window]; `fill` stands in the padding. */
const windowsOf = (word: string, x: Node, { sizes, strides, padding }: Sliding, fill: number, site?: Site): Node => {
  const lead = x.shape.length - sizes.length;
  const places = sizes.map((size, i) => {
    const room = x.shape[lead + i]! + 2 * padding[i]!;
    if (size <= room) return Math.floor((room - size) / strides[i]!) + 1;
    const needed = Math.ceil((size - x.shape[lead + i]!) / 2);
    const padded = padding[i]! > 0 ? ` with the padding of ${padding[i]}` : "";
    const found = `does not fit into ${shapeText(x.shape)}, where axis ${lead + i} has ${room}${padded}`;
    throw new Diagnostic("window-too-large", `${word}: a window of ${sizes.join(" x ")} ${found}`, {
      operands: operandNotes([x]),
      help: `${room > 0 ? `use a window of at most ${room} there, or` : "use"} padding of ${needed} or more`,
    });
  });
  const to = [...x.shape.slice(0, lead), ...places, ...sizes];
  const rows = x.shape.map((_, axis): Row => {
    const i = axis - lead;
    const coef = to.map((_, j) => (j === axis ? (i < 0 ? 1 : strides[i]!) : i >= 0 && j === axis + sizes.length ? 1 : 0));
    return { offset: i < 0 ? 0 : -padding[i]!, coef };
  });
  return read(x, { from: x.shape, to, rows, fill, kind: "windows" }, site);
};

/** Images are [batch, channels, height, width]. */
const imagesOf = (word: string, given: unknown): Node => {
  const x = lift(given, word);
  if (x.shape.length === 4) return x;
  const alone = [...new Array<number>(Math.max(0, 4 - x.shape.length)).fill(1), ...x.shape];
  throw new Diagnostic("not-images", `${word}: x has the shape ${shapeText(x.shape)}, and images are [batch, channels, height, width]`, {
    operands: operandNotes([x]),
    help: x.shape.length < 4 ? `add what is missing: x.reshape(${shapeText(alone)})` : "join the leading axes with reshape, or map over them with vmap",
  });
};

/**
 * Every window over the last axes: x [..., height, width] and sizes [2, 2] -> [..., rows, columns, 2, 2], as many axes as
 * there are sizes. Windows begin every `stride` (1 by default) in x with `padding` zeros (none by default) on each side;
 * what is left over at the end is not read.
 */
export const windows = spelling({
  word: "windows",
  sig: "windows",
  says: "adder: a number gets the sum of the gradients of all windows that see it",
  formula: "x[stride i + k - padding]",
  operands: 1,
  samples: [
    { operands: [[4]], options: [[2]] },
    { operands: [[2, 5]], options: [[3], { stride: 2, padding: 1 }] },
    { operands: [[3, 4]], options: [[2, 3], { stride: [1, 2], padding: [1, 0] }] },
    { operands: [[4]], options: [[1], { stride: 3 }] },
    { operands: [[0, 3]], options: [[2]] },
  ],
  spell: ([given, sizes, settings = {}]: readonly [NodeLike, readonly number[], WindowOptions?], site): Node => {
    const x = lift(given, "windows");
    checkList(sizes, "windows", "x.windows([3, 3])");
    checkOptions("windows", settings, options);
    if (sizes.length > x.shape.length) {
      throw new Diagnostic("bad-window", `windows: ${sizes.length} sizes for a tensor of shape ${shapeText(x.shape)}`, {
        operands: operandNotes([x]),
        help: `give at most ${x.shape.length}, for its last axes`,
      });
    }
    return windowsOf("windows", x, sliding("windows", perAxis("windows", "window", sizes, sizes.length, 1), settings), 0, site);
  },
});

/**
 * 2-D convolution as in nets (cross-correlation: the kernel is not flipped): x [batch, in, height, width], kernel
 * [out, in, kh, kw] -> [batch, out, rows, columns] with rows = floor((height + 2 padding - kh) / stride) + 1. `stride` is
 * 1 and `padding` (zeros) 0 by default; each may be [vertical, horizontal].
 */
export const conv2d = spelling({
  word: "conv2d",
  sig: "conv",
  says: "switcher: the kernel gets the sum of windows times gradients, x the kernel written back wherever it was read",
  formula: "sum x kernel",
  operands: 2,
  samples: [
    { operands: [[1, 1, 3, 3], [1, 1, 2, 2]] },
    { operands: [[2, 2, 3, 2], [1, 2, 2, 1]] },
    { operands: [[1, 1, 4, 5], [2, 1, 3, 2]], options: [{ stride: 2, padding: 1 }] },
    { operands: [[1, 2, 3, 3], [1, 2, 1, 1]], options: [{ stride: [2, 1], padding: [0, 1] }] },
    { operands: [[0, 1, 3, 3], [2, 1, 2, 2]] },
  ],
  spell: ([given, filter, settings = {}]: readonly [NodeLike, NodeLike, WindowOptions?], site): Node => {
    checkOptions("conv2d", settings, options);
    const x = imagesOf("conv2d", given);
    const kernel = lift(filter, "conv2d");
    const fail = (sentence: string, help: string): never => {
      throw new Diagnostic("conv-shapes", `conv2d: ${sentence}`, { operands: operandNotes([x, kernel]), help });
    };
    const [out, depth, ...sizes] = kernel.shape;
    if (sizes.length !== 2) {
      return fail(`the kernel has the shape ${shapeText(kernel.shape)}, and kernels are [out, in, height, width]`, "reshape it, with 1 for what is missing");
    }
    const channels = x.shape[1]!;
    if (depth !== channels) {
      const swapped = out === channels;
      return fail(
        `x ${shapeText(x.shape)} has ${channels} channel${channels === 1 ? "" : "s"}, and the kernel ${shapeText(kernel.shape)} reads ${depth}`,
        swapped ? "kernels are [out, in, height, width]: kernel.transpose([1, 0, 2, 3])" : `the kernel must be ${shapeText([out!, channels, ...sizes])}`,
      );
    }
    const seen = windowsOf("conv2d", x, sliding("conv2d", perAxis("conv2d", "window", sizes, 2, 1), settings), 0);
    return contract(seen, kernel, { a: "ncijhw", b: "ochw", out: "noij" }, site);
  },
});

/** Pooling windows lie side by side unless a stride is given. */
const pooling = (word: string, given: NodeLike, size: number | readonly number[], settings: WindowOptions, fill: number): Node => {
  checkOptions(word, settings, options);
  const x = imagesOf(word, given);
  const sizes = perAxis(word, "window", size, 2, 1);
  const over = sliding(word, sizes, { stride: sizes, ...settings });
  const empty = sizes.findIndex((n, i) => over.padding[i]! >= n);
  if (empty >= 0) {
    throw new Diagnostic("bad-padding", `${word}: with a padding of ${over.padding[empty]} a window of ${sizes.join(" x ")} would see nothing else`, {
      operands: operandNotes([x]),
      help: `use a padding below ${sizes[empty]}`,
    });
  }
  return windowsOf(word, x, over, fill);
};

const poolSamples = [
  { operands: [[1, 1, 2, 4]], options: [2] },
  { operands: [[2, 1, 3, 3]], options: [2, { stride: 1 }] },
  // Windows that do not overlap: with unequal ties the gradient of a sum of maxima need not lie between its two slopes.
  { operands: [[1, 2, 3, 4]], options: [[2, 3], { padding: 1 }] },
  { operands: [[1, 1, 5, 3]], options: [[2, 1], { stride: [3, 2] }] },
  { operands: [[0, 2, 2, 2]], options: [2] },
];

/**
 * The largest number of each window, for each channel: x [batch, channels, height, width] -> [batch, channels, rows,
 * columns]. `size` is the side of the window or [height, width]; `stride` is the size by default, `padding` 0 (what is
 * added is never the largest). Equal numbers share the gradient, as in `amax`.
 */
export const maxPool2d = spelling({
  word: "max_pool2d",
  sig: "pool",
  says: "router: the largest of each window gets the gradient; equal ones share it evenly",
  formula: "max x[window]",
  operands: 1,
  samples: poolSamples,
  spell: ([given, size, settings = {}]: readonly [NodeLike, number | readonly number[], WindowOptions?], site): Node =>
    amax.build([pooling("max_pool2d", given, size, settings, -Infinity), { axes: [-2, -1] }], site),
});

/**
 * The mean of each window, for each channel: as `maxPool2d`. Where there is padding its zeros count as numbers of the
 * window, as in PyTorch.
 */
export const avgPool2d = spelling({
  word: "avg_pool2d",
  sig: "pool",
  says: "distributor: every number of a window gets the gradient divided by the size of the window",
  formula: "sum x[window] / n",
  operands: 1,
  samples: poolSamples,
  spell: ([given, size, settings = {}]: readonly [NodeLike, number | readonly number[], WindowOptions?], site): Node =>
    mean.build([pooling("avg_pool2d", given, size, settings, 0), { axes: [-2, -1] }], site),
});
