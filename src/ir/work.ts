/**
 * What the engine has to do for a node, in a dozen kinds: all that its passes, its printer and its runtime know of an
 * operation. A form states the kind, an entry what is inside.
 */
import type { Convolution, ConvolutionPart } from "./convolution.ts";
import type { FoldLanes } from "./fold-lanes.ts";
import type { Formula, IntFormula } from "./lanes.types.ts";
import type { Shape } from "./shape.types.ts";

/** For one axis of the read tensor: its index is `offset + sum of coef[j] * (index of output axis j)`. */
export interface Row {
  readonly offset: number;
  readonly coef: readonly number[];
}

export interface ReadMap {
  /** Shape of the tensor that is read. */
  readonly from: Shape;
  /** Shape of the result. */
  readonly to: Shape;
  readonly rows: readonly Row[];
  /** What stands where the read falls outside. */
  readonly fill: number;
  /** The word for people: transpose, slice, pad, broadcast, ... */
  readonly kind: string;
}

/** Letters of the two operands and of the result, as in `ij,jk->ik`. */
export interface Equation {
  readonly a: string;
  readonly b: string;
  readonly out: string;
}

/** `B`: a closed circuit. */
export type Work<B = unknown> =
  /** Numbers from outside the program. */
  | { readonly kind: "given" }
  | { readonly kind: "constant"; readonly value: number }
  /** 0, 1, 2, ... in row-major order. */
  | { readonly kind: "positions" }
  /** The operand's numbers in the same order. */
  | { readonly kind: "same" }
  | { readonly kind: "gate"; readonly formula: Formula }
  /** A gate of whole numbers of 32 bits. */
  | { readonly kind: "words"; readonly formula: IntFormula }
  /** The same number as the node's type. */
  | { readonly kind: "convert" }
  | { readonly kind: "fold"; readonly axes: readonly number[]; readonly fold: FoldLanes }
  | { readonly kind: "read"; readonly map: ReadMap }
  | { readonly kind: "write"; readonly map: ReadMap }
  | { readonly kind: "concat"; readonly axis: number }
  | { readonly kind: "contract"; readonly equation: Equation }
  | { readonly kind: "convolve"; readonly part: ConvolutionPart; readonly convolution: Convolution }
  /** Rows picked by index, and rows added into place; `batch` leading axes are shared with the indices. */
  | { readonly kind: "gather"; readonly batch: number }
  | { readonly kind: "scatter"; readonly batch: number }
  /** A circuit of other operations is run instead. */
  | { readonly kind: "open"; readonly body: B };

export type WorkOf<K extends Work["kind"]> = Extract<Work, { readonly kind: K }>;
