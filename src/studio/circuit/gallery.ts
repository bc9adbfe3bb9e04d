/** The worked examples of the lecture and of the texts around it, as programs to play with. */
import { firstExample, type Example } from "./first-example.ts";

const example = (id: string, from: string, title: string, program: string, inputs: Readonly<Record<string, number>>): Example => ({
  id,
  title,
  from,
  program,
  inputs,
});

const lines = (...stages: readonly string[]): string => stages.join("\n");

/** In the order of the lecture, after the one that opens first. */
export const gallery: readonly Example[] = [
  firstExample,
  example("s08-mul", "Slides 8 and 9", "One multiply gate", "f = x * y", { x: 4, y: -3 }),
  example("s08-add", "Slides 8 and 9", "One add gate", "f = x + y", { x: 4, y: -3 }),
  example("s08-max", "Slides 8 and 9", "One max gate", "f = max(x, y)", { x: 4, y: 2 }),
  example("s10-compound", "Slides 10 to 13", "A compound expression", lines("q = x + y", "f = q * z"), { x: -2, y: 5, z: -4 }),
  example("s23-sigmoid-neuron-grouped", "Slides 22 to 25", "The neuron with sigmoid as one gate", "f = sigmoid(w0*x0 + w1*x1 + w2)", firstExample.inputs),
  example(
    "s26-staged",
    "Slides 26 to 35",
    "Staged code, x and y used more than once",
    lines(
      "sigy = 1.0 / (1 + exp(-y))",
      "num = x + sigy",
      "sigx = 1.0 / (1 + exp(-x))",
      "xpy = x + y",
      "xpysqr = xpy^2",
      "den = sigx + xpysqr",
      "invden = 1.0 / den",
      "f = num * invden",
    ),
    { x: 3, y: -4 },
  ),
  example(
    "s26-staged-grouped",
    "Slides 26 to 35",
    "The same with sigmoid as one gate",
    lines("sigy = sigmoid(y)", "num = x + sigy", "sigx = sigmoid(x)", "xpy = x + y", "xpysqr = xpy^2", "den = sigx + xpysqr", "invden = 1.0 / den", "f = num * invden"),
    { x: 3, y: -4 },
  ),
  example("s36-patterns", "Slide 36", "Patterns: add, max and multiply", "f = (x*y + max(z, w)) * 2", { x: 3, y: -4, z: 2, w: -1 }),
  example(
    "s37-matmul",
    "Slides 37 to 39",
    "A product of matrices, number by number: dW = dD X^T, dX = W^T dD",
    lines(
      "d11 = w11*x11 + w12*x21",
      "d12 = w11*x12 + w12*x22",
      "d21 = w21*x11 + w22*x21",
      "d22 = w21*x12 + w22*x22",
      "f = d11*dD11 + d12*dD12 + d21*dD21 + d22*dD22",
    ),
    { w11: 1, x11: 2, w12: 2, x21: 1, x12: 0.5, x22: 1, w21: 3, w22: -1, dD11: 1, dD12: -2, dD21: 0.5, dD22: 4 },
  ),
  example("g-neuron", "Hacker's guide", "A neuron of two inputs", "s = sigmoid(a*x + b*y + c)", { a: 1, b: 2, c: -3, x: -1, y: 3 }),
  example("g-sigmoid3", "Hacker's guide", "One sigmoid gate", "f = sigmoid(x)", { x: 3 }),
  example("g-square-fork", "Hacker's guide", "The same input twice", "f = a * a", { a: 3 }),
  example("g-sum-squares", "Hacker's guide", "A sum of squares", "f = a*a + b*b + c*c", { a: 1, b: -2, c: 0.5 }),
  example("g-pow2", "Hacker's guide", "Stages", lines("x1 = a * b + c", "x2 = x1 * d", "x = x2 * x2"), { a: 2, b: -1, c: 3, d: -0.5 }),
  example("g-div", "Hacker's guide", "A quotient in stages", lines("x1 = a + b", "x2 = c + d", "x3 = 1.0 / x2", "x = x1 * x3"), { a: 1, b: 2, c: -3, d: 5 }),
  example(
    "mg-readme",
    "micrograd",
    "The example of micrograd's README",
    lines(
      "c0 = a + b",
      "d0 = a * b + b^3",
      "c1 = c0 + (c0 + 1)",
      "c2 = c1 + (1 + c1 + (-a))",
      "d1 = d0 + (d0 * 2 + relu(b + a))",
      "d2 = d1 + (3 * d1 + relu(b - a))",
      "e = c2 - d2",
      "f = e^2",
      "g0 = f / 2.0",
      "g = g0 + 10.0 / f",
    ),
    { a: -4, b: 2 },
  ),
  example("mg-sanity", "micrograd", "The first test of micrograd", lines("z = 2 * x + 2 + x", "q = relu(z) + z * x", "h = relu(z * z)", "y = h + q + q * x"), { x: -4 }),
  example("fig-svm-vs-softmax", "Slides 3 and 40", "SVM loss of three scores", "f = max(0, s0 - s2 + 1) + max(0, s1 - s2 + 1)", { s0: -2.85, s1: 0.86, s2: 0.28 }),
  example("h-ce3", "Slides 3 and 40", "Softmax and cross-entropy of three scores", "f = -log(exp(s2) / (exp(s0) + exp(s1) + exp(s2)))", { s0: -2.85, s1: 0.86, s2: 0.28 }),
  example("h-maxout", "Slide 49", "A maxout neuron", "f = max(w1 * x + b1, w2 * x + b2)", { x: 0.5, w1: 1.2, b1: -0.3, w2: -0.8, b2: 0.9 }),
];
