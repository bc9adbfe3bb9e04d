/**
 * erf and erfc: an odd polynomial near 0; in the tail e^(-x^2) / (1 + 2x) times a polynomial in t = (x - 4) / (x + 4),
 * which brings 0 to infinity into a finite stretch (the substitution of Shepherd and Laframboise 1981).
 */
import type { Formula, Lanes, Num } from "../lanes.types.ts";
import { exponential } from "./exponential.ts";
import { polynomial } from "./formula.ts";

/**
 * near: erf(x)/x - 1 in x^2 for |x| <= 1. tail: (1 + 2x) e^(x^2) erfc(x) in t, for x from 0 to where it vanishes. Both
 * interpolated at Chebyshev's points. upper: the bits of a number whose square is exact.
 */
const constants = {
  32: {
    near: [0.12837916612625122, -0.3761262595653534, 0.11283594369888306, -0.02685421146452427, 0.005189087241888046, -0.000801686430349946, 7.875874871388078e-5],
    tail: [
      1.2329951524734497, -0.13962092995643616, 0.015377592295408249, 0.06808839738368988, -0.10100142657756805, 0.09386348724365234,
      -0.06650938093662262, 0.03638347238302231, -0.016292357817292213, 0.006598002277314663, 0.0007428427925333381,
    ],
    vanishes: 11,
    upper: 0xffff_f000,
  },
  64: {
    near: [
      0.1283791670955126, -0.3761263890318375, 0.11283791670954879, -0.026866170645076792, 0.0052239776248180145,
      -0.000854832698083379, 0.0001205533111164271, -1.4925595266831182e-5, 1.6461000484121368e-6, -1.6350312701054695e-7,
      1.4659775274047436e-8, -1.1372848856791674e-9, 5.957176147748911e-11,
    ],
    tail: [
      1.2329951186255526, -0.13962111684056253, 0.015379652102619558, 0.06809705425469323, -0.10103906603629459,
      0.09373283499833023, -0.0663303658124095, 0.03716751553777026, -0.01619773405599449, 0.005031969975753176,
      -0.0007577732973669146, -0.00019925668432389153, 0.00015062169704678355, -2.439924428312988e-5, -1.1222046316669005e-5,
      5.709784760966506e-6, 2.9377854943443786e-7, -8.254699744871162e-7, 7.471952780500971e-8, 1.1005996198640057e-7,
      -1.799947545903142e-8, -1.4091982822555755e-8, 1.868487385473519e-9, 1.263782858042137e-9,
    ],
    vanishes: 28,
    upper: 0xffff_ffff_f800_0000n,
  },
} as const;

/** erf x for |x| <= 1. */
const near = (k: Lanes, x: Num): Num => k.add(x, k.mul(x, polynomial(k, k.mul(x, x), constants[k.width].near)));

/** erfc x for x >= 0. */
const tail = (k: Lanes, given: Num): Num => {
  const { tail: terms, vanishes, upper } = constants[k.width];
  const x = k.clamp(given, 0, vanishes);
  const fraction = k.div(polynomial(k, k.div(k.sub(x, 4), k.add(x, 4)), terms), k.add(k.mul(x, 2), 1));
  // The square of the upper half of x is exact; the rest goes beside it.
  const high = k.ofBits(k.int.and(k.bitsOf(x), upper));
  const rest = k.mul(k.sub(x, high), k.add(x, high));
  return k.mul(exponential(k, k.neg(k.mul(high, high)), k.neg(rest)), fraction);
};

export const erf: Formula = (k, x) => {
  const magnitude = k.abs(x!);
  return k.select(k.lt(magnitude, 1), near(k, x!), k.copySign(k.sub(1, tail(k, magnitude)), x!));
};

export const erfc: Formula = (k, x) => {
  const far = tail(k, k.abs(x!));
  const outside = k.select(k.gt(x!, 0), far, k.sub(2, far));
  return k.select(k.and(k.gt(x!, -1), k.lt(x!, 0.65)), k.sub(1, near(k, x!)), outside);
};
