/** The state of the neuron page: all that its link carries. */
import { initialNumbers, readNumbers, type Numbers } from "./numbers.ts";

/** A neuron as one of two classifiers (slide 47). */
export const readings = ["softmax", "svm"] as const;
export type NeuronReading = (typeof readings)[number];

export interface NeuronState {
  /** The word of the activation. A word that this version does not know shows the first one. */
  readonly activation: string;
  readonly numbers: Numbers;
  readonly reading: NeuronReading;
  /** Whether the example belongs to the class that the neuron stands for. */
  readonly positive: boolean;
}

export const initial: NeuronState = { activation: "sigmoid", numbers: initialNumbers, reading: "softmax", positive: true };

/** No word of an activation is longer. */
const longestWord = 50;

const isObject = (data: unknown): data is Record<string, unknown> => typeof data === "object" && data !== null && !Array.isArray(data);

/** The state that a link carries, or `undefined`: unknown fields are left out, missing ones are as in the beginning. */
export const readState = (data: unknown): NeuronState | undefined => {
  if (!isObject(data)) return undefined;
  const { activation, numbers, reading, positive } = data;
  if (typeof activation !== "string" || activation.length > longestWord || !isObject(numbers)) return undefined;
  return {
    activation,
    numbers: readNumbers(numbers),
    reading: readings.find((one) => one === reading) ?? initial.reading,
    positive: typeof positive === "boolean" ? positive : initial.positive,
  };
};

/** The state as JSON can carry it, which has no minus zero. */
export const linkData = (state: NeuronState): unknown => state;
