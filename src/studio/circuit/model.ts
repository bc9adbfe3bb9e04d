/** From the text and the numbers on the page to a circuit, or to what is wrong with them. */
import { createCircuit, withInputs, type LiveCircuit } from "../../explain/circuit.ts";
import { draftProgram } from "../../explain/from-program.ts";
import { parse } from "../../explain/language/parser.ts";
import { resolve } from "../../explain/language/resolve.ts";
import { groupDraft, openDraft } from "../../explain/regroup.ts";
import { functionWords } from "../../explain/words.ts";
import { Diagnostic } from "../../ir/diagnostic.ts";
import type { FoldLevel } from "./state.ts";

const functions = functionWords();

/** An input nobody has given a number yet. */
export const firstValue = 1;

/** A program that can be run at any inputs. */
export interface Runnable {
  readonly circuit: LiveCircuit;
  /** For each input of the circuit the name under which the user gives it. */
  readonly given: readonly string[];
}

export type Reading = { readonly runnable: Runnable; readonly problem?: undefined } | { readonly problem: Diagnostic; readonly runnable?: undefined };

const numberFor = (inputs: Readonly<Record<string, number>>, name: string): number =>
  Object.hasOwn(inputs, name) ? inputs[name]! : firstValue;

/** Reads a program; what it reads and nobody gave is 1. A mistake is an answer, with its place in the text. */
export const readProgram = (text: string, inputs: Readonly<Record<string, number>>, level: FoldLevel): Reading => {
  try {
    // A file's bound: the text is nobody's command line.
    const program = resolve(parse(text, { functions, file: "program" }), []);
    const given = program.inputs.map(({ name }) => name);
    const draft = draftProgram(program, new Map(given.map((name) => [name, numberFor(inputs, name)])));
    const folded = level === "grouped" ? groupDraft(draft) : level === "opened" ? openDraft(draft) : draft;
    return { runnable: { circuit: createCircuit(folded), given } };
  } catch (error) {
    if (error instanceof Diagnostic) return { problem: error };
    throw error;
  }
};

/** The same circuit at other numbers. */
export const runAt = ({ circuit, given }: Runnable, inputs: Readonly<Record<string, number>>): LiveCircuit =>
  withInputs(circuit, new Map(circuit.inputs.map((index, i) => [circuit.nodes[index]!.name, numberFor(inputs, given[i]!)])));
