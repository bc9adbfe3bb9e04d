// Made by scripts/generate.ts from src/ops/entries; do not edit.
import * as table from "../ops/table.ts";
import { toFunction } from "../trace/tensor.ts";

/** `x + y`. Backward: distributor: passes the gradient on to every operand unchanged. */
export const add = /* @__PURE__ */ toFunction(table.add);
/** `x / y`. Backward: the numerator gets the gradient over y, the denominator times -x/y^2. */
export const div = /* @__PURE__ */ toFunction(table.div);
/** `x == y`. Backward: a comparison: no gradient passes. */
export const eq = /* @__PURE__ */ toFunction(table.eq);
/** `e^x`. Backward: multiplies the gradient by its own output. */
export const exp = /* @__PURE__ */ toFunction(table.exp);
/** `x >= y`. Backward: a comparison: no gradient passes. */
export const ge = /* @__PURE__ */ toFunction(table.ge);
/** `x > y`. Backward: a comparison: no gradient passes. */
export const gt = /* @__PURE__ */ toFunction(table.gt);
/** `1/x`. Backward: multiplies the gradient by -1/x^2. */
export const inv = /* @__PURE__ */ toFunction(table.inv);
/** `x <= y`. Backward: a comparison: no gradient passes. */
export const le = /* @__PURE__ */ toFunction(table.le);
/** `ln x`. Backward: divides the gradient by x. */
export const log = /* @__PURE__ */ toFunction(table.log);
/** `x < y`. Backward: a comparison: no gradient passes. */
export const lt = /* @__PURE__ */ toFunction(table.lt);
/** `x * y`. Backward: switcher: each operand gets the gradient times the other operand. */
export const mul = /* @__PURE__ */ toFunction(table.mul);
/** `x != y`. Backward: a comparison: no gradient passes. */
export const ne = /* @__PURE__ */ toFunction(table.ne);
/** `-x`. Backward: turns the sign of the gradient. */
export const neg = /* @__PURE__ */ toFunction(table.neg);
/** `x^y`. 0^0 is 1. A negative base is defined for whole exponents only; the slope in y is then left out. Backward: the base gets the gradient times y x^(y-1), the exponent times x^y ln x. */
export const pow = /* @__PURE__ */ toFunction(table.pow);
/** `x * x`. Backward: multiplies the gradient by 2x. */
export const sq = /* @__PURE__ */ toFunction(table.sq);
/** `sqrt x`. The square root of x; slope infinite at 0. Backward: divides the gradient by twice its output. */
export const sqrt = /* @__PURE__ */ toFunction(table.sqrt);
/** `x - y`. Backward: distributor: passes the gradient on, with the sign turned for what is taken away. */
export const sub = /* @__PURE__ */ toFunction(table.sub);
/** `c ? x : y`. Backward: router: the chosen operand gets the whole gradient, the other none. */
export const where = /* @__PURE__ */ toFunction(table.where);
/** `softmax(q k^T / sqrt n) v`. Scaled dot-product attention, softmax(q k^T / sqrt(size)) v (Vaswani et al. 2017): q [..., queries, size], k [..., keys, size], v [..., keys, width] -> [..., queries, width]; leading axes broadcast. `mask` holds truth values [..., queries, keys]: true where a query may look at a key, everywhere by default. A query that may look nowhere gets 0. Backward: values get the gradient by the weights they had; queries and keys through the softmax of their products. */
export const attention = /* @__PURE__ */ toFunction(table.attention);
/** `|x|`. The slope at 0 is 0, halfway between -1 and 1. Backward: passes the gradient with the sign of x; at 0 none. */
export const abs = /* @__PURE__ */ toFunction(table.abs);
/** `max(x, y, ...)`. Backward: router: the largest operand gets the whole gradient; equal ones share it evenly. */
export const max = /* @__PURE__ */ toFunction(table.max);
/** `min(x, y, ...)`. Backward: router: the smallest operand gets the whole gradient; equal ones share it evenly. */
export const min = /* @__PURE__ */ toFunction(table.min);
/** `max(0, x)`. max(0, x) as one gate with the slope 0 at 0, the strict indicator of the course. Backward: router: passes the gradient where x > 0, stops it elsewhere. */
export const relu = /* @__PURE__ */ toFunction(table.relu);
/** `x - ln sum e^x`. ln softmax along an axis, the last by default. Backward: the gradient minus p times its sum. */
export const logSoftmax = /* @__PURE__ */ toFunction(table.logSoftmax);
/** `e^x / sum e^x`. Probabilities along an axis, the last by default: positive, adding up to 1. Shifting all scores changes nothing. Backward: the gradient minus its mean under p, times p. */
export const softmax = /* @__PURE__ */ toFunction(table.softmax);
/** `-ln(e^x[label] / sum e^x)`. -ln of the probability that softmax gives the label: scores [..., classes], labels [...] (whole numbers) -> [...]. As one gate its gradient is p - 1(label) (slide 40) and it is finite for any finite scores. A row whose label names no class counts nothing, as where one-hot rows are multiplied with log-probabilities. Backward: the gradient times (p - 1 at the label). */
export const softmaxCrossEntropy = /* @__PURE__ */ toFunction(table.softmaxCrossEntropy);
/** `max x`. The largest along axes (-Infinity over no elements; NaN if one is NaN). Backward: router: the largest element gets the gradient; equal ones share it evenly. */
export const amax = /* @__PURE__ */ toFunction(table.amax);
/** `min x`. The smallest along axes (Infinity over no elements; NaN if one is NaN). Backward: router: the smallest element gets the gradient; equal ones share it evenly. */
export const amin = /* @__PURE__ */ toFunction(table.amin);
/** `argmax x`. Position of the first largest element along axes (row-major over them); -1 over no elements; NaN never wins. Backward: a position: no gradient passes. */
export const argmax = /* @__PURE__ */ toFunction(table.argmax);
/** `argmin x`. Position of the first smallest element along axes (row-major over them); -1 over no elements; NaN never wins. Backward: a position: no gradient passes. */
export const argmin = /* @__PURE__ */ toFunction(table.argmin);
/** `ln sum e^x`. ln of the sum of e^x along axes, without overflow: the largest is taken out first. All -Infinity: -Infinity, slopes 0. Backward: multiplies the gradient by softmax(x). */
export const logsumexp = /* @__PURE__ */ toFunction(table.logsumexp);
/** `sum x / n`. The mean along axes; NaN over no elements. Backward: distributor: every element gets the gradient divided by their number. */
export const mean = /* @__PURE__ */ toFunction(table.mean);
/** `sum x`. The sum along axes; 0 over no elements. Backward: distributor: every element gets the gradient of its sum. */
export const sum = /* @__PURE__ */ toFunction(table.sum);
/** `sum (x - mean)^2 / n`. The mean squared distance from the mean along axes, divided by their number n (the variance of a sample estimates it times n / (n - 1)); NaN over no elements. One pass that cancels no digits (Welford 1962; Chan et al. 1979). Backward: multiplies the gradient by 2/n times the distance from the mean. */
export const variance = /* @__PURE__ */ toFunction(table.variance);
/** `cos x`. Backward: multiplies the gradient by -sin x. */
export const cos = /* @__PURE__ */ toFunction(table.cos);
/** `x >= 0 ? x : alpha (e^x - 1)`. Exponential linear unit, Clevert et al. 2015. Backward: passes the gradient where x >= 0, alpha e^x times it below. */
export const elu = /* @__PURE__ */ toFunction(table.elu);
/** `erf x`. The error function, 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x. Backward: multiplies the gradient by 2/sqrt(pi) e^(-x^2). */
export const erf = /* @__PURE__ */ toFunction(table.erf);
/** `1 - erf x`. 1 - erf x, which keeps its digits where erf has rounded to 1. Backward: multiplies the gradient by -2/sqrt(pi) e^(-x^2). */
export const erfc = /* @__PURE__ */ toFunction(table.erfc);
/** `e^x - 1`. e^x - 1, exact also for small x. Backward: multiplies the gradient by e^x. */
export const expm1 = /* @__PURE__ */ toFunction(table.expm1);
/** `x >= 0 ? x : alpha x`. x where x >= 0, alpha x below; the slope at 0 is 1, as in the course's notes. Backward: passes the gradient where x >= 0, alpha times it below. */
export const leakyRelu = /* @__PURE__ */ toFunction(table.leakyRelu);
/** `ln(1 + x)`. ln(1 + x), exact also for small x. Backward: divides the gradient by 1 + x. */
export const log1p = /* @__PURE__ */ toFunction(table.log1p);
/** `sin x`. Backward: multiplies the gradient by cos x. */
export const sin = /* @__PURE__ */ toFunction(table.sin);
/** `tanh x`. 1 - tanh^2, written as 1 / cosh^2: that keeps its digits where tanh has already rounded to 1. Backward: multiplies the gradient by 1 - y^2 (computed as 1/cosh^2 x): none passes where it is saturated. */
export const tanh = /* @__PURE__ */ toFunction(table.tanh);
/** `x (1 + erf(x / sqrt 2)) / 2`. Gaussian error linear unit, x Phi(x), exact (Hendrycks and Gimpel 2016). Backward: multiplies the gradient by Phi(x) + x phi(x), the normal distribution and its density. */
export const gelu = /* @__PURE__ */ toFunction(table.gelu);
/** `x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2`. The tanh form of gelu, as in the first GPT-2 code. Backward: multiplies the gradient by the slope of the tanh form of gelu. */
export const geluTanh = /* @__PURE__ */ toFunction(table.geluTanh);
/** `ln(e^x + e^y + ...)`. ln(e^x + e^y + ...), a smooth maximum. Backward: shares the gradient among the operands by their softmax. */
export const logAddExp = /* @__PURE__ */ toFunction(table.logAddExp);
/** `ln(1 / (1 + e^-x))`. ln sigmoid(x), finite where the sigmoid has rounded to 0. Backward: multiplies the gradient by sigmoid(-x). */
export const logSigmoid = /* @__PURE__ */ toFunction(table.logSigmoid);
/** `-ln(e^score / (e^score + e^other + ...))`. -ln of what softmax gives the first of a few scalars: the cross-entropy of the score of the right class (slide 40). Backward: multiplies the gradient by p - 1 for the score of the right class, by p for every other. */
export const negLogSoftmax = /* @__PURE__ */ toFunction(table.negLogSoftmax);
/** `1.0507 elu(x, 1.6733)`. Self-normalising unit: a scaled elu with fixed constants (Klambauer et al. 2017). Backward: an elu with alpha 1.6733, scaled by 1.0507. */
export const selu = /* @__PURE__ */ toFunction(table.selu);
/** `1 / (1 + e^-x)`. The local gradient s(1 - s) is computed as sigmoid(x) sigmoid(-x): exact also where s has rounded to 1. Backward: multiplies the gradient by s(1 - s), at most 1/4; none passes where it is saturated. */
export const sigmoid = /* @__PURE__ */ toFunction(table.sigmoid);
/** `x sigmoid(x)`. x sigmoid(x), also called swish (Elfwing et al. 2017). Backward: multiplies the gradient by s + x s(1 - s), s = sigmoid(x). */
export const silu = /* @__PURE__ */ toFunction(table.silu);
/** `ln(1 + e^x)`. Backward: multiplies the gradient by sigmoid(x). */
export const softplus = /* @__PURE__ */ toFunction(table.softplus);
/** `x`. The same value, for which nothing before it gets a gradient. Backward: lets the value through and stops the gradient. */
export const stopGradient = /* @__PURE__ */ toFunction(table.stopGradient);
/** `(x - mean) / sqrt(variance + epsilon)`. Numbers with mean 0 and variance 1 along axes, the last by default: (x - mean) / sqrt(variance + epsilon), the variance divided by the count. Layer norm (Ba et al. 2016) and batch norm (Ioffe and Szegedy 2015) before scale and shift. Backward: the gradient minus its mean, minus its part along y, divided by the deviation. */
export const standardize = /* @__PURE__ */ toFunction(table.standardize);
/** `x`. The same numbers as another type: "float64", "float32", "int32" (towards 0), "uint32", "bool" (not 0). Backward: the gradient takes the old type; through whole numbers none passes. */
export const cast = /* @__PURE__ */ toFunction(table.cast);
/** `x[i]`. Rows of a tensor along an axis (the first by default), by index; out of range reads 0. Repeated picks add up in the gradient. Backward: the gradient of a picked row is added back to that row. */
export const gather = /* @__PURE__ */ toFunction(table.gather);
/** `[i = 0, 1, ...]`. 1 at the class that each index names, 0 elsewhere, along a new last axis: index [...] -> [..., classes]. Backward: made of whole numbers: no gradient passes. */
export const oneHot = /* @__PURE__ */ toFunction(table.oneHot);
/** `x[i, index[i]]`. For each row along the last axis the one entry that its index names: x [..., n], index [...] -> [...]. Backward: router: the picked entry gets the gradient. */
export const pick = /* @__PURE__ */ toFunction(table.pick);
/** `sum x y ...`. Sums of products by letters, one letter an axis: `einsum("ij,jk->ik", a, b)` is a matrix product. Letters that the result leaves out are summed; a letter twice in one operand takes the diagonal. Without `->` the result has the letters that occur once, in alphabetical order. More than two operands are contracted from left to right. Backward: switcher: each operand's gradient is the upstream contracted with the others, letters permuted. */
export const einsum = /* @__PURE__ */ toFunction(table.einsum);
/** `X W`. [..., m, k] x [..., k, n] -> [..., m, n]; leading axes broadcast; a vector is a row on the left, a column on the right. Backward: switcher: dX = dY W^T, dW = X^T dY; the shapes leave no other choice. */
export const matmul = /* @__PURE__ */ toFunction(table.matmul);
/** `x`. Repeated along axes of size 1 and along new axes in front. Backward: adder: the gradients of all copies add up. */
export const broadcastTo = /* @__PURE__ */ toFunction(table.broadcastTo);
/** `[x, y, ...]`. Tensors of equal sizes but for one axis (the first by default), laid end to end along it. Backward: each part gets its own stretch of the gradient. */
export const concat = /* @__PURE__ */ toFunction(table.concat);
/** `pad x`. More room at the edges, `[before, after]` for each axis, filled with 0 or another number. Backward: the gradient of the edges is dropped. */
export const pad = /* @__PURE__ */ toFunction(table.pad);
/** `x`. The same numbers, row by row, in another shape; one size may be -1. Backward: the gradient takes the old shape again. */
export const reshape = /* @__PURE__ */ toFunction(table.reshape);
/** `x[a:b]`. Part of a tensor: for each axis an index (drops the axis), `[start, end, step]`, or `null` for all of it. Backward: the gradient goes back to where it was cut out; zeros elsewhere. */
export const slice = /* @__PURE__ */ toFunction(table.slice);
/** `x^T`. Axes in another order; reversed by default. Backward: the gradient's axes go back in order. */
export const transpose = /* @__PURE__ */ toFunction(table.transpose);
/** `sum x[window] / n`. The mean of each window, for each channel: as `maxPool2d`. Where there is padding its zeros count as numbers of the window, as in PyTorch. Backward: distributor: every number of a window gets the gradient divided by the size of the window. */
export const avgPool2d = /* @__PURE__ */ toFunction(table.avgPool2d);
/** `sum x kernel`. 2-D convolution as in nets (cross-correlation: the kernel is not flipped): x [batch, in, height, width], kernel [out, in, kh, kw] -> [batch, out, rows, columns] with rows = floor((height + 2 padding - kh) / stride) + 1. `stride` is 1 and `padding` (zeros) 0 by default; each may be [vertical, horizontal]. Backward: switcher: the kernel gets the sum of windows times gradients, x the kernel written back wherever it was read. */
export const conv2d = /* @__PURE__ */ toFunction(table.conv2d);
/** `max x[window]`. The largest number of each window, for each channel: x [batch, channels, height, width] -> [batch, channels, rows, columns]. `size` is the side of the window or [height, width]; `stride` is the size by default, `padding` 0 (what is added is never the largest). Equal numbers share the gradient, as in `amax`. Backward: router: the largest of each window gets the gradient; equal ones share it evenly. */
export const maxPool2d = /* @__PURE__ */ toFunction(table.maxPool2d);
/** `x[stride i + k - padding]`. Every window over the last axes: x [..., height, width] and sizes [2, 2] -> [..., rows, columns, 2, 2], as many axes as there are sizes. Windows begin every `stride` (1 by default) in x with `padding` zeros (none by default) on each side; what is left over at the end is not read. Backward: adder: a number gets the sum of the gradients of all windows that see it. */
export const windows = /* @__PURE__ */ toFunction(table.windows);
