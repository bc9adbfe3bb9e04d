/** Circuits for tests, straight from a program's text. */
import { readFileSync } from "node:fs";
import { type CircuitOptions, createCircuit, type LiveCircuit } from "../../src/explain/circuit.ts";
import { draftProgram } from "../../src/explain/from-program.ts";
import { parse } from "../../src/explain/language/parse.ts";
import { resolve } from "../../src/explain/language/resolve.ts";
import { functionWords } from "../../src/explain/words.ts";

export type Inputs = Readonly<Record<string, number>>;

export const circuitOf = (text: string, inputs: Inputs, options?: CircuitOptions): LiveCircuit => {
  const program = resolve(parse(text, { functions: functionWords(), file: "test.txt" }), Object.keys(inputs));
  return createCircuit(draftProgram(program, new Map(Object.entries(inputs))), options);
};

interface Case {
  readonly id: string;
  readonly stages: readonly string[];
  readonly inputs: Inputs;
}

const file = new URL("../cases/circuits.json", import.meta.url);

/** The circuits of the lecture and the random ones, by id. */
export const cases: ReadonlyMap<string, Case> = new Map(
  (JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] }).cases.map((found) => [found.id, found]),
);

export const circuitOfCase = (id: string): LiveCircuit => {
  const { stages, inputs } = cases.get(id)!;
  return circuitOf(stages.join("\n"), inputs);
};
