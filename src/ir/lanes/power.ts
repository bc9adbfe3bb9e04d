/** x^y = e^(y ln |x|), with the logarithm to 64 bits in float64, and the sign and the special cases of JavaScript's `**`. */
import type { Formula, Lanes, Num } from "../lanes.types.ts";
import { constant, exactProduct, exactSum, fastSum, product, sum, type Double } from "./double-double.ts";
import { exponential } from "./exponential.ts";
import { polynomial } from "./formula.ts";
import { log, split } from "./logarithm.ts";

/** 2/5 + 2/7 z + 2/9 z^2 + ... (the series of 2 artanh s from its third term on), interpolated to 2^-66 of the logarithm. */
const terms = [
  0.4, 0.28571428571429375, 0.22222222221649277, 0.18181818336889324, 0.15384594802772, 0.13334813373687013, 0.11706004128016817,
  0.11725604536475413,
];

/** ln x of a positive finite number. */
const preciseLogarithm = (k: Lanes, x: Num): Double => {
  const { n, m } = split(k, x);
  const f = k.sub(m, 1);
  // s = f / (2 + f) with its rest.
  const d = fastSum(k, k.constant(2), f);
  const quotient = k.div(f, d.high);
  const back = exactProduct(k, quotient, d.high);
  const rest = k.div(k.sub(k.sub(k.sub(f, back.high), back.low), k.mul(quotient, d.low)), d.high);
  const s = fastSum(k, quotient, rest);
  const z = product(k, s, s);
  // 2s + s z (2/3 + z (2/5 + ...))
  const inner = sum(k, constant(k, 0.6666666666666666, 3.700743415417188e-17), { high: k.mul(z.high, polynomial(k, z.high, terms)), low: k.constant(0) });
  const cubic = product(k, product(k, s, z), inner);
  const near = sum(k, { high: k.mul(s.high, 2), low: k.mul(s.low, 2) }, cubic);
  const far = exactSum(k, k.mul(n, 0.6931471803691238), near.high);
  return fastSum(k, far.high, k.add(far.low, k.add(near.low, k.mul(n, 1.9082149292705877e-10))));
};

/** |x|^y; `precise` where float64 is the result, and not only the way to it. */
const magnitude = (k: Lanes, x: Num, y: Num, precise: boolean): Num => {
  const plain = k.mul(y, log(k, x));
  if (!precise) return exponential(k, plain);
  const { high, low } = preciseLogarithm(k, x);
  const whole = exactProduct(k, y, high);
  // Where the exponent is far out of range, or not finite, its low part says nothing, or is not a number.
  const inside = k.lt(k.abs(plain), 1000);
  return exponential(k, k.select(inside, whole.high, plain), k.select(inside, k.add(whole.low, k.mul(y, low)), 0));
};

const power = (precise: boolean): Formula => (k, x, y) => {
  const size = magnitude(k, k.abs(x!), y!, precise);
  const half = k.mul(y!, 0.5);
  const whole = k.eq(k.trunc(y!), y!);
  const odd = k.and(whole, k.ne(k.trunc(half), half));
  const negative = k.int.lt(k.bitsOf(x!), 0);
  const turned = k.select(k.and(negative, odd), k.neg(size), size);
  const undefinedBelow = k.and(k.lt(x!, 0), k.not(whole));
  // Below 0 only whole exponents have a power, and a power of -Infinity is one of Infinity.
  const result = k.select(k.and(undefinedBelow, k.gt(x!, -Infinity)), NaN, turned);
  return k.select(k.eq(y!, 0), 1, result);
};

const precisely = power(true);
const plainly = power(false);

export const pow: Formula = (k, x, y) => (k.width === 64 ? precisely(k, x!, y!) : k.wide([x!, y!], plainly));
