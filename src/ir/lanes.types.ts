/**
 * What the scalar function of a gate is written in when it is to become machine code: a formula over `Lanes` holds for
 * one number as well as for vectors of them, in float32 and in float64. Printers implement it; entries only use it.
 */

declare const kind: unique symbol;

/** Floating-point numbers, one in each lane. */
export interface Num {
  readonly [kind]: "number";
}

/** Whole numbers as wide as the floating-point ones beside them, modulo 2^32 or 2^64. */
export interface Int {
  readonly [kind]: "integer";
}

/** A truth value in each lane. */
export interface Mask {
  readonly [kind]: "mask";
}

/** Where a number is given the same stands in every lane. */
export type NumLike = Num | number;
export type IntLike = Int | number | bigint;

export interface IntLanes {
  constant(x: number | bigint): Int;
  add(a: Int, b: IntLike): Int;
  sub(a: IntLike, b: IntLike): Int;
  mul(a: Int, b: IntLike): Int;
  and(a: Int, b: IntLike): Int;
  or(a: Int, b: IntLike): Int;
  xor(a: Int, b: IntLike): Int;
  shl(a: Int, by: number): Int;
  /** Zeros come in from the left. */
  shrU(a: Int, by: number): Int;
  /** The sign comes in from the left. */
  shrS(a: Int, by: number): Int;
  /** Shifted by a different count in each lane, which must be below the width; slow on vectors. */
  shlEach(a: Int, by: Int): Int;
  shrUEach(a: Int, by: Int): Int;
  eq(a: Int, b: IntLike): Mask;
  /** Signed. */
  lt(a: Int, b: IntLike): Mask;
  select(mask: Mask, a: IntLike, b: IntLike): Int;
}

export interface Lanes {
  /** Bits of one number: 32 or 64. A formula that needs more digits in float64 asks for it. */
  readonly width: 32 | 64;
  readonly int: IntLanes;
  /** Functions that take many steps. Who computes with lanes brings them, so that entries stay light where nobody does. */
  readonly math: Readonly<Record<"cos" | "erf" | "erfc" | "exp" | "expm1" | "log" | "log1p" | "pow" | "sin" | "tanh", Formula>>;

  constant(x: number): Num;
  add(a: NumLike, b: NumLike): Num;
  sub(a: NumLike, b: NumLike): Num;
  mul(a: NumLike, b: NumLike): Num;
  div(a: NumLike, b: NumLike): Num;
  /** a * b + c, with one rounding where the program is made with fused multiply-add and with two elsewhere. */
  mulAdd(a: NumLike, b: NumLike, c: NumLike): Num;
  /** As in JavaScript: NaN if one is NaN, and -0 is below 0. */
  min(a: NumLike, b: NumLike): Num;
  max(a: NumLike, b: NumLike): Num;
  /** `low` where x is below it, `high` where x is above it; NaN stays, and -0 between them. */
  clamp(x: Num, low: number, high: number): Num;
  neg(x: Num): Num;
  abs(x: Num): Num;
  sqrt(x: Num): Num;
  floor(x: Num): Num;
  ceil(x: Num): Num;
  trunc(x: Num): Num;
  /** The nearest whole number, the even one of two. */
  nearest(x: Num): Num;
  /** The magnitude of the first with the sign of the second. */
  copySign(x: NumLike, sign: Num): Num;

  lt(a: NumLike, b: NumLike): Mask;
  le(a: NumLike, b: NumLike): Mask;
  gt(a: NumLike, b: NumLike): Mask;
  ge(a: NumLike, b: NumLike): Mask;
  eq(a: NumLike, b: NumLike): Mask;
  ne(a: NumLike, b: NumLike): Mask;
  and(a: Mask, b: Mask): Mask;
  or(a: Mask, b: Mask): Mask;
  not(a: Mask): Mask;
  select(mask: Mask, a: NumLike, b: NumLike): Num;

  /** 1 where true, 0 where not. */
  number(mask: Mask): Num;
  /** Whether a number is other than 0; of `number(mask)` the mask itself. NaN is true, as no bool holds it. */
  truth(x: Num): Mask;

  /** The bits of a number as a whole number, and back. */
  bitsOf(x: Num): Int;
  ofBits(x: Int): Num;
  /** A whole number of magnitude below 2^22 (float32) or 2^51 (float64) as a number. */
  ofInt(x: Int): Num;

  /** A formula computed in float64 whatever the width; the result is rounded once more where that is 32. */
  wide(x: readonly Num[], formula: Formula): Num;
  /**
   * `usual` except in lanes where the mask is set: there the formula is computed apart, in float64, one number after
   * another. For operands that are rare; the formula becomes one function of the module, `name`.
   */
  apart(name: string, where: Mask, x: readonly Num[], usual: Num, formula: Formula): Num;
}

/** A scalar function of a few numbers. Truth values are 0 and 1: `k.truth` and `k.number` pass between them and masks. */
export interface Formula {
  (k: Lanes, ...x: Num[]): Num;
  /**
   * The largest error in units in the last place of the result, by width; absent where every step is rounded as IEEE 754
   * says and there is only one.
   */
  readonly ulp?: { readonly 32: number; readonly 64: number };
}

/** A function of whole numbers of 32 bits, such as random bits. */
export type IntFormula = (k: IntLanes, ...x: Int[]) => Int;
