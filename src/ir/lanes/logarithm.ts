/**
 * ln x and ln(1 + x) after fdlibm (Sun Microsystems 1993): x = 2^n (1 + f) with 1 + f between sqrt(1/2) and sqrt(2), and
 * ln(1 + f) = 2 artanh s = f - f^2/2 + s (f^2/2 + R(s^2)) with s = f / (2 + f).
 */
import type { Formula, Int, Lanes, Num } from "../lanes.types.ts";
import { format, polynomial } from "./formula.ts";

export const constants = {
  32: {
    rootHalf: 0x3f35_04f3n,
    /** Lifts the smallest numbers into the normal range. */
    lift: 25,
    ln2: [0.693138122558594, 9.05800061445916e-6],
    // R(z)/z, interpolated at Chebyshev's points for |s| <= (sqrt(2) - 1) / (sqrt(2) + 1).
    terms: [0.6666666865348816, 0.4000012278556824, 0.28550735116004944, 0.23332762718200684],
  },
  64: {
    rootHalf: 0x3fe6_a09e_667f_3bcdn,
    lift: 54,
    ln2: [0.6931471803691238, 1.9082149292705877e-10],
    terms: [
      0.666666666666667, 0.3999999999989827, 0.2857142862653362, 0.22222211043776857, 0.18182895750119193, 0.1533150161114533,
      0.1461916613488797,
    ],
  },
} as const;

/** x = 2^n m for positive x, m between sqrt(1/2) and sqrt(2). */
export const split = (k: Lanes, x: Num): { readonly n: Num; readonly m: Num } => {
  const { rootHalf, lift } = constants[k.width];
  const { mantissa, bias, smallestNormal } = format[k.width];
  const tiny = k.lt(x, smallestNormal);
  const bits = k.bitsOf(k.select(tiny, k.mul(x, 2 ** lift), x));
  const one = BigInt(bias) << BigInt(mantissa);
  const power: Int = k.int.shrU(k.int.add(bits, one - rootHalf), mantissa);
  const m = k.ofBits(k.int.sub(bits, k.int.sub(k.int.shl(power, mantissa), one)));
  return { n: k.sub(k.ofInt(power), k.select(tiny, bias + lift, bias)), m };
};

/** n ln 2 + ln(1 + f) + low. */
const assemble = (k: Lanes, n: Num, f: Num, low?: Num): Num => {
  const { ln2, terms } = constants[k.width];
  const s = k.div(f, k.add(f, 2));
  const z = k.mul(s, s);
  const half = k.mul(k.mul(f, 0.5), f);
  const rest = k.mul(s, k.add(half, k.mul(z, polynomial(k, z, terms))));
  const small = k.mul(n, ln2[1]);
  const sum = k.add(rest, low ? k.add(small, low) : small);
  return k.sub(k.mul(n, ln2[0]), k.sub(k.sub(half, sum), f));
};

/** Outside of the finite positive numbers: NaN below 0, -Infinity at 0. */
const elsewhere = (k: Lanes, x: Num, inside: Num): Num => {
  const edge = k.select(k.eq(x, 0), -Infinity, k.select(k.gt(x, 0), x, NaN));
  return k.select(k.and(k.gt(x, 0), k.lt(x, Infinity)), inside, edge);
};

export const log: Formula = (k, x) => {
  const { n, m } = split(k, x!);
  return elsewhere(k, x!, assemble(k, n, k.sub(m, 1)));
};

export const log1p: Formula = (k, x) => {
  const u = k.add(x!, 1);
  const { n, m } = split(k, u);
  // Where 1 + x needs no power of 2 it is never rounded; elsewhere what was rounded away is added again.
  const near = k.and(k.gt(x!, Math.SQRT1_2 - 1), k.lt(x!, Math.SQRT2 - 1));
  const lost = k.select(k.gt(x!, 1), k.sub(1, k.sub(u, x!)), k.sub(x!, k.sub(u, 1)));
  const sum = assemble(k, k.select(near, 0, n), k.select(near, x!, k.sub(m, 1)), k.select(near, 0, k.div(lost, u)));
  const tiny = 2 ** -(format[k.width].mantissa + 2);
  return k.select(k.lt(k.abs(x!), tiny), x!, elsewhere(k, u, sum));
};
