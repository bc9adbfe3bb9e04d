/** What the server has sent as the program of a circuit page: a function that was traced there, or a text. */
import { createCircuit } from "../../explain/circuit.ts";
import type { Draft } from "../../explain/draft.ts";
import { draftGraph } from "../../explain/from-graph.ts";
import { readGraph } from "../../explain/graph-json.ts";
import { Mistake } from "../../explain/language/mistake.ts";
import * as sentences from "../../explain/language/mistakes.ts";
import { openEntry } from "../../explain/open-entry.ts";
import type { ServedProgram } from "../../explain/served.types.ts";
import { Diagnostic } from "../../ir/diagnostic.ts";
import { readProgram, type Reading } from "../circuit/model.ts";

const asReading = (draft: Draft): Reading => ({ written: { draft, given: draft.inputs.map((index) => draft.nodes[index]!.name) } });

/** A text, with the words for what is wrong with it. */
const readText = (text: string, values: Readonly<Record<string, number>>): Reading => {
  const reading = readProgram(text, values);
  return reading.problem instanceof Mistake ? { problem: reading.problem.say(sentences) } : reading;
};

/** The program, or one entry of it as a circuit of numbers; `entry` is as for `--entry`, empty for the whole. */
export const readingOf = (program: ServedProgram, entry = ""): Reading => {
  if (program.kind === "text") return readText(program.text, Object.fromEntries(Object.entries(program.inputs).map(([name, x]) => [name, Number(x)])));
  if (program.graph === null) return { problem: new Diagnostic(program.why.code, program.why.message) };
  try {
    const draft = draftGraph(readGraph(program.graph));
    return asReading(entry === "" ? draft : openEntry(createCircuit(draft), entry).plan.draft);
  } catch (error) {
    if (error instanceof Diagnostic) return { problem: error };
    throw error;
  }
};
