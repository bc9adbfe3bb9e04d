/**
 * What a gate is written in for the engine: a few operations on numbers that stand side by side in a vector register, or
 * on one number alone; the text is the same. Types are those of `DType`, and the meaning is that of the interpreter:
 * floats round after each operation, whole numbers wrap, NaN goes where IEEE 754 sends it.
 */
import type { DType } from "./dtype.ts";

/** A value in every lane. Operands of one operation have the same type. */
export interface Lane {
  readonly dtype: DType;
}

/** Functions with a body of their own in a module, each within a stated error. */
export const laneFunctions = ["exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "erf", "erfc", "pow"] as const;
export type LaneFunction = (typeof laneFunctions)[number];

export interface Lanes {
  /** The number in every lane, as that type stores it. */
  constant(x: number, dtype: DType): Lane;
  add(a: Lane, b: Lane): Lane;
  sub(a: Lane, b: Lane): Lane;
  mul(a: Lane, b: Lane): Lane;
  div(a: Lane, b: Lane): Lane;
  neg(a: Lane): Lane;
  abs(a: Lane): Lane;
  sqrt(a: Lane): Lane;
  /** NaN if one of them is; -0 is smaller than 0. */
  min(a: Lane, b: Lane): Lane;
  max(a: Lane, b: Lane): Lane;
  /** Comparisons give truth values. */
  lt(a: Lane, b: Lane): Lane;
  le(a: Lane, b: Lane): Lane;
  gt(a: Lane, b: Lane): Lane;
  ge(a: Lane, b: Lane): Lane;
  eq(a: Lane, b: Lane): Lane;
  ne(a: Lane, b: Lane): Lane;
  and(a: Lane, b: Lane): Lane;
  or(a: Lane, b: Lane): Lane;
  select(condition: Lane, a: Lane, b: Lane): Lane;
  /** As `cast`: towards 0 and modulo 2^32 for whole numbers, not 0 for truth values. */
  convert(a: Lane, dtype: DType): Lane;
  call(name: LaneFunction, ...x: Lane[]): Lane;
  /** Words of 32 bits, of type uint32: sums modulo 2^32, bits, and bits turned left. */
  words(compute: (w: Words) => Word, ...x: Lane[]): Lane;
}

/** 32 bits in every lane. */
export interface Word {
  readonly bits: 32;
}

export interface Words {
  readonly operands: readonly Word[];
  constant(x: number): Word;
  add(a: Word, b: Word): Word;
  xor(a: Word, b: Word): Word;
  rotate(a: Word, left: number): Word;
}

/**
 * A fold for the engine. Its state is a few numbers, each of the type of what is folded ("value") or a position
 * ("index"). Elements reach the states of several lanes in turn, so `combine` must not care about order.
 */
export interface FoldLanes {
  readonly state: readonly { readonly type: "value" | "index"; readonly init: number }[];
  /** One element, and its position along the folded axes, as a state. */
  readonly lift: (b: Lanes, x: Lane, at: () => Lane) => readonly Lane[];
  readonly combine: (b: Lanes, s: readonly Lane[], t: readonly Lane[]) => readonly Lane[];
  /** Which number of the state is the result. */
  readonly out: number;
}
