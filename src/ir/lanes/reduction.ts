/**
 * The remainder of a number by pi/2 for sine and cosine: with pi/2 in three parts (Cody and Waite 1980) where that is
 * enough, with as many digits of 2/pi as it takes (Payne and Hanek 1983) elsewhere.
 */
import type { Int, Lanes, Num } from "../lanes.types.ts";
import { exactSum, fastSum, product, type Double } from "./double-double.ts";
import { format } from "./formula.ts";

/** x = n pi/2 + r; of n the last two bits count. */
export interface Remainder {
  readonly n: Int;
  readonly r: Double;
}

/** The first two parts have 33 bits each, so that n times either is exact for n < 2^20. */
const parts = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21] as const;

export const largest = 2 ** 20;

/** For |x| <= 2^20, unless r comes out below `smallest` times 1, where too many digits have cancelled. */
export const remainder = (k: Lanes, x: Num): Remainder => {
  const { shifter } = format[64];
  const shifted = k.add(k.mul(x, 2 / Math.PI), shifter);
  const n = k.sub(shifted, shifter);
  const first = k.sub(x, k.mul(n, parts[0]));
  const second = exactSum(k, first, k.neg(k.mul(n, parts[1])));
  return { n: k.bitsOf(shifted), r: fastSum(k, second.high, k.sub(second.low, k.mul(n, parts[2]))) };
};

export const smallest = 2 ** -20;

/** 2/pi, 1344 bits after the point, after 64 zeros. */
const twoOverPi = BigInt(
  "0xa2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abdebbc561b7246e3a424dd2e006492eea09d1921cfe1deb1cb129a73ee88235f52ebb4484e99c7026b45f7e413991d639835339f49c845f8bbdf9283b1ff897ffde05980fef2f118b5a0a6d1f6d367ecf27cb09b74f463f669e5fea2d7527bac7ebe5f17b3d0739f78a5292ea6bfb5fb11f8d5d0856033046fc7b6babf0cfbc209af4361da9e391615ee61b08",
);
const words = Array.from({ length: 22 }, (_, i) => BigInt.asUintN(64, twoOverPi >> BigInt(64 * (21 - i))));

const low32 = 0xffff_ffffn;

/** The upper and the lower 64 bits of a product of two whole numbers without sign. */
const wideProduct = (k: Lanes, a: Int, b: Int): readonly [high: Int, low: Int] => {
  const { int } = k;
  const [aLow, aHigh, bLow, bHigh] = [int.and(a, low32), int.shrU(a, 32), int.and(b, low32), int.shrU(b, 32)];
  const [crossed, other] = [int.mul(aLow, bHigh), int.mul(aHigh, bLow)];
  const carry = int.add(int.add(int.shrU(int.mul(aLow, bLow), 32), int.and(crossed, low32)), int.and(other, low32));
  const high = int.add(int.add(int.mul(aHigh, bHigh), int.shrU(crossed, 32)), int.add(int.shrU(other, 32), int.shrU(carry, 32)));
  return [high, int.mul(a, b)];
};

/** 1 where the sum of two numbers without sign, already taken, has overflowed. */
const carryOf = (k: Lanes, sum: Int, part: Int): Int => {
  const top = 1n << 63n;
  return k.int.select(k.int.lt(k.int.xor(sum, top), k.int.xor(part, top)), 1, 0);
};

/** For any finite |x| >= 2^-2: 192 bits of 2/pi, from the first whose product with x is no multiple of 4. */
export const remainderOfAny = (k: Lanes, x: Num): Remainder => {
  const { int } = k;
  const magnitude = k.bitsOf(k.abs(x));
  const mantissa = int.or(int.and(magnitude, 0xf_ffff_ffff_ffffn), 1n << 52n);
  // |x| = mantissa 2^e; the window starts at bit e - 1 after the point, which is bit e + 62 of the words.
  const start = int.sub(int.shrU(magnitude, 52), 1075 - 62);
  const at = int.shrU(start, 6);
  const offset = int.and(start, 63);
  const word = (ahead: number): Int => words.slice(ahead).reduceRight((rest: Int, bits, i) => int.select(int.eq(at, i), bits, rest), int.constant(0));
  const window = (ahead: number): Int =>
    int.or(int.shlEach(word(ahead), offset), int.shrUEach(int.shrU(word(ahead + 1), 1), int.sub(63, offset)));
  const [carried, low] = wideProduct(k, mantissa, window(2));
  const [upper, middle] = wideProduct(k, mantissa, window(1));
  const second = int.add(middle, carried);
  const first = int.add(int.add(int.mul(mantissa, window(0)), upper), carryOf(k, second, carried));
  // Two bits of n, then the fraction; read with its sign it lies between -1/2 and 1/2, and n is rounded to fit.
  const high = int.or(int.shl(first, 2), int.shrU(second, 62));
  const rest = int.or(int.shl(second, 2), int.shrU(low, 62));
  const n = int.and(int.add(int.shrU(first, 62), int.shrU(high, 63)), 3);
  const piece = (bits: Int, power: number): Num => k.mul(k.ofInt(bits), 2 ** power);
  const tail = fastSum(k, piece(int.shrU(rest, 32), -96), piece(int.and(rest, low32), -128));
  const head = fastSum(k, piece(int.shrS(high, 32), -32), piece(int.and(high, low32), -64));
  const joined = exactSum(k, head.high, k.add(head.low, tail.high));
  const fraction = fastSum(k, joined.high, k.add(joined.low, tail.low));
  const r = product(k, fraction, { high: k.constant(Math.PI / 2), low: k.constant(6.123233995736766e-17) });
  const negative = k.lt(x, 0);
  const turn = (y: Num): Num => k.select(negative, k.neg(y), y);
  return { n: int.select(negative, int.sub(0, n), n), r: { high: turn(r.high), low: turn(r.low) } };
};

