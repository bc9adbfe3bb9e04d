/** Tools of the formulas in this folder. */
import type { Lanes, Num, NumLike } from "../lanes.types.ts";

/** c0 + c1 x + c2 x^2 + ..., by Horner's rule. */
export const polynomial = (k: Lanes, x: Num, coefficients: readonly number[]): Num => {
  let sum: NumLike = coefficients.at(-1)!;
  for (let i = coefficients.length - 2; i >= 0; i--) sum = k.mulAdd(sum, x, coefficients[i]!);
  return sum as Num;
};

/** What differs between the formats of IEEE 754. */
export const format = {
  32: { mantissa: 23, bias: 127, smallestNormal: 2 ** -126, shifter: 1.5 * 2 ** 23, shifterBits: 0x4b40_0000n },
  64: { mantissa: 52, bias: 1023, smallestNormal: 2 ** -1022, shifter: 1.5 * 2 ** 52, shifterBits: 0x4338_0000_0000_0000n },
} as const;
