/** The worked examples of the lecture and of the texts around it, as programs to play with. */

export interface Example {
  /** The case of the test suite that holds its numbers. */
  readonly id: string;
  readonly title: string;
  /** Where it comes from. */
  readonly from: string;
  readonly program: string;
  readonly inputs: Readonly<Record<string, number>>;
}

const example = (id: string, from: string, title: string, program: string, inputs: Readonly<Record<string, number>>): Example => ({
  id,
  title,
  from,
  program,
  inputs,
});

const lines = (...stages: readonly string[]): string => stages.join("\n");
const neuron = { w0: 2, x0: -1, w1: -3, x1: -2, w2: -3 } as const;

/** In the order of the lecture, after the one that opens first. */
export const gallery: readonly Example[] = [
  example("s14-sigmoid-neuron-gates", "Slides 14 to 20", "A neuron, gate by gate", "f = 1 / (1 + exp(-(w0*x0 + w1*x1 + w2)))", neuron),
  example("s08-mul", "Slides 8 and 9", "One multiply gate", "f = x * y", { x: 4, y: -3 }),
  example("s08-add", "Slides 8 and 9", "One add gate", "f = x + y", { x: 4, y: -3 }),
  example("s08-max", "Slides 8 and 9", "One max gate", "f = max(x, y)", { x: 4, y: 2 }),
  example("s10-compound", "Slides 10 to 13", "A compound expression", lines("q = x + y", "f = q * z"), { x: -2, y: 5, z: -4 }),
  example("s23-sigmoid-neuron-grouped", "Slides 22 to 25", "The neuron with sigmoid as one gate", "f = sigmoid(w0*x0 + w1*x1 + w2)", neuron),
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
  example("s36-patterns", "Slide 36", "Patterns: add, max and multiply", "f = (x*y + max(z, w)) * 2", { x: 3, y: -4, z: 2, w: -1 }),
  example("g-neuron", "Hacker's guide", "A neuron of two inputs", "s = sigmoid(a*x + b*y + c)", { a: 1, b: 2, c: -3, x: -1, y: 3 }),
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
  example("h-ce3", "Slides 3 and 40", "Softmax and cross-entropy of three scores", "f = -log(exp(s2) / (exp(s0) + exp(s1) + exp(s2)))", { s0: -2.85, s1: 0.86, s2: 0.28 }),
  example("h-maxout", "Slide 49", "A maxout neuron", "f = max(w1 * x + b1, w2 * x + b2)", { x: 0.5, w1: 1.2, b1: -0.3, w2: -0.8, b2: 0.9 }),
];
