// Made by scripts/generate.ts from src/ops/entries; do not edit.
import * as table from "../ops/table.ts";
import { toFunction } from "../trace/tensor.ts";

/** distributor: passes the gradient on to every operand unchanged */
export const add = /* @__PURE__ */ toFunction(table.add);
/** the numerator gets the gradient over y, the denominator times -x/y^2 */
export const div = /* @__PURE__ */ toFunction(table.div);
/** a comparison: no gradient passes */
export const eq = /* @__PURE__ */ toFunction(table.eq);
/** multiplies the gradient by its own output */
export const exp = /* @__PURE__ */ toFunction(table.exp);
/** a comparison: no gradient passes */
export const ge = /* @__PURE__ */ toFunction(table.ge);
/** a comparison: no gradient passes */
export const gt = /* @__PURE__ */ toFunction(table.gt);
/** multiplies the gradient by -1/x^2 */
export const inv = /* @__PURE__ */ toFunction(table.inv);
/** a comparison: no gradient passes */
export const le = /* @__PURE__ */ toFunction(table.le);
/** divides the gradient by x */
export const log = /* @__PURE__ */ toFunction(table.log);
/** a comparison: no gradient passes */
export const lt = /* @__PURE__ */ toFunction(table.lt);
/** switcher: each operand gets the gradient times the other operand */
export const mul = /* @__PURE__ */ toFunction(table.mul);
/** a comparison: no gradient passes */
export const ne = /* @__PURE__ */ toFunction(table.ne);
/** turns the sign of the gradient */
export const neg = /* @__PURE__ */ toFunction(table.neg);
/** the base gets the gradient times y x^(y-1), the exponent times x^y ln x */
export const pow = /* @__PURE__ */ toFunction(table.pow);
/** multiplies the gradient by 2x */
export const sq = /* @__PURE__ */ toFunction(table.sq);
/** divides the gradient by twice its output */
export const sqrt = /* @__PURE__ */ toFunction(table.sqrt);
/** distributor: passes the gradient on, with the sign turned for what is taken away */
export const sub = /* @__PURE__ */ toFunction(table.sub);
/** router: the chosen operand gets the whole gradient, the other none */
export const where = /* @__PURE__ */ toFunction(table.where);
/** passes the gradient with the sign of x; at 0 none */
export const abs = /* @__PURE__ */ toFunction(table.abs);
/** router: the largest operand gets the whole gradient; equal ones share it evenly */
export const max = /* @__PURE__ */ toFunction(table.max);
/** router: the smallest operand gets the whole gradient; equal ones share it evenly */
export const min = /* @__PURE__ */ toFunction(table.min);
/** router: passes the gradient where x > 0, stops it elsewhere */
export const relu = /* @__PURE__ */ toFunction(table.relu);
/** router: the largest element gets the gradient; equal ones share it evenly */
export const amax = /* @__PURE__ */ toFunction(table.amax);
/** router: the smallest element gets the gradient; equal ones share it evenly */
export const amin = /* @__PURE__ */ toFunction(table.amin);
/** a position: no gradient passes */
export const argmax = /* @__PURE__ */ toFunction(table.argmax);
/** a position: no gradient passes */
export const argmin = /* @__PURE__ */ toFunction(table.argmin);
/** multiplies the gradient by softmax(x) */
export const logsumexp = /* @__PURE__ */ toFunction(table.logsumexp);
/** distributor: every element gets the gradient divided by their number */
export const mean = /* @__PURE__ */ toFunction(table.mean);
/** distributor: every element gets the gradient of its sum */
export const sum = /* @__PURE__ */ toFunction(table.sum);
/** multiplies the gradient by -sin x */
export const cos = /* @__PURE__ */ toFunction(table.cos);
/** passes the gradient where x >= 0, alpha e^x times it below */
export const elu = /* @__PURE__ */ toFunction(table.elu);
/** multiplies the gradient by 2/sqrt(pi) e^(-x^2) */
export const erf = /* @__PURE__ */ toFunction(table.erf);
/** multiplies the gradient by -2/sqrt(pi) e^(-x^2) */
export const erfc = /* @__PURE__ */ toFunction(table.erfc);
/** multiplies the gradient by e^x */
export const expm1 = /* @__PURE__ */ toFunction(table.expm1);
/** passes the gradient where x >= 0, alpha times it below */
export const leakyRelu = /* @__PURE__ */ toFunction(table.leakyRelu);
/** divides the gradient by 1 + x */
export const log1p = /* @__PURE__ */ toFunction(table.log1p);
/** multiplies the gradient by cos x */
export const sin = /* @__PURE__ */ toFunction(table.sin);
/** multiplies the gradient by 1 - y^2 (computed as 1/cosh^2 x): none passes where it is saturated */
export const tanh = /* @__PURE__ */ toFunction(table.tanh);
/** multiplies the gradient by Phi(x) + x phi(x), the normal distribution and its density */
export const gelu = /* @__PURE__ */ toFunction(table.gelu);
/** multiplies the gradient by the slope of the tanh form of gelu */
export const geluTanh = /* @__PURE__ */ toFunction(table.geluTanh);
/** shares the gradient among the operands by their softmax */
export const logAddExp = /* @__PURE__ */ toFunction(table.logAddExp);
/** multiplies the gradient by sigmoid(-x) */
export const logSigmoid = /* @__PURE__ */ toFunction(table.logSigmoid);
/** the gradient minus p times its sum */
export const logSoftmax = /* @__PURE__ */ toFunction(table.logSoftmax);
/** multiplies the gradient by p - 1 for the score of the right class, by p for every other */
export const negLogSoftmax = /* @__PURE__ */ toFunction(table.negLogSoftmax);
/** an elu with alpha 1.6733, scaled by 1.0507 */
export const selu = /* @__PURE__ */ toFunction(table.selu);
/** multiplies the gradient by s(1 - s), at most 1/4; none passes where it is saturated */
export const sigmoid = /* @__PURE__ */ toFunction(table.sigmoid);
/** multiplies the gradient by s + x s(1 - s), s = sigmoid(x) */
export const silu = /* @__PURE__ */ toFunction(table.silu);
/** the gradient minus its mean under p, times p */
export const softmax = /* @__PURE__ */ toFunction(table.softmax);
/** the gradient times (p - 1 at the label) */
export const softmaxCrossEntropy = /* @__PURE__ */ toFunction(table.softmaxCrossEntropy);
/** multiplies the gradient by sigmoid(x) */
export const softplus = /* @__PURE__ */ toFunction(table.softplus);
/** the gradient takes the old type; through whole numbers none passes */
export const cast = /* @__PURE__ */ toFunction(table.cast);
/** the gradient of a picked row is added back to that row */
export const gather = /* @__PURE__ */ toFunction(table.gather);
/** made of whole numbers: no gradient passes */
export const oneHot = /* @__PURE__ */ toFunction(table.oneHot);
/** router: the picked entry gets the gradient */
export const pick = /* @__PURE__ */ toFunction(table.pick);
/** lets the value through and stops the gradient */
export const stopGradient = /* @__PURE__ */ toFunction(table.stopGradient);
/** switcher: each operand's gradient is the upstream contracted with the others, letters permuted */
export const einsum = /* @__PURE__ */ toFunction(table.einsum);
/** switcher: dX = dY W^T, dW = X^T dY; the shapes leave no other choice */
export const matmul = /* @__PURE__ */ toFunction(table.matmul);
/** adder: the gradients of all copies add up */
export const broadcastTo = /* @__PURE__ */ toFunction(table.broadcastTo);
/** each part gets its own stretch of the gradient */
export const concat = /* @__PURE__ */ toFunction(table.concat);
/** the gradient of the edges is dropped */
export const pad = /* @__PURE__ */ toFunction(table.pad);
/** the gradient takes the old shape again */
export const reshape = /* @__PURE__ */ toFunction(table.reshape);
/** the gradient goes back to where it was cut out; zeros elsewhere */
export const slice = /* @__PURE__ */ toFunction(table.slice);
/** the gradient's axes go back in order */
export const transpose = /* @__PURE__ */ toFunction(table.transpose);
