/**
 * Functions that printed code brings along where a language's own spelling is not what the gate means: Python raises
 * where float64 has an infinity or NaN, and JavaScript has no error function. A gate's spelling names the one it needs;
 * printers take it only then.
 */
import { erfText } from "./erf-text.ts";

/** A function that stands in for a gate's plain spelling. */
export interface Helper {
  /** The declaration, and whatever else it needs. */
  readonly text: string;
  /**
   * Whether the plain spelling would raise or give another number for these operands. By default: wherever one of them,
   * or the result, is not finite.
   */
  readonly needed?: (...x: number[]) => boolean;
}

/** Where a masked branch holds an infinite or undefined slope, 0 times it must stay 0. */
const masks: NonNullable<Helper["needed"]> = (local, upstream) => upstream === 0 && !Number.isFinite(local);

/** Python's max and min pass NaN by, take no single number, and tell -0 from 0 by their order. */
const unordered: NonNullable<Helper["needed"]> = (...x) => x.length < 2 || x.some((v) => Number.isNaN(v) || Object.is(v, -0));

const js: Readonly<Record<string, Helper>> = {
  chain: {
    text: `// A gradient of 0 stays 0, whatever the local gradient is.
const chain = (local: number, upstream: number): number => (upstream === 0 ? 0 : local * upstream);`,
    needed: masks,
  },
  erfOf: { text: erfText, needed: () => true },
  erfcOf: { text: erfText, needed: () => true },
};

const python: Readonly<Record<string, Helper>> = {
  chain: {
    text: `# A gradient of 0 stays 0, whatever the local gradient is.
def chain(local, upstream):
    return 0.0 if upstream == 0 else local * upstream`,
    needed: masks,
  },
  quotient: {
    text: `# x / y; Python refuses y = 0.
def quotient(x, y):
    if y == 0:
        return math.nan if x == 0 or x != x else math.copysign(math.inf, x) * math.copysign(1, y)
    return x / y`,
  },
  inverse: {
    text: `# 1 / x; Python refuses x = 0.
def inverse(x):
    return 1 / x if x != 0 else math.copysign(math.inf, x)`,
  },
  square: {
    text: `# x ** 2; Python refuses to overflow.
def square(x):
    return x * x`,
  },
  power: {
    text: `# x ** y; Python refuses to overflow and 0 to a negative power, and has complex numbers where there is no real one.
def power(x, y):
    if y != y or (abs(x) == 1 and math.isinf(y)):
        return math.nan
    try:
        return math.pow(x, y)
    except (OverflowError, ValueError):
        if x < 0 and y != math.floor(y):
            return math.nan
        return math.copysign(math.inf, x) if abs(math.fmod(y, 2)) == 1 else math.inf`,
  },
  exponential: {
    text: `# e ** x; Python refuses to overflow.
def exponential(x):
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf`,
  },
  exponential_minus_1: {
    text: `# e ** x - 1; Python refuses to overflow.
def exponential_minus_1(x):
    try:
        return math.expm1(x)
    except OverflowError:
        return math.inf`,
  },
  logarithm: {
    text: `# ln x; Python refuses x <= 0.
def logarithm(x):
    return math.log(x) if x > 0 else -math.inf if x == 0 else math.nan`,
  },
  logarithm_1p: {
    text: `# ln(1 + x); Python refuses x <= -1.
def logarithm_1p(x):
    return math.log1p(x) if x > -1 else -math.inf if x == -1 else math.nan`,
  },
  square_root: {
    text: `# sqrt x; Python refuses x < 0.
def square_root(x):
    return math.sqrt(x) if x >= 0 else math.nan`,
  },
  sine: {
    text: `# sin x; Python refuses an infinite x.
def sine(x):
    return math.sin(x) if math.isfinite(x) else math.nan`,
  },
  cosine: {
    text: `# cos x; Python refuses an infinite x.
def cosine(x):
    return math.cos(x) if math.isfinite(x) else math.nan`,
  },
  largest: {
    text: `# The largest operand, NaN if one is NaN.
def largest(*x):
    return math.nan if any(v != v for v in x) else max(x, key=lambda v: (v, math.copysign(1, v)))`,
    needed: unordered,
  },
  smallest: {
    text: `# The smallest operand, NaN if one is NaN.
def smallest(*x):
    return math.nan if any(v != v for v in x) else min(x, key=lambda v: (v, math.copysign(1, v)))`,
    needed: unordered,
  },
  rectified: {
    text: `# max(0, x), NaN for NaN.
def rectified(x):
    return x if x > 0 or x != x else 0.0`,
  },
};

/** The functions that stand in for gates, by language and name. */
export const helpers = { js, python };
