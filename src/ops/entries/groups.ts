/** Chains of gates on numbers whose gradient is simpler than their parts (slides 22 to 25 and 40), and activations made of them. */
import type { Node } from "../../ir/node.ts";
import { group, type GroupEntry } from "../forms/body.ts";
import { add, div, eq, exp, ge, inv, log, lt, mul, neg, sub, where } from "./arithmetic.ts";
import { abs, max, relu } from "./choice.ts";
import { elu, erf, erfc, expm1, log1p, tanh } from "./functions.ts";

/** The local gradient s(1 - s) is computed as sigmoid(x) sigmoid(-x): exact also where s has rounded to 1. */
export const sigmoid: GroupEntry<"unary"> = group({
  word: "sigmoid",
  sig: "unary",
  says: "multiplies the gradient by s(1 - s), at most 1/4; none passes where it is saturated",
  formula: "1 / (1 + e^-x)",
  params: ["x"],
  body: ([x]) => inv(add(exp(neg(x!)), 1)),
  alsoWritten: [([x]) => div(exp(x!), add(1, exp(x!))), ([x]) => inv(add(1, inv(exp(x!))))],
  // e^-|x| never overflows, so that the value keeps its digits on both sides.
  lowered: ([x]) => {
    const small = exp(neg(abs(x!)));
    return div(where(ge(x!, 0), 1, small), add(1, small));
  },
  local: ([x], y) => [mul(y, sigmoid(neg(x!)))],
  elementwise: true,
  recognised: "e^-x overflows for x < -709 and the gradient gate by gate is then NaN; as one gate it is s(1 - s), finite everywhere",
});

export const softplus: GroupEntry<"unary"> = group({
  word: "softplus",
  sig: "unary",
  says: "multiplies the gradient by sigmoid(x)",
  formula: "ln(1 + e^x)",
  params: ["x"],
  body: ([x]) => log(add(1, exp(x!))),
  alsoWritten: [([x]) => log1p(exp(x!))],
  lowered: ([x]) => add(relu(x!), log1p(exp(neg(abs(x!))))),
  local: ([x]) => [sigmoid(x!)],
  elementwise: true,
  recognised: "e^x overflows for x > 709 and is lost beside the 1 for x < -37; as one gate it is exact and its gradient is sigmoid(x)",
});

/** ln sigmoid(x), finite where the sigmoid has rounded to 0. */
export const logSigmoid: GroupEntry<"unary"> = group({
  word: "log_sigmoid",
  sig: "unary",
  says: "multiplies the gradient by sigmoid(-x)",
  formula: "ln(1 / (1 + e^-x))",
  params: ["x"],
  body: ([x]) => log(inv(add(exp(neg(x!)), 1))),
  lowered: ([x]) => neg(softplus(neg(x!))),
  local: ([x]) => [sigmoid(neg(x!))],
  elementwise: true,
  recognised: "the sigmoid rounds to 0 for x < -745 and its logarithm is then -Infinity; as one gate it is finite and its gradient is sigmoid(-x)",
});

/** ln(e^x + e^y + ...), a smooth maximum. */
export const logAddExp: GroupEntry<"variadic"> = group({
  word: "log_add_exp",
  sig: "variadic",
  says: "shares the gradient among the operands by their softmax",
  formula: "ln(e^x + e^y + ...)",
  params: ["x", "y"],
  variadic: true,
  body: (x) => log(total(x.map((score) => exp(score)))),
  lowered: (x) => {
    // An infinite maximum cannot be taken out: Infinity - Infinity is not a number.
    const top = max(...x);
    const shift = where(lt(abs(top), Infinity), top, 0);
    return add(shift, log(total(x.map((score) => exp(sub(score, shift))))));
  },
  local: (x, y) => x.map((score) => where(eq(score, -Infinity), 0, exp(sub(score, y)))),
  elementwise: true,
  recognised: "e^x overflows for x > 709; as one gate it is finite and its gradient is the softmax",
});

/** -ln of what softmax gives the first of a few scalars: the cross-entropy of the score of the right class (slide 40). */
export const negLogSoftmax: GroupEntry<"variadic"> = group({
  word: "neg_log_softmax",
  sig: "variadic",
  says: "multiplies the gradient by p - 1 for the score of the right class, by p for every other",
  formula: "-ln(e^score / (e^score + e^other + ...))",
  params: ["score", "other"],
  variadic: true,
  body: (x) => neg(log(div(exp(x[0]!), total(x.map((score) => exp(score)))))),
  // Only differences of scores count, and the right class's own term is the 1 of the softplus.
  lowered: ([right, ...others]) => {
    const ahead = others.map((other) => sub(other, right!));
    return softplus(ahead.length === 1 ? ahead[0]! : logAddExp(...ahead));
  },
  local: ([right, ...others], y) => [expm1(neg(y)), ...others.map((other) => exp(sub(sub(other, right!), y)))],
  elementwise: true,
  recognised: "e^score overflows above 709 and the ratio rounds to 0; as one gate it is finite and its gradient is p - 1 or p",
});

/** x sigmoid(x), also called swish (Elfwing et al. 2017). */
export const silu: GroupEntry<"unary"> = group({
  word: "silu",
  sig: "unary",
  says: "multiplies the gradient by s + x s(1 - s), s = sigmoid(x)",
  formula: "x sigmoid(x)",
  params: ["x"],
  body: ([x]) => mul(x!, sigmoid(x!)),
  local: ([x]) => [mul(sigmoid(x!), add(1, mul(x!, sigmoid(neg(x!)))))],
  elementwise: true,
});

const rootHalf = Math.SQRT1_2;

/** Gaussian error linear unit, x Phi(x), exact (Hendrycks and Gimpel 2016). */
export const gelu: GroupEntry<"unary"> = group({
  word: "gelu",
  sig: "unary",
  says: "multiplies the gradient by Phi(x) + x phi(x), the normal distribution and its density",
  formula: "x (1 + erf(x / sqrt 2)) / 2",
  params: ["x"],
  body: ([x]) => mul(mul(0.5, x!), add(1, erf(mul(x!, rootHalf)))),
  lowered: ([x]) => mul(mul(0.5, x!), erfc(mul(x!, -rootHalf))),
  local: ([x]) => {
    const density = mul(1 / Math.sqrt(2 * Math.PI), exp(mul(-0.5, mul(x!, x!))));
    return [add(mul(0.5, erfc(mul(x!, -rootHalf))), mul(x!, density))];
  },
  elementwise: true,
});

const tanhScale = Math.sqrt(2 / Math.PI);

/** The tanh form of gelu, as in the first GPT-2 code. */
export const geluTanh: GroupEntry<"unary"> = group({
  word: "gelu_tanh",
  sig: "unary",
  says: "multiplies the gradient by the slope of the tanh form of gelu",
  formula: "x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2",
  params: ["x"],
  body: ([x]) => mul(mul(0.5, x!), add(1, tanh(mul(tanhScale, add(x!, mul(0.044715, mul(x!, mul(x!, x!)))))))),
  // 1 + tanh u is 2 sigmoid(2u), without the digits that cancel where u is far below 0.
  lowered: ([x]) => mul(x!, sigmoid(mul(2 * tanhScale, add(x!, mul(0.044715, mul(x!, mul(x!, x!))))))),
  elementwise: true,
});

const seluAlpha = 1.6732632423543772;
const seluScale = 1.0507009873554805;

/** Self-normalising unit: a scaled elu with fixed constants (Klambauer et al. 2017). */
export const selu: GroupEntry<"unary"> = group({
  word: "selu",
  sig: "unary",
  says: "an elu with alpha 1.6733, scaled by 1.0507",
  formula: "1.0507 elu(x, 1.6733)",
  params: ["x"],
  body: ([x]) => mul(seluScale, elu(x!, seluAlpha)),
  elementwise: true,
});

const total = (terms: readonly Node[]): Node => terms.reduce((sum, term) => add(sum, term));
