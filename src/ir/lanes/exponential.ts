/**
 * e^x and e^x - 1: x = n ln 2 + r with |r| <= ln(2)/2, a polynomial in r, and the power of 2 put back in two steps, so
 * that results below the smallest normal number are rounded once.
 */
import type { Formula, Int, Lanes, Num } from "../lanes.types.ts";
import { format, polynomial } from "./formula.ts";

const constants = {
  32: {
    // Beyond these e^x is infinite or rounds to 0.
    low: -104.5,
    high: 89,
    // ln 2 in two parts; the first has so few bits that n times it is exact.
    ln2: [0.693145751953125, 1.4286068203094172e-6],
    // (e^r - 1 - r) / r^2, interpolated at Chebyshev's points for |r| <= ln(2)/2.
    terms: [0.5, 0.1666666716337204, 0.041666463017463684, 0.00833331048488617, 0.0013933731243014336, 0.000198910798644647],
  },
  64: {
    low: -746,
    high: 710,
    ln2: [0.6931471803691238, 1.9082149292705877e-10],
    terms: [
      0.5, 0.16666666666666666, 0.04166666666666668, 0.008333333333333333, 0.0013888888888879004, 0.00019841269841263252,
      2.480158733663095e-5, 2.7557319247344507e-6, 2.755726307730941e-7, 2.5052070959803662e-8, 2.091821231913398e-9,
      1.6086677666787362e-10,
    ],
  },
} as const;

interface Reduced {
  /** e^r - 1. */
  readonly rest: Num;
  /** n plus twice the bias of the exponent. */
  readonly power: Int;
}

/** `low` is added to x where more digits of it are known. */
const reduce = (k: Lanes, x: Num, low?: Num): Reduced => {
  const { low: least, high: most, ln2, terms } = constants[k.width];
  const { shifter, shifterBits, bias } = format[k.width];
  const within = k.clamp(x, least, most);
  const shifted = k.add(k.mul(within, Math.LOG2E), shifter);
  const n = k.sub(shifted, shifter);
  let r = k.sub(k.sub(within, k.mul(n, ln2[0])), k.mul(n, ln2[1]));
  if (low) r = k.add(r, low);
  return { rest: k.add(r, k.mul(k.mul(r, r), polynomial(k, r, terms))), power: k.int.add(k.bitsOf(shifted), 2n * BigInt(bias) - shifterBits) };
};

/** 2 to the first and to the second half of n. */
const halves = (k: Lanes, power: Int): readonly [Num, Num, Int] => {
  const { mantissa } = format[k.width];
  const first = k.int.shrU(power, 1);
  const second = k.int.sub(power, first);
  return [k.ofBits(k.int.shl(first, mantissa)), k.ofBits(k.int.shl(second, mantissa)), second];
};

/** e^(x + low), where low is far below x. */
export const exponential = (k: Lanes, x: Num, low?: Num): Num => {
  const { rest, power } = reduce(k, x, low);
  const [first, second] = halves(k, power);
  return k.mul(k.mul(k.add(rest, 1), first), second);
};

export const exp: Formula = (k, x) => exponential(k, x!);

export const expm1: Formula = (k, x) => {
  const { mantissa, bias } = format[k.width];
  const { rest, power } = reduce(k, x!);
  const [first, second, secondPower] = halves(k, power);
  const inverse = k.ofBits(k.int.shl(k.int.sub(2 * bias, secondPower), mantissa));
  // 2^n rest + 2^n - 1, the second half of the power taken out: the difference is exact where it matters.
  return k.copySign(k.mul(k.add(k.mul(rest, first), k.sub(first, inverse)), second), x!);
};

/** tanh |x| = -t / (t + 2) with t = e^(-2|x|) - 1. */
export const tanh: Formula = (k, x) => {
  const t = expm1(k, k.mul(k.abs(x!), -2));
  return k.copySign(k.div(t, k.add(t, 2)), x!);
};
