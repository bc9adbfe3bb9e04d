/** Sine and cosine: the remainder by pi/2, and two polynomials of which each lane takes one. */
import type { Formula, Int, Lanes, Num } from "../lanes.types.ts";
import { largest, remainder, remainderOfAny, smallest, type Remainder } from "./reduction.ts";
import { polynomial } from "./formula.ts";

// (sin r - r) / r^3 and (cos r - 1 + r^2/2) / r^4 in r^2, interpolated at Chebyshev's points for |r| <= pi/4.
const sineTerms = [
  -0.16666666666666666, 0.008333333333330925, -0.00019841269836722418, 2.755731608381636e-6, -2.5051127944014188e-8,
  1.5917848524808262e-10,
];
const cosineTerms = [
  0.041666666666666664, -0.0013888888888887382, 2.480158729874307e-5, -2.7557317260008837e-7, 2.0876143827993133e-9,
  -1.1382456778061306e-11,
];

/** sin(r + n pi/2). */
const turned = (k: Lanes, n: Int, { high: r, low }: Remainder["r"]): Num => {
  const z = k.mul(r, r);
  const half = k.mul(z, 0.5);
  const cube = k.mul(z, r);
  // The low part of the remainder enters by the first derivative.
  const sine = k.add(r, k.add(k.mul(cube, polynomial(k, z, sineTerms)), k.mul(low, k.sub(1, half))));
  const one = k.sub(1, half);
  const lost = k.sub(k.sub(1, one), half);
  const cosine = k.add(one, k.add(lost, k.sub(k.mul(k.mul(z, z), polynomial(k, z, cosineTerms)), k.mul(r, low))));
  const chosen = k.select(k.int.eq(k.int.and(n, 1), 0), sine, cosine);
  return k.ofBits(k.int.xor(k.bitsOf(chosen), k.int.shl(k.int.and(n, 2), 62)));
};

/** sin(x + quarters pi/2), in float64. */
const circular = (name: string, quarters: number): Formula => {
  const exactly: Formula = (k, x) => {
    const { n, r } = remainderOfAny(k, x!);
    return k.select(k.lt(k.abs(x!), Infinity), turned(k, k.int.add(n, quarters), r), NaN);
  };
  return (k, x) => {
    const { n, r } = remainder(k, x!);
    const usual = turned(k, k.int.add(n, quarters), r);
    const cancelled = k.and(k.lt(k.abs(r.high), smallest), k.gt(k.abs(x!), 1));
    return k.apart(name, k.or(cancelled, k.not(k.le(k.abs(x!), largest))), [x!], usual, exactly);
  };
};

const sine = circular("sin", 0);
const cosine = circular("cos", 1);

/** -0 stays -0, which the sum of the polynomial would lose. */
export const sin: Formula = (k, x) => k.select(k.eq(x!, 0), x!, k.wide([x!], sine));
export const cos: Formula = (k, x) => k.wide([x!], cosine);
