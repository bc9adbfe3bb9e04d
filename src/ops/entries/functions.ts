/** Smooth scalar functions beyond arithmetic. */
import * as z from "../complex.ts";
import { gate, within, type Gate } from "../forms/gate.ts";
import { add, exp, div, ge, inv, log, mul, neg, sq, where } from "./arithmetic.ts";
import { erfOf, erfcOf } from "../erf.ts";

/** e^x - 1, exact also for small x. */
export const expm1 = gate({
  word: "expm1",
  says: "multiplies the gradient by e^x",
  formula: "e^x - 1",
  arity: 1,
  types: "float",
  scalar: (x) => Math.expm1(x!),
  lanes: within({ 32: 2, 64: 2 }, (k, x) => k.math.expm1(k, x!)),
  complex: z.exponentialLess1,
  local: ([x]) => [exp(x!)],
  spelling: { js: "Math.expm1($0)", python: "math.expm1($0)", helpers: { python: "exponential_minus_1" } },
});

/** ln(1 + x), exact also for small x. */
export const log1p = gate({
  word: "log1p",
  says: "divides the gradient by 1 + x",
  formula: "ln(1 + x)",
  arity: 1,
  types: "float",
  scalar: (x) => Math.log1p(x!),
  lanes: within({ 32: 1.5, 64: 1.5 }, (k, x) => k.math.log1p(k, x!)),
  complex: z.logarithmOf1Plus,
  local: ([x]) => [inv(add(1, x!))],
  spelling: { js: "Math.log1p($0)", python: "math.log1p($0)", helpers: { python: "logarithm_1p" } },
  excluded: [{ where: (x) => x! <= -1, why: "ln(1 + x) is defined for x > -1 only" }],
  canonical: ([x]) => log(add(1, x!)),
});

/** 1 - tanh^2, written as 1 / cosh^2: that keeps its digits where tanh has already rounded to 1. */
export const tanh = gate({
  word: "tanh",
  says: "multiplies the gradient by 1 - y^2 (computed as 1/cosh^2 x): none passes where it is saturated",
  formula: "tanh x",
  arity: 1,
  types: "float",
  scalar: (x) => Math.tanh(x!),
  lanes: within({ 32: 3, 64: 3 }, (k, x) => k.math.tanh(k, x!)),
  complex: z.hyperbolicTangent,
  local: ([x]) => [sq(div(2, add(exp(x!), exp(neg(x!)))))],
  spelling: { js: "Math.tanh($0)", python: "math.tanh($0)" },
});

export const sin: Gate<"unary"> = gate({
  word: "sin",
  says: "multiplies the gradient by cos x",
  formula: "sin x",
  arity: 1,
  types: "float",
  scalar: (x) => Math.sin(x!),
  lanes: within({ 32: 0.51, 64: 1 }, (k, x) => k.math.sin(k, x!)),
  complex: z.sine,
  local: ([x]) => [cos(x!)],
  spelling: { js: "Math.sin($0)", python: "math.sin($0)", helpers: { python: "sine" } },
});

export const cos: Gate<"unary"> = gate({
  word: "cos",
  says: "multiplies the gradient by -sin x",
  formula: "cos x",
  arity: 1,
  types: "float",
  scalar: (x) => Math.cos(x!),
  lanes: within({ 32: 0.51, 64: 1 }, (k, x) => k.math.cos(k, x!)),
  complex: z.cosine,
  local: ([x]) => [neg(sin(x!))],
  spelling: { js: "Math.cos($0)", python: "math.cos($0)", helpers: { python: "cosine" } },
});

const slope = 2 / Math.sqrt(Math.PI);

/** The error function, 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x. */
export const erf = gate({
  word: "erf",
  says: "multiplies the gradient by 2/sqrt(pi) e^(-x^2)",
  formula: "erf x",
  arity: 1,
  types: "float",
  scalar: (x) => erfOf(x!),
  lanes: within({ 32: 1.5, 64: 1.5 }, (k, x) => k.math.erf(k, x!)),
  local: ([x]) => [mul(slope, exp(neg(sq(x!))))],
  spelling: { js: "erf($0)", python: "math.erf($0)", helpers: { js: "erfOf" } },
});

/** 1 - erf x, which keeps its digits where erf has rounded to 1. */
export const erfc = gate({
  word: "erfc",
  says: "multiplies the gradient by -2/sqrt(pi) e^(-x^2)",
  formula: "1 - erf x",
  arity: 1,
  types: "float",
  scalar: (x) => erfcOf(x!),
  lanes: within({ 32: 4, 64: 4 }, (k, x) => k.math.erfc(k, x!)),
  local: ([x]) => [mul(-slope, exp(neg(sq(x!))))],
  spelling: { js: "erfc($0)", python: "math.erfc($0)", helpers: { js: "erfcOf" } },
});

/** x where x >= 0, alpha x below; the slope at 0 is 1, as in the course's notes. */
export const leakyRelu = gate({
  word: "leaky_relu",
  says: "passes the gradient where x >= 0, alpha times it below",
  formula: "x >= 0 ? x : alpha x",
  arity: [1, 2],
  defaults: [0.01],
  scalar: (x, alpha) => (x! >= 0 ? x! : alpha! * x!),
  lanes: (k, x, alpha) => k.select(k.ge(x!, 0), x!, k.mul(alpha!, x!)),
  local: ([x, alpha]) => [where(ge(x!, 0), 1, alpha!), where(ge(x!, 0), 0, x!)],
  spelling: { js: "($0 >= 0 ? $0 : $1 * $0)", python: "($0 if $0 >= 0 else $1 * $0)" },
  branch: (x) => (x! >= 0 ? 1 : 0),
});

/** Exponential linear unit, Clevert et al. 2015. */
export const elu = gate({
  word: "elu",
  says: "passes the gradient where x >= 0, alpha e^x times it below",
  formula: "x >= 0 ? x : alpha (e^x - 1)",
  arity: [1, 2],
  defaults: [1],
  types: "float",
  scalar: (x, alpha) => (x! >= 0 ? x! : alpha! * Math.expm1(x!)),
  lanes: within({ 32: 3, 64: 3 }, (k, x, alpha) => k.select(k.ge(x!, 0), x!, k.mul(alpha!, k.math.expm1(k, x!)))),
  local: ([x, alpha]) => [where(ge(x!, 0), 1, mul(alpha!, exp(x!))), where(ge(x!, 0), 0, expm1(x!))],
  spelling: { js: "($0 >= 0 ? $0 : $1 * Math.expm1($0))", python: "($0 if $0 >= 0 else $1 * math.expm1($0))" },
  branch: (x) => (x! >= 0 ? 1 : 0),
});
