/**
 * Elementary functions of float64 numbers to more than 100 correct bits, on whole numbers of any size and by the plainest
 * series there are: the judge of formulas in float64, for which JavaScript's own `Math` is no better than what it judges.
 */

/** m * 2^-scale. */
export interface Fixed {
  readonly m: bigint;
  readonly scale: number;
}

const shift = (m: bigint, by: number): bigint => (by >= 0 ? m << BigInt(by) : m >> BigInt(-by));

const view = new DataView(new ArrayBuffer(8));

/** |x| = m * 2^e with a whole m. */
const decode = (x: number): { readonly m: bigint; readonly e: number } => {
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const m = exponent === 0 ? fraction : fraction | (1n << 52n);
  return { m: bits >> 63n ? -m : m, e: Math.max(exponent, 1) - 1075 };
};

/** Floor of the base-2 logarithm of |x|. */
const exponentOf = (x: number): number => {
  const { m, e } = decode(x);
  return (m < 0n ? -m : m).toString(2).length - 1 + e;
};

/** x * 2^scale, rounded down. */
const fixed = (x: number, scale: number): bigint => {
  const { m, e } = decode(x);
  return shift(m, e + scale);
};

const times = (a: bigint, b: bigint, scale: number): bigint => (a * b) >> BigInt(scale);

/** The sum of terms made from the one before until they vanish. */
const series = (first: bigint, next: (term: bigint, n: bigint) => bigint, part: (term: bigint, n: bigint) => bigint = (term) => term): bigint => {
  let sum = 0n;
  let term = first;
  for (let n = 0n; term !== 0n && term !== -1n; n++) {
    sum += part(term, n);
    term = next(term, n);
  }
  return sum;
};

const memo = <T>(make: (scale: number) => T): ((scale: number) => T) => {
  const known = new Map<number, T>();
  return (scale) => {
    if (!known.has(scale)) known.set(scale, make(scale));
    return known.get(scale)!;
  };
};

/** artanh(1/n) at that scale. */
const artanhOfInverse = (n: bigint, scale: number): bigint =>
  series((1n << BigInt(scale)) / n, (term) => term / (n * n), (term, k) => term / (2n * k + 1n));

const arctanOfInverse = (n: bigint, scale: number): bigint =>
  series((1n << BigInt(scale)) / n, (term) => -(term / (n * n)), (term, k) => term / (2n * k + 1n));

const ln2 = memo((scale) => 2n * artanhOfInverse(3n, scale + 20) >> 20n);
/** Machin 1706. */
const pi = memo((scale) => (16n * arctanOfInverse(5n, scale + 20) - 4n * arctanOfInverse(239n, scale + 20)) >> 20n);
const rootPi = memo((scale) => {
  const square = pi(2 * scale);
  let root = fixed(Math.sqrt(Math.PI), scale);
  for (let i = 0; i < 8; i++) root = (root + square / root) >> 1n;
  return root;
});

const expSeries = (r: bigint, scale: number): bigint => series(1n << BigInt(scale), (term, n) => times(term, r, scale) / (n + 1n));

/** e^x of a fixed-point x, to 150 bits of the result. */
const expOf = ({ m, scale }: Fixed): Fixed => {
  const n = m / ln2(scale);
  return { m: expSeries(m - n * ln2(scale), scale), scale: scale - Number(n) };
};

const bits = 200;

export const exp = (x: number): Fixed => expOf({ m: fixed(x, bits), scale: bits });

export const expm1 = (x: number): Fixed => {
  const scale = bits + Math.max(0, -exponentOf(x)) + (Math.abs(x) > 1 ? 60 : 0);
  if (Math.abs(x) < 1) {
    const m = fixed(x, scale);
    return { m: series(m, (term, n) => times(term, m, scale) / (n + 2n)), scale };
  }
  if (x < -100) return { m: 1n - (1n << BigInt(bits)), scale: bits };
  const e = expOf({ m: fixed(x, scale), scale });
  const wide = Math.max(e.scale, bits);
  return { m: shift(e.m, wide - e.scale) - (1n << BigInt(wide)), scale: wide };
};

/** ln of a fixed-point number near 1, by Newton's third-order step. */
const logNear = (m: bigint, scale: number): bigint => {
  let y = fixed(Math.log(Number(m >> BigInt(scale - 60)) / 2 ** 60), scale);
  for (let i = 0; i < 4; i++) {
    const e = expSeries(y, scale);
    y += (2n * (m - e) << BigInt(scale)) / (m + e);
  }
  return y;
};

export const log = (x: number): Fixed => {
  const n = Math.round(Math.log2(x));
  const scale = bits + 60;
  const { m, e } = decode(x);
  return { m: logNear(shift(m, e - n + scale), scale) + BigInt(n) * ln2(scale), scale };
};

export const log1p = (x: number): Fixed => {
  if (Math.abs(x) < 2 ** -40) {
    const scale = bits - exponentOf(x);
    const m = fixed(x, scale);
    return { m: series(m, (term) => -times(term, m, scale), (term, n) => term / (n + 1n)), scale };
  }
  const scale = bits + 100;
  const u = fixed(x, scale) + (1n << BigInt(scale));
  const n = u.toString(2).length - 1 - scale;
  return { m: logNear(shift(u, -n), scale) + BigInt(n) * ln2(scale), scale };
};

/** sin(x + quarter * pi/2). */
const circular = (x: number, quarter: bigint): Fixed => {
  const scale = bits + 100 + Math.max(exponentOf(x), 0) + Math.max(-exponentOf(x), 0);
  const half = pi(scale) >> 1n;
  const m = fixed(x, scale);
  const n = (2n * m + half) / (2n * half) - (2n * m + half < 0n ? 1n : 0n);
  const r = m - n * half;
  const quadrant = (((n + quarter) % 4n) + 4n) % 4n;
  const odd = quadrant % 2n === 1n;
  const square = times(r, r, scale);
  const value = series(odd ? 1n << BigInt(scale) : r, (term, k) => {
    const d = odd ? (2n * k + 1n) * (2n * k + 2n) : (2n * k + 2n) * (2n * k + 3n);
    return -times(term, square, scale) / d;
  });
  return { m: quadrant >= 2n ? -value : value, scale };
};

export const sin = (x: number): Fixed => circular(x, 0n);
export const cos = (x: number): Fixed => circular(x, 1n);

export const tanh = (x: number): Fixed => {
  const t = expm1(-2 * Math.abs(x));
  const scale = Math.max(t.scale, bits) + bits;
  const m = shift(t.m, scale - t.scale);
  const y = (-m << BigInt(scale)) / (m + (2n << BigInt(scale)));
  return { m: x < 0 ? -y : y, scale };
};

export const erf = (x: number): Fixed => {
  // There only 1 less 2^-1000 is left.
  if (Math.abs(x) > 28) return { m: BigInt(Math.sign(x)) << BigInt(bits), scale: bits };
  if (Math.abs(x) > 3) {
    const { m, scale } = erfc(Math.abs(x));
    const y = (1n << BigInt(scale)) - m;
    return { m: x < 0 ? -y : y, scale };
  }
  const scale = bits + 40 + Math.max(-exponentOf(x), 0);
  const m = fixed(x, scale);
  const square = times(m, m, scale);
  const sum = series(m, (term, n) => -times(term, square, scale) / (n + 1n), (term, n) => term / (2n * n + 1n));
  return { m: (2n * sum << BigInt(scale)) / rootPi(scale), scale };
};

/** By the continued fraction in the tail (Abramowitz and Stegun 7.1.14). */
export const erfc = (x: number): Fixed => {
  if (x < 3) {
    const { m, scale } = erf(x);
    return { m: (1n << BigInt(scale)) - m, scale };
  }
  const scale = 2 * bits;
  const one = 1n << BigInt(scale);
  const m = fixed(x, scale);
  let fraction = m;
  for (let k = 400n; k >= 1n; k--) fraction = m + (((k * one) / 2n) << BigInt(scale)) / fraction;
  const e = expOf({ m: -times(m, m, scale), scale });
  return { m: (e.m << BigInt(2 * scale)) / (rootPi(scale) * fraction), scale: e.scale };
};

/** A negative x only to whole powers. */
export const pow = (x: number, y: number): Fixed => {
  const l = log(Math.abs(x));
  const { m, e } = decode(y);
  const size = expOf({ m: shift(m * l.m, e), scale: l.scale });
  return x < 0 && y % 2 !== 0 ? { ...size, m: -size.m } : size;
};

/** How far a float of that width is from the exact value, in units of its last place. */
export const ulpsFrom = (got: number, exact: Fixed, width: 32 | 64): number => {
  const top = (exact.m < 0n ? -exact.m : exact.m).toString(2).length - 1 - exact.scale;
  const unit = width === 32 ? Math.max(top - 23, -149) : Math.max(top - 52, -1074);
  const overflow = top >= (width === 32 ? 128 : 1024);
  if (!Number.isFinite(got)) return overflow && got > 0 === exact.m > 0n ? 0 : Infinity;
  const { m, e } = decode(got);
  const scale = Math.max(exact.scale, -e) + 64;
  const difference = shift(m, e + scale) - shift(exact.m, scale - exact.scale);
  // 20 bits after the point are plenty.
  return Math.abs(Number(shift(difference, 20 - scale - unit))) / 2 ** 20;
};
