/**
 * What a program of the engine is made of. A graph becomes a list of kernels that run one after the other on buffers of
 * one arena. A loop computes a whole chain of gates for each point of its axes, reads its operands wherever views say
 * they lie, and may fold the last of its axes away.
 */
import type { Convolution, ConvolutionPart } from "./convolution.ts";
import type { DType } from "./dtype.ts";
import type { FoldLanes } from "./fold-lanes.ts";
import type { Node, Site } from "./node.ts";
import type { Row, Work } from "./work.ts";

/** The numbers of one node in row-major order. */
export interface Buffer {
  readonly id: number;
  readonly node: Node;
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: number;
  /** made: by a kernel; fed: given before each run; held: given once. */
  readonly origin: "made" | "fed" | "held";
}

/** A row must stay within 0 to size - 1, or the read falls outside. */
export interface Guard extends Row {
  readonly size: number;
}

/** Where a point of a loop reads or writes, in elements: `offset + sum of strides[axis] * index`. */
export interface Access {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly strides: readonly number[];
  readonly guards: readonly Guard[];
  /** What is read outside. */
  readonly fill: number;
}

/** A gate is a formula on floats or on words, or a change of type. */
export type GateWork = Extract<Work, { readonly kind: "gate" | "words" | "convert" }>;

/** One step of a loop's body; operands are numbers of earlier lines. */
export type Line = Placed &
  (
    | { readonly kind: "load"; readonly access: Access; readonly dtype: DType }
    | { readonly kind: "constant"; readonly value: number; readonly dtype: DType }
    /** The point's own position, as an affine function of its index. */
    | { readonly kind: "position"; readonly row: Row; readonly dtype: DType }
    | { readonly kind: "gate"; readonly name: string; readonly work: GateWork; readonly operands: readonly number[]; readonly dtype: DType; readonly site: Site | undefined }
    /** Many numbers as one along the axes that are folded. */
    | { readonly kind: "fold"; readonly name: string; readonly fold: FoldLanes; readonly operands: readonly number[]; readonly row: Row; readonly dtype: DType; readonly site: Site | undefined }
  );

export type FoldLine = Extract<Line, { kind: "fold" }>;

/**
 * When a line is computed. For each point of the axes that are kept: the outer lines of pass 0 once, its inner lines and
 * what its folds take in for each point of all axes; then the outer lines of pass 1, which know the results of those
 * folds, and so on. Folds count as inner.
 */
export interface Placed {
  readonly pass: number;
  readonly inner: boolean;
}

export interface Store extends Placed {
  readonly line: number;
  readonly access: Access;
}

export interface LoopKernel {
  readonly kind: "loop";
  /** Sizes: first the axes that are kept, then those that are folded; where nothing is folded all are kept, and no line is inner. */
  readonly axes: readonly number[];
  readonly kept: number;
  /** In order, pass by pass. */
  readonly lines: readonly Line[];
  readonly stores: readonly Store[];
}

/** What a circuit reads: a number that lies in a buffer, or one that is written down. */
export type CircuitSource =
  | { readonly kind: "load"; readonly access: Access; readonly dtype: DType }
  | { readonly kind: "constant"; readonly value: number; readonly dtype: DType };

/** Gates of one operation on operands of the same types. */
export interface GateKind {
  readonly name: string;
  readonly work: GateWork;
  readonly types: readonly DType[];
  readonly dtype: DType;
}

/** Gates of single numbers in order, as columns and not as objects: there may be millions. */
export interface CircuitKernel {
  readonly kind: "circuit";
  readonly sources: readonly CircuitSource[];
  readonly kinds: readonly GateKind[];
  /** For each gate the number of its kind. */
  readonly gates: Int32Array;
  /** Those of all gates, end to end: the number of a gate in front, or -1 minus the number of a source. */
  readonly operands: Int32Array;
  /** Where the user called a gate, by its number, as far as that is known. */
  readonly sites: ReadonlyMap<number, Site>;
  readonly stores: readonly { readonly gate: number; readonly access: Access }[];
}

/** One operand of a product: strides between examples, along the axis it shares with the result, and along the shared one. */
export interface MatrixAccess {
  readonly buffer: Buffer;
  readonly batch: number;
  readonly outer: number;
  readonly inner: number;
}

/**
 * What is done with the numbers of a result block by block, each as soon as it is there: a loop without folds whose axes
 * are those of the result: examples if there are several, rows, and columns; of images and what comes of them their
 * channels, and all places in one. It reads the result at its own point.
 */
export interface Tail {
  readonly loop: LoopKernel;
  /** Whether the result lies in its buffer as well, for others; if not, nobody sees it whole. */
  readonly stored: boolean;
}

/** Steps of a sum that a product takes in one go; where there are more it must be stored, so that they can be added. */
export const deepest = 4096;

/** out[z, i, j] = sum over k of a[z, i, k] b[z, k, j]; the result is row-major. */
export interface ProductKernel {
  readonly kind: "product";
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly shared: number;
  readonly a: MatrixAccess;
  readonly b: MatrixAccess;
  readonly out: Buffer;
  readonly tail?: Tail;
}

/** One of images, weights and results, as `part` says, computed from the other two. Each is row-major. */
export interface ConvolutionKernel {
  readonly kind: "convolution";
  readonly part: ConvolutionPart;
  readonly examples: number;
  readonly convolution: Convolution;
  readonly images: Buffer;
  readonly weights: Buffer;
  readonly results: Buffer;
  /** Not where the weights are computed. */
  readonly tail?: Tail;
}

/** Rows of `width` numbers picked from a table of `rows`, or added into one, for each of `batch` examples. */
export interface PickKernel {
  readonly kind: "gather" | "scatter";
  readonly batch: number;
  readonly rows: number;
  readonly picks: number;
  readonly width: number;
  readonly from: Buffer;
  readonly index: Buffer;
  readonly out: Buffer;
}

/** Numbers added into a buffer of zeros, each where `to` says. */
export interface WriteKernel {
  readonly kind: "write";
  readonly axes: readonly number[];
  readonly from: Access;
  readonly to: Access;
}

export type Kernel = LoopKernel | CircuitKernel | ProductKernel | ConvolutionKernel | PickKernel | WriteKernel;

/** The kernels in the order in which they run, and what comes in and goes out. */
export interface KernelList {
  readonly kernels: readonly Kernel[];
  /** All buffers; those of the program's own nodes among them. */
  readonly buffers: readonly Buffer[];
  /** The buffer of each root. */
  readonly results: readonly Buffer[];
}

/** Where each buffer lies in the arena. */
export interface Plan extends KernelList {
  /** Byte offsets, by the number of the buffer. */
  readonly offsets: readonly number[];
  /** Bytes of the whole arena. */
  readonly bytes: number;
}

const loadsOf = (lines: readonly (Line | CircuitSource)[]): readonly Buffer[] => lines.flatMap((line) => (line.kind === "load" ? [line.access.buffer] : []));

/** Kernels that may have a tail. */
export type Multiplying = ProductKernel | ConvolutionKernel;

export const isMultiplying = (kernel: Kernel): kernel is Multiplying => kernel.kind === "product" || kernel.kind === "convolution";

/** What is multiplied. */
export const operandsOf = (kernel: Multiplying): readonly Buffer[] => {
  if (kernel.kind === "product") return [kernel.a.buffer, kernel.b.buffer];
  return (["images", "weights", "results"] as const).filter((part) => part !== kernel.part).map((part) => kernel[part]);
};

/** What comes out, before any tail. */
export const resultOf = (kernel: Multiplying): Buffer => (kernel.kind === "product" ? kernel.out : kernel[kernel.part]);

/** What a kernel reads. */
export const readsOf = (kernel: Kernel): readonly Buffer[] => {
  switch (kernel.kind) {
    case "loop":
      return loadsOf(kernel.lines);
    case "circuit":
      return loadsOf(kernel.sources);
    case "product":
    case "convolution":
      return [...operandsOf(kernel), ...loadsOf(kernel.tail?.loop.lines ?? []).filter((buffer) => buffer !== resultOf(kernel))];
    case "write":
      return [kernel.from.buffer];
    default:
      return [kernel.from, kernel.index];
  }
};

/** What a kernel writes. */
export const writesOf = (kernel: Kernel): readonly Buffer[] => {
  switch (kernel.kind) {
    case "loop":
    case "circuit":
      return kernel.stores.map(({ access }) => access.buffer);
    case "product":
    case "convolution":
      return [...(kernel.tail?.stored === false ? [] : [resultOf(kernel)]), ...(kernel.tail?.loop.stores ?? []).map(({ access }) => access.buffer)];
    case "write":
      return [kernel.to.buffer];
    default:
      return [kernel.out];
  }
};
