/**
 * The error function to the last digits of float64, which JavaScript lacks: a series of positive terms near 0, a
 * continued fraction for the tail (Abramowitz and Stegun 7.1.6 and 7.1.14).
 */

const border = 2.2;

/** erf x = 2/sqrt(pi) e^(-x^2) sum of 2^n x^(2n+1) / (1 3 5 ... (2n+1)); no term is negative, so nothing cancels. */
const series = (x: number): number => {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-18; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * expOfMinusSquare(x) * sum;
};

/** e^(-x^2) without the rounding of x^2: the high part of x has few enough bits to be squared exactly. */
const expOfMinusSquare = (x: number): number => {
  const high = Math.fround(x);
  return Math.exp(-high * high) * Math.exp(-(x - high) * (x + high));
};

/** For x > 0: e^(-x^2)/sqrt(pi) / (x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))), from the inside out. */
const tail = (x: number): number => {
  if (x > 27.3) return 0;
  let fraction = x;
  for (let k = Math.ceil(20 + 200 / (x * x)); k >= 1; k--) fraction = x + k / 2 / fraction;
  return expOfMinusSquare(x) / (Math.sqrt(Math.PI) * fraction);
};

export const erfOf = (x: number): number => {
  if (Number.isNaN(x)) return NaN;
  if (x === 0) return x;
  return Math.abs(x) < border ? series(x) : Math.sign(x) * (1 - tail(Math.abs(x)));
};

export const erfcOf = (x: number): number => {
  if (Number.isNaN(x)) return NaN;
  if (x < border) return x < -border ? 2 - tail(-x) : x < 0.75 ? 1 - erfOf(x) : tail(x);
  return tail(x);
};
