/**
 * Convolutions, recognised by what a graph says: a contraction of numbers that are read in overlapping windows, and the
 * transpose of such a read of a contraction. Letters of the windows that the result has and the other operand has not
 * are one group, letters that are summed with the other operand are the second: a sum of few taps over many places is a
 * convolution, one of many places for each of a few taps the gradient of its weights.
 */
import { type Convolution, type ConvolutionPart, resultSize } from "../ir/convolution.ts";
import type { Node } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";
import type { Equation, ReadMap } from "../ir/work.ts";
import { upTo } from "../ir/up-to.ts";
import { permuted } from "./contract.ts";
import type { LowerBuilder } from "./lower-builder.ts";

/** An axis that windows slide along: position = stride * place + dilation * tap - before. */
interface Sliding {
  readonly axis: number;
  readonly size: number;
  readonly before: number;
  /** The two letters of the windows, each with how far a step along it goes. */
  readonly steps: readonly [Step, Step];
}

interface Step {
  readonly letter: string;
  readonly count: number;
  readonly by: number;
}

interface Whole {
  readonly axis: number;
  readonly letter: string;
  readonly count: number;
}

/** What a read of windows does along each axis of what it reads. */
interface Windows {
  readonly whole: readonly Whole[];
  /** One axis, or two from the outer to the inner; axes along which nothing slides are left out. */
  readonly sliding: readonly Sliding[];
}

/** A map as windows, `letters` naming the axes of its result; nothing if it is anything else. */
const windowsOf = ({ from, to, rows, fill }: ReadMap, letters: string): Windows | undefined => {
  if (fill !== 0) return undefined;
  const whole: Whole[] = [];
  const sliding: Sliding[] = [];
  const used = new Set<number>();
  for (const [axis, { offset, coef }] of rows.entries()) {
    const along = coef.flatMap((c, j) => (c === 0 ? [] : [j]));
    if (along.some((j) => used.has(j) || coef[j]! < 0)) return undefined;
    for (const j of along) used.add(j);
    const steps = along.map((j): Step => ({ letter: letters[j]!, count: to[j]!, by: coef[j]! }));
    if (steps.length === 1 && offset === 0 && steps[0]!.by === 1 && steps[0]!.count === from[axis]) whole.push({ axis, ...steps[0]! });
    else if (steps.length === 2 && offset <= 0) sliding.push({ axis, size: from[axis]!, before: 0 - offset, steps: [steps[0]!, steps[1]!] });
    else return undefined;
  }
  return used.size === to.length ? { whole, sliding } : undefined;
};

/** The letters of a convolution's images, weights and results, each in groups, and its shape. */
interface Plan {
  readonly convolution: Convolution;
  readonly examples: number;
  /** Axes of the images in the order [examples, channels, height, width], and whatever of them has size 1. */
  readonly axes: readonly number[];
  readonly weights: string;
  readonly results: string;
}

/** `isPlace`: whether a letter of the windows counts places and not taps; `sizes`: those of letters. */
const planOf = (windows: Windows, filters: string, isPlace: (letter: string) => boolean, sizes: ReadonlyMap<string, number>): Plan | undefined => {
  const slides = windows.sliding.map(({ steps: [a, b], ...rest }) => ({ ...rest, place: isPlace(a.letter) ? a : b, tap: isPlace(a.letter) ? b : a, mixed: isPlace(a.letter) === isPlace(b.letter) }));
  if (slides.some(({ mixed }) => mixed)) return undefined;
  const isFlat = ({ size, place, tap, before }: (typeof slides)[number]): boolean => size === 1 && place.count === 1 && tap.count === 1 && before === 0;
  const moving = slides.filter((slide) => !isFlat(slide));
  if (moving.length === 0 || moving.length > 2) return undefined;
  const [y, x] = moving.length === 2 ? [moving[0], moving[1]!] : [undefined, moving[0]!];
  const behind = ({ size, place, tap, before }: (typeof slides)[number]): number =>
    Math.max(0, (place.count - 1) * place.by + tap.by * (tap.count - 1) + 1 - size - before);
  const batch = windows.whole.filter(({ letter }) => isPlace(letter));
  const channels = windows.whole.filter(({ letter }) => !isPlace(letter));
  const count = (list: readonly { readonly count: number }[]): number => sizeOf(list.map((each) => each.count));
  const convolution: Convolution = {
    channels: count(channels),
    filters: sizeOf([...filters].map((l) => sizes.get(l)!)),
    height: y?.size ?? 1,
    width: x.size,
    kernel: [y?.tap.count ?? 1, x.tap.count],
    stride: [y?.place.by ?? 1, x.place.by],
    dilation: [y?.tap.by ?? 1, x.tap.by],
    padding: [y?.before ?? 0, y ? behind(y) : 0, x.before, behind(x)],
  };
  const [lines, columns] = resultSize(convolution);
  if (lines !== (y?.place.count ?? 1) || columns !== x.place.count) return undefined;
  const flat = slides.filter(isFlat);
  const letters = (list: readonly { readonly letter: string }[]): string => list.map(({ letter }) => letter).join("");
  const order = [...flat, ...moving];
  return {
    convolution,
    examples: count(batch),
    axes: [...batch, ...channels, ...order].map(({ axis }) => axis),
    weights: filters + letters(channels) + letters(order.map(({ tap }) => tap)),
    results: letters(batch) + filters + letters(order.map(({ place }) => place)),
  };
};

const sizesOf = (operands: readonly (readonly [Node, string])[]): ReadonlyMap<string, number> =>
  new Map(operands.flatMap(([node, letters]) => [...letters].map((l, i) => [l, node.shape[i]!] as const)));

/** Below so many multiplications the packing costs more than it saves. */
const fewest = 2048;

/**
 * What laying out one number of a window costs, in multiplications of a product: to write it and to read it again, and
 * more where windows are added back to where they were read.
 */
const layingOut = 64;
const foldingBack = 140;
/** The gradient of the weights of a few taps packs the windows of one image at a time, which is less than laying all of them out. */
const packing = 10;

/** Numbers in a vector tile that is not full are work too; these are the smallest tile's. */
const tile = { rows: 4, columns: 8 } as const;

/** Whether windows are better read where they lie than laid out, or folded back. */
const pays = (part: ConvolutionPart, { convolution: c, examples }: Plan): boolean => {
  const [lines, columns] = resultSize(c);
  const taps = c.kernel[0] * c.kernel[1];
  const laidOut = examples * lines * columns * c.channels * taps;
  const products = laidOut * c.filters;
  if (products < fewest) return false;
  const phases = c.stride[0] * c.stride[1];
  const work: Readonly<Record<ConvolutionPart, number>> = {
    results: lines * upTo(columns, tile.columns) * upTo(c.filters, tile.rows) * c.channels * taps,
    images: (c.height * c.stride[1] * upTo(Math.ceil(c.width / c.stride[1]), tile.columns) * upTo(c.channels, tile.rows) * c.filters * taps) / phases,
    weights: lines * columns * Math.min(upTo(c.filters, tile.rows) * c.kernel[0] * upTo(c.kernel[1] * c.channels, tile.columns), upTo(c.channels * taps, tile.rows) * (upTo(c.filters, tile.columns) + packing)),
  };
  return examples * work[part] < products + laidOut * (part === "images" ? foldingBack : layingOut);
};

/** A node with its axes in another order, and as a tensor of four axes. */
const arranged = (node: Node, from: string, to: string, shape: readonly number[], build: LowerBuilder): Node => build.reshape(permuted(node, from, to, build), shape);

const weightShape = ({ filters, channels, kernel }: Convolution): readonly number[] => [filters, channels, ...kernel];
const resultShape = ({ convolution, examples }: Plan): readonly number[] => [examples, convolution.filters, ...resultSize(convolution)];
const imageShape = ({ convolution: { channels, height, width }, examples }: Plan): readonly number[] => [examples, channels, height, width];

/** From [groups in a plan's order] back to the axes that are wanted. */
const backTo = (node: Node, from: string, to: string, sizes: ReadonlyMap<string, number>, build: LowerBuilder): Node =>
  permuted(build.reshape(node, [...from].map((l) => sizes.get(l)!)), from, to, build);

/** A contraction of windows with something else, as a convolution or the gradient of its weights. */
export const convolutionOf = (x: Node, y: Node, { a, b, out }: Equation, build: LowerBuilder): Node | undefined =>
  ofWindows(x, a, y, b, out, build) ?? ofWindows(y, b, x, a, out, build);

const ofWindows = (read: Node, letters: string, other: Node, others: string, out: string, build: LowerBuilder): Node | undefined => {
  const work = read.op.work?.(read);
  const windows = work?.kind === "read" ? windowsOf(work.map, letters) : undefined;
  if (windows === undefined || windows.sliding.length === 0) return undefined;
  // In the windows each letter is either summed with the other operand or left in the result.
  if ([...letters].some((l) => out.includes(l) === others.includes(l))) return undefined;
  const filters = [...others].filter((l) => !letters.includes(l)).join("");
  if ([...filters].some((l) => !out.includes(l))) return undefined;
  const sizes = sizesOf([[read, letters], [other, others]]);
  const count = (which: (l: string) => boolean): number =>
    sizeOf(windows.sliding.flatMap(({ steps }) => steps.filter(({ letter }) => which(letter)).map((step) => step.count)));
  const isResult = (l: string): boolean => out.includes(l);
  const part = count(isResult) >= count((l) => !isResult(l)) ? "results" : "weights";
  const plan = planOf(windows, filters, part === "results" ? isResult : (l) => !isResult(l), sizes);
  if (plan === undefined || !pays(part, plan)) return undefined;
  const { axes, convolution } = plan;
  const images = arranged(read.src[0]!, names(axes.length), axes.map((axis) => names(axes.length)[axis]!).join(""), imageShape(plan), build);
  if (part === "results") {
    const weights = arranged(other, others, plan.weights, weightShape(convolution), build);
    return backTo(build.convolve("results", images, weights, convolution), plan.results, out, sizes, build);
  }
  const results = arranged(other, others, plan.results, resultShape(plan), build);
  return backTo(build.convolve("weights", images, results, convolution), plan.weights, out, sizes, build);
};

/** Letters for so many axes. */
const names = (axes: number): string => String.fromCharCode(...Array.from({ length: axes }, (_, i) => 97 + i));

/** Windows of a contraction that are written back, as the gradient of a convolution's images. */
export const imageGradientOf = (contracted: Node, map: ReadMap, build: LowerBuilder): Node | undefined => {
  const work = contracted.op.work?.(contracted);
  if (work?.kind !== "contract") return undefined;
  const [x, y] = contracted.src as readonly [Node, Node];
  const { a, b, out } = work.equation;
  const windows = windowsOf({ ...map, fill: 0 }, out);
  if (windows === undefined || windows.sliding.length === 0 || [...out].some((l) => a.includes(l) && b.includes(l))) return undefined;
  const sizes = sizesOf([[x, a], [y, b]]);
  const count = (letters: string): number => sizeOf(windows.sliding.flatMap(({ steps }) => steps.filter(({ letter }) => letters.includes(letter)).map((step) => step.count)));
  const [upstream, places, kernel, taps] = count(a) >= count(b) ? [x, a, y, b] : [y, b, x, a];
  const filters = [...places].filter((l) => !out.includes(l)).join("");
  const plan = planOf(windows, filters, (l) => places.includes(l), sizes);
  if (plan === undefined || !pays("images", plan)) return undefined;
  const results = arranged(upstream, places, plan.results, resultShape(plan), build);
  const weights = arranged(kernel, taps, plan.weights, weightShape(plan.convolution), build);
  const images = build.convolve("images", results, weights, plan.convolution);
  const { axes } = plan;
  const letters = names(axes.length);
  const from = axes.map((axis) => letters[axis]!).join("");
  return backTo(images, from, letters, new Map([...letters].map((l, i) => [l, map.from[i]!])), build);
};
