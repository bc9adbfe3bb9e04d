/** The example that opens first; the others are loaded when it stands. */

export interface Example {
  /** The case of the test suite that holds its numbers. */
  readonly id: string;
  readonly title: string;
  /** Where it comes from. */
  readonly from: string;
  readonly program: string;
  readonly inputs: Readonly<Record<string, number>>;
}

export const firstExample: Example = {
  id: "s14-sigmoid-neuron-gates",
  from: "Slides 14 to 20",
  title: "A neuron, gate by gate",
  program: "f = 1 / (1 + exp(-(w0*x0 + w1*x1 + w2)))",
  inputs: { w0: 2, x0: -1, w1: -3, x1: -2, w2: -3 },
};
