/** From the text and the numbers on the page to a circuit, or to what is wrong with them. */
import { createCircuit, withValues, type LiveCircuit } from "../../explain/circuit.ts";
import type { Draft } from "../../explain/draft.ts";
import { draftProgram } from "../../explain/from-program.ts";
import { Mistake } from "../../explain/language/mistake.ts";
import { parseProgram } from "../../explain/language/parser.ts";
import { resolve } from "../../explain/language/resolve.ts";
import { functionWords } from "../../explain/words.ts";
import { Diagnostic } from "../../ir/diagnostic.ts";

const functions = functionWords();

const numberFor = (inputs: Readonly<Record<string, number>>, name: string, otherwise: number): number =>
  Object.hasOwn(inputs, name) ? inputs[name]! : otherwise;

/** An input nobody has given a number yet. */
export const firstValue = 1;

/** A program as it is written, which can be folded and run. */
export interface Written {
  readonly draft: Draft;
  /** For each input the name under which the user gives it. */
  readonly given: readonly string[];
}

/** Read, or what is wrong: for a mistake in a text the words are put in when they are there. */
export type Reading = { readonly written: Written; readonly problem?: undefined } | { readonly problem: Diagnostic | Mistake; readonly written?: undefined };

/** Reads a program; an input that `values` says nothing of is 1. A mistake is an answer, with its place in the text. */
export const readProgram = (text: string, values: Readonly<Record<string, number>> = {}): Reading => {
  try {
    const program = resolve(parseProgram(text, { functions }), []);
    const given = program.inputs.map(({ name }) => name);
    return { written: { draft: draftProgram(program, new Map(given.map((name) => [name, numberFor(values, name, firstValue)]))), given } };
  } catch (error) {
    if (error instanceof Diagnostic || error instanceof Mistake) return { problem: error };
    throw error;
  }
};

/** A circuit that can be run at any inputs. */
export interface Runnable {
  readonly circuit: LiveCircuit;
  readonly given: readonly string[];
}

export const runnable = (draft: Draft, given: readonly string[]): Runnable => ({ circuit: createCircuit(draft), given });

/** The same circuit at other numbers; an input without one, and every tensor, stays as it was read. */
export const runAt = ({ circuit, given }: Runnable, inputs: Readonly<Record<string, number>>): LiveCircuit =>
  withValues(
    circuit,
    new Map(
      circuit.inputs.flatMap((index, i) => {
        const { value } = circuit.nodes[index]!;
        return typeof value === "number" ? [[index, numberFor(inputs, given[i]!, value)] as const] : [];
      }),
    ),
  );
