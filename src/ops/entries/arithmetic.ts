/** The arithmetic gates of the lecture, and the two functions their gradients need. */
import type { IntFormula } from "../../ir/lanes.types.ts";
import type { Node } from "../../ir/node.ts";
import * as z from "../complex.ts";
import { gate, plus, within, type Gate } from "../forms/gate.ts";
import { constantValue } from "../forms/source.ts";

export const add = plus;

/** In the table so that it is checked like the rest; internal, so that nothing else is derived from it. */
export { chain } from "../forms/gate.ts";

export const neg = gate({
  word: "neg",
  says: "turns the sign of the gradient",
  formula: "-x",
  arity: 1,
  scalar: (x) => -x!,
  lanes: (k, x) => k.neg(x!),
  complex: z.minus,
  local: () => [-1],
  spelling: { js: "-$0", python: "-$0", level: "unary" },
  involution: true,
});

export const mul: Gate<"binary"> = gate({
  word: "mul",
  says: "switcher: each operand gets the gradient times the other operand",
  formula: "x * y",
  arity: 2,
  scalar: (a, b) => a! * b!,
  lanes: (k, a, b) => k.mul(a!, b!),
  complex: z.times,
  local: ([a, b]) => [b!, a!],
  spelling: { js: "$0 * $1", python: "$0 * $1", level: "product", neutral: [1, 1] },
  pattern: "switcher",
  commutative: true,
  canonical: ([a, b]) => withoutSign(a!, b!) ?? withoutSign(b!, a!),
});

/** 1 * x = x, -1 * x = -x, (-a) * x = -(a * x). */
const withoutSign = (a: Node, x: Node): Node | undefined => {
  const number = constantValue(a);
  if (number === 1) return x;
  if (number === -1) return neg(x);
  return a.op === neg.op ? neg(mul(a.src[0]!, x)) : undefined;
};

export const sub = gate({
  word: "sub",
  says: "distributor: passes the gradient on, with the sign turned for what is taken away",
  formula: "x - y",
  arity: 2,
  scalar: (a, b) => a! - b!,
  lanes: (k, a, b) => k.sub(a!, b!),
  complex: (a, b) => z.plus(a!, z.minus(b!)),
  local: () => [1, -1],
  spelling: { js: "$0 - $1", python: "$0 - $1", level: "sum" },
  pattern: "distributor",
  canonical: ([a, b]) => add(a!, neg(b!)),
});

export const inv: Gate<"unary"> = gate({
  word: "inv",
  says: "multiplies the gradient by -1/x^2",
  formula: "1/x",
  arity: 1,
  types: "float",
  scalar: (x) => 1 / x!,
  lanes: (k, x) => k.div(1, x!),
  complex: (a) => z.over(z.complex(1), a!),
  local: ([x]) => [neg(inv(sq(x!)))],
  spelling: { js: "1 / $0", python: "1 / $0", level: "product", helpers: { python: "inverse" } },
  excluded: [{ where: (x) => x === 0, why: "1/x is not defined at 0" }],
  canonical: ([x]) => (x!.op === inv.op ? x!.src[0] : undefined),
});

export const div: Gate<"binary"> = gate({
  word: "div",
  says: "the numerator gets the gradient over y, the denominator times -x/y^2",
  formula: "x / y",
  arity: 2,
  types: "float",
  scalar: (a, b) => a! / b!,
  lanes: (k, a, b) => k.div(a!, b!),
  complex: z.over,
  local: ([a, b]) => [inv(b!), neg(div(a!, sq(b!)))],
  spelling: { js: "$0 / $1", python: "$0 / $1", level: "product", neutral: [undefined, 1], helpers: { python: "quotient" } },
  excluded: [{ where: (_, y) => y === 0, why: "x/y is not defined at y = 0" }],
  canonical: ([a, b]) => mul(a!, inv(b!)),
});

export const sq = gate({
  word: "sq",
  says: "multiplies the gradient by 2x",
  formula: "x * x",
  arity: 1,
  scalar: (x) => x! * x!,
  lanes: (k, x) => k.mul(x!, x!),
  complex: (a) => z.times(a!, a!),
  local: ([x]) => [mul(2, x!)],
  spelling: { js: "$0 ** 2", python: "$0 ** 2", level: "power", helpers: { python: "square" } },
  ignores: neg,
});

export const exp = gate({
  word: "exp",
  says: "multiplies the gradient by its own output",
  formula: "e^x",
  arity: 1,
  types: "float",
  scalar: (x) => Math.exp(x!),
  lanes: within({ 32: 1, 64: 1 }, (k, x) => k.math.exp(k, x!)),
  complex: z.exponential,
  local: (_, y) => [y],
  spelling: { js: "Math.exp($0)", python: "math.exp($0)", helpers: { python: "exponential" } },
});

export const log = gate({
  word: "log",
  says: "divides the gradient by x",
  formula: "ln x",
  arity: 1,
  types: "float",
  scalar: (x) => Math.log(x!),
  lanes: within({ 32: 1, 64: 1 }, (k, x) => k.math.log(k, x!)),
  complex: z.logarithm,
  local: ([x]) => [inv(x!)],
  spelling: { js: "Math.log($0)", python: "math.log($0)", helpers: { python: "logarithm" } },
  excluded: [{ where: (x) => x! <= 0, why: "ln x is defined for x > 0 only" }],
});

/** The square root of x; slope infinite at 0. */
export const sqrt = gate({
  word: "sqrt",
  says: "divides the gradient by twice its output",
  formula: "sqrt x",
  arity: 1,
  types: "float",
  scalar: (x) => Math.sqrt(x!),
  lanes: (k, x) => k.sqrt(x!),
  complex: z.root,
  local: (_, y) => [inv(mul(2, y))],
  spelling: { js: "Math.sqrt($0)", python: "math.sqrt($0)", helpers: { python: "square_root" } },
  excluded: [{ where: (x) => x! <= 0, why: "sqrt x has no finite slope for x <= 0" }],
});

const isZero = (x: Node): Node => eq(x, 0);

const unlessBothZero = (x: Node, y: Node, slope: Node): Node => {
  // A written exponent other than 0, as in x^2, leaves nothing to choose.
  const written = constantValue(y);
  return written === undefined || written === 0 ? where(isZero(x), where(isZero(y), 0, slope), slope) : slope;
};

type CompareWord = "lt" | "le" | "gt" | "ge" | "eq" | "ne";

/**
 * A gate of two answers has no slope: comparisons stop gradients. They give truth values, for `where`.
 * NaN compares as everywhere in JavaScript.
 */
const comparison = <const W extends CompareWord>(word: W, symbol: string, scalar: (a: number, b: number) => boolean, intLanes?: IntFormula) =>
  gate({
    word,
    says: "a comparison: no gradient passes",
    formula: `x ${symbol} y`,
    arity: 2,
    types: "compare",
    scalar: (a, b) => (scalar(a!, b!) ? 1 : 0),
    lanes: (k, a, b) => k.number(k[word](a!, b!)),
    ...(intLanes && { intLanes }),
    spelling: { js: `$0 ${symbol === "==" ? "===" : symbol === "!=" ? "!==" : symbol} $1`, python: `$0 ${symbol} $1`, level: "compare" },
  });

export const lt = comparison("lt", "<", (a, b) => a < b);
export const le = comparison("le", "<=", (a, b) => a <= b);
export const gt = comparison("gt", ">", (a, b) => a > b);
export const ge = comparison("ge", ">=", (a, b) => a >= b);
export const eq = comparison("eq", "==", (a, b) => a === b, (k, a, b) => k.select(k.eq(a!, b!), 1, 0));
export const ne = comparison("ne", "!=", (a, b) => a !== b, (k, a, b) => k.select(k.eq(a!, b!), 0, 1));

export const where: Gate<"ternary"> = gate({
  word: "where",
  says: "router: the chosen operand gets the whole gradient, the other none",
  formula: "c ? x : y",
  arity: 3,
  types: "choose",
  scalar: (c, a, b) => (c ? a! : b!),
  lanes: (k, c, a, b) => k.select(k.truth(c!), a!, b!),
  complex: (c, a, b) => (c!.re ? a! : b!),
  gradient: (g, [c]) => [undefined, where(c!, g, 0), where(c!, 0, g)],
  spelling: { js: "$0 ? $1 : $2", python: "$1 if $0 else $2", level: "choice" },
  pattern: "router",
});

/** 0^0 is 1. A negative base is defined for whole exponents only; the slope in y is then left out. */
export const pow: Gate<"binary"> = gate({
  word: "pow",
  says: "the base gets the gradient times y x^(y-1), the exponent times x^y ln x",
  formula: "x^y",
  arity: 2,
  types: "float",
  scalar: (x, y) => x! ** y!,
  lanes: within({ 32: 0.51, 64: 1.1 }, (k, x, y) => k.math.pow(k, x!, y!)),
  complex: z.power,
  local: ([x, y], z) => [
    // 0^0 alone is masked: elsewhere y = 0 gives 0 by itself, and keeps its slope in y for the second derivative.
    unlessBothZero(x!, y!, mul(y!, pow(x!, sub(y!, 1)))),
    // At x = 0 the power is flat in y (0^y = 0 for y > 0), though ln 0 is not finite.
    where(isZero(x!), 0, mul(z, log(x!))),
  ],
  spelling: { js: "$0 ** $1", python: "$0 ** $1", level: "power", neutral: [undefined, 1], helpers: { python: "power" } },
  excluded: [{ where: (x) => x! <= 0, why: "x^y has both slopes for x > 0 only" }],
  canonical: ([x, y]) => (constantValue(y!) === -1 ? inv(x!) : constantValue(x!) === Math.E ? exp(y!) : undefined),
});
