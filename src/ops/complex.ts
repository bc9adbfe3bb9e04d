/**
 * Complex arithmetic for the complex step: an analytic gate evaluated at x + ih gives its slope as Im f / h with no
 * subtraction, hence without rounding (Squire and Trapp 1998). Only as much as the gates need.
 */
import type { Complex } from "../ir/node.ts";

export const complex = (re: number, im = 0): Complex => ({ re, im });

export const plus = (a: Complex, b: Complex): Complex => complex(a.re + b.re, a.im + b.im);
export const minus = (a: Complex): Complex => complex(-a.re, -a.im);
export const times = (a: Complex, b: Complex): Complex => complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re);

export const over = (a: Complex, b: Complex): Complex => {
  // Scaled by the larger part, so that squares do not overflow (Smith 1962).
  if (Math.abs(b.re) >= Math.abs(b.im)) {
    const r = b.im / b.re;
    const d = b.re + b.im * r;
    return complex((a.re + a.im * r) / d, (a.im - a.re * r) / d);
  }
  const r = b.re / b.im;
  const d = b.re * r + b.im;
  return complex((a.re * r + a.im) / d, (a.im * r - a.re) / d);
};

export const exponential = (z: Complex): Complex => {
  const size = Math.exp(z.re);
  return complex(size * Math.cos(z.im), size * Math.sin(z.im));
};

export const logarithm = (z: Complex): Complex => complex(Math.log(Math.hypot(z.re, z.im)), Math.atan2(z.im, z.re));

export const root = (z: Complex): Complex => {
  const size = Math.hypot(z.re, z.im);
  const re = Math.sqrt((size + Math.abs(z.re)) / 2);
  if (re === 0) return complex(0);
  const im = z.im / (2 * re);
  return z.re >= 0 ? complex(re, im) : complex(Math.abs(im), z.im >= 0 ? re : -re);
};

/** e^z - 1, with the digits of small z. */
export const exponentialLess1 = (z: Complex): Complex => {
  const grown = Math.expm1(z.re);
  const half = Math.sin(z.im / 2);
  return complex(grown - 2 * (grown + 1) * half * half, (grown + 1) * Math.sin(z.im));
};

/** ln(1 + z), with the digits of small z. */
export const logarithmOf1Plus = (z: Complex): Complex =>
  complex(Math.log1p(z.re * (2 + z.re) + z.im * z.im) / 2, Math.atan2(z.im, 1 + z.re));

export const sine = (z: Complex): Complex => complex(Math.sin(z.re) * Math.cosh(z.im), Math.cos(z.re) * Math.sinh(z.im));
export const cosine = (z: Complex): Complex => complex(Math.cos(z.re) * Math.cosh(z.im), -Math.sin(z.re) * Math.sinh(z.im));

export const hyperbolicTangent = (z: Complex): Complex => {
  const t = Math.tan(z.im);
  const tanh = Math.tanh(z.re);
  const sech = 1 / Math.cosh(z.re);
  const d = 1 + tanh * tanh * t * t;
  return complex((tanh * (1 + t * t)) / d, (t * sech * sech) / d);
};

/** z^w; a real whole exponent also for negative z. */
export const power = (z: Complex, w: Complex): Complex => {
  if (w.im === 0 && z.im === 0) return complex(z.re ** w.re);
  // A whole power of a negative number is a power of its opposite: the logarithm would leave the real line.
  if (w.im === 0 && Number.isInteger(w.re)) {
    const size = Math.hypot(z.re, z.im) ** w.re;
    const angle = Math.atan2(z.im, Math.abs(z.re)) * w.re;
    const sign = z.re < 0 && w.re % 2 !== 0 ? -1 : 1;
    return complex(sign * size * Math.cos(angle), (z.re < 0 ? -sign : sign) * size * Math.sin(angle));
  }
  return exponential(times(w, logarithm(z)));
};
