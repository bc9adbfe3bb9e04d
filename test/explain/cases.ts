/** The cases of circuits and edges as the project carries them, with numbers that JSON lacks read back from strings. */
import { readFileSync } from "node:fs";

export type CaseNumber = number | string;
export type Numbers = Readonly<Record<string, CaseNumber>>;

export interface CaseEdge {
  readonly gate: string;
  readonly op: string;
  readonly input: string;
  readonly local: CaseNumber;
  readonly upstream: CaseNumber;
  readonly contribution: CaseNumber;
}

export interface CircuitCase {
  readonly id: string;
  readonly expr?: string;
  readonly stages: readonly string[];
  readonly inputs: Numbers;
  readonly output: string;
  readonly values: Numbers;
  readonly grads: Numbers;
  readonly unnamed_nodes?: readonly { readonly expr: string; readonly op: string; readonly value: CaseNumber; readonly grad: CaseNumber }[];
  readonly edges: readonly CaseEdge[];
  readonly printed_in_source?: { readonly values: Numbers; readonly grads: Numbers; readonly slide_steps?: readonly string[] };
  readonly rtol: number;
  readonly atol: number;
}

export interface EdgeCase {
  readonly id: string;
  readonly expr?: string;
  readonly generator?: { readonly init: string; readonly repeat: number; readonly body: string; readonly index?: string };
  readonly inputs?: Numbers;
  readonly value?: CaseNumber;
  readonly grads?: Numbers;
  readonly accept?: readonly Numbers[];
  readonly reject?: readonly Numbers[];
  readonly sum_of_grads?: number;
  readonly runs?: readonly { readonly inputs: Numbers; readonly value: number; readonly grads: Numbers }[];
  readonly informative?: boolean;
  readonly rtol?: number;
}

const read = <T>(name: string): readonly T[] =>
  (JSON.parse(readFileSync(new URL(`../cases/${name}.json`, import.meta.url), "utf8")) as { cases: T[] }).cases;

export const circuitCases = read<CircuitCase>("circuits");
export const edgeCases = read<EdgeCase>("edge");

export const circuitCase = (id: string): CircuitCase => circuitCases.find((one) => one.id === id)!;

interface ScoresCase {
  readonly id: string;
  readonly scores: readonly number[];
  readonly svm: { readonly loss: number; readonly dscores: readonly number[] };
}

/** Of two rows and columns, as `name11` to `name22`. */
const matrix = (name: string, rows: readonly (readonly number[])[]): Numbers =>
  Object.fromEntries(rows.flatMap((row, i) => row.map((x, j) => [`${name}${i + 1}${j + 1}`, x])));

/** D = W X and its gradients dW = dD X^T and dX = W^T dD, by hand. */
const product = {
  values: { ...matrix("w", [[1, 2], [3, -1]]), ...matrix("x", [[2, 0.5], [1, 1]]), ...matrix("d", [[4, 2.5], [5, 0.5]]), f: 3.5 },
  grads: { ...matrix("w", [[1, -1], [3, 4.5]]), ...matrix("x", [[2.5, 10], [1.5, -8]]), ...matrix("d", [[1, -2], [0.5, 4]]), f: 1 },
  rtol: 1e-12,
  atol: 1e-14,
};

/** The numbers of an example of the studio: those of its circuit, of the product of matrices, or the SVM loss of some scores as f of s0, s1, ... */
export const exampleCase = (id: string): Pick<CircuitCase, "values" | "grads" | "rtol" | "atol"> => {
  const circuit = circuitCase(id);
  if (circuit !== undefined) return circuit;
  if (id === "s37-matmul") return product;
  const { scores, svm } = read<ScoresCase>("classifiers").find((one) => one.id === id)!;
  const named = (numbers: readonly number[]): Numbers => Object.fromEntries(numbers.map((x, i) => [`s${i}`, x]));
  return { values: { ...named(scores), f: svm.loss }, grads: { ...named(svm.dscores), f: 1 }, rtol: 1e-12, atol: 1e-14 };
};

/** "NaN", "Infinity", "-Infinity" and "-0" are strings in JSON. */
export const numberOf = (x: CaseNumber): number => Number(x);

export const inputsOf = (inputs: Numbers): Map<string, number> =>
  new Map(Object.entries(inputs).map(([name, x]) => [name, numberOf(x)]));

/** |a - e| <= rtol max(|a|, |e|) + atol; what is not finite must be the same. */
export const close = (actual: number, expected: number, rtol: number, atol: number): boolean =>
  Number.isFinite(expected)
    ? Math.abs(actual - expected) <= rtol * Math.max(Math.abs(actual), Math.abs(expected)) + atol
    : Object.is(actual, expected);
