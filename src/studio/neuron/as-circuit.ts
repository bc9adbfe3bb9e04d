/** The neuron with its loss as a program for the circuit page. */
import { neuronInputs } from "./binary.ts";
import type { NeuronState } from "./state.ts";

/** The losses of slide 47 in the language of the circuit page, by reading and class. */
const losses = {
  softmax: { positive: "-log(p)", negative: "-log(1 - p)" },
  svm: { positive: "max(0, 1 - s)", negative: "max(0, 1 + s)" },
} as const;

export const circuitOf = ({ numbers, reading, positive }: Pick<NeuronState, "numbers" | "reading" | "positive">): { readonly program: string; readonly inputs: Readonly<Record<string, number>> } => {
  const loss = losses[reading][positive ? "positive" : "negative"];
  const stages = ["s = w0*x0 + w1*x1 + b", ...(reading === "softmax" ? ["p = sigmoid(s)"] : []), `loss = ${loss}`];
  return { program: stages.join("\n"), inputs: Object.fromEntries(neuronInputs.map((name) => [name, numbers[name]] as const)) };
};
