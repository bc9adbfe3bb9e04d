/** Numbers of twice the digits as unevaluated sums of two (Dekker 1971, Knuth 1969), for float64 lanes. */
import type { Lanes, Num, NumLike } from "../lanes.types.ts";

export interface Double {
  readonly high: Num;
  readonly low: Num;
}

/** The sum of two numbers, the first of them no smaller than the second. */
export const fastSum = (k: Lanes, a: Num, b: Num): Double => {
  const high = k.add(a, b);
  return { high, low: k.sub(b, k.sub(high, a)) };
};

/** The sum of any two numbers. */
export const exactSum = (k: Lanes, a: Num, b: Num): Double => {
  const high = k.add(a, b);
  const part = k.sub(high, a);
  return { high, low: k.add(k.sub(a, k.sub(high, part)), k.sub(b, part)) };
};

/** The upper 26 bits of a number, and the rest. */
const halves = (k: Lanes, x: Num): Double => {
  const high = k.ofBits(k.int.and(k.bitsOf(x), 0xffff_ffff_f800_0000n));
  return { high, low: k.sub(x, high) };
};

/** The product of two numbers without rounding. It does not lean on fused multiply-add, which not every target has. */
export const exactProduct = (k: Lanes, a: Num, b: NumLike): Double => {
  const [x, y] = [halves(k, a), halves(k, typeof b === "number" ? k.constant(b) : b)];
  const high = k.mul(a, b);
  const error = k.sub(k.mul(x.high, y.high), high);
  return { high, low: k.add(k.add(k.add(error, k.mul(x.high, y.low)), k.mul(x.low, y.high)), k.mul(x.low, y.low)) };
};

/** To about 100 bits. */
export const product = (k: Lanes, a: Double, b: Double): Double => {
  const { high, low } = exactProduct(k, a.high, b.high);
  return fastSum(k, high, k.add(low, k.add(k.mul(a.high, b.low), k.mul(a.low, b.high))));
};

/** The first no smaller than the second. */
export const sum = (k: Lanes, a: Double, b: Double): Double => {
  const { high, low } = exactSum(k, a.high, b.high);
  return fastSum(k, high, k.add(low, k.add(a.low, b.low)));
};

export const constant = (k: Lanes, high: number, low: number): Double => ({ high: k.constant(high), low: k.constant(low) });
