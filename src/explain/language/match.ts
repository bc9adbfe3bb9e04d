/** Joins a program and what it was given: every input needs a value, and one that is never read is worth a word. */
import { Diagnostic } from "../../ir/diagnostic.ts";
import { nearest } from "../../ir/nearest.ts";
import type { Inputs } from "./inputs.ts";
import type { Resolved, ResolvedInput } from "./resolve.ts";
import { quote } from "./quote.ts";
import { placeOf } from "./syntax.ts";

export interface InputMatch {
  /** Read by the program, but not given. */
  readonly missing: readonly ResolvedInput[];
  /** Given, but not read by the program: the gradient is 0. */
  readonly unused: readonly ResolvedInput[];
}

/** Which inputs of the program are missing among those given, and which of those given it does not read. */
export const matchInputs = (program: Resolved, given: ReadonlyMap<string, unknown>): InputMatch => ({
  missing: program.inputs.filter(({ name, node }) => node !== undefined && !given.has(name)),
  unused: program.inputs.filter(({ node }) => node === undefined),
});

const shown = 50;

/** The one error about all missing inputs (`missing-input`), or undefined if none is missing. */
export const missingInputs = (program: Resolved, match: InputMatch): Diagnostic | undefined => {
  const { missing } = match;
  const [first] = missing;
  if (first?.node === undefined) return undefined;
  const names = missing.slice(0, shown).map(({ name }) => name);
  const more = missing.length > shown ? `, and ${missing.length - shown} more` : "";
  const what = missing.length === 1 ? "an input that has no value" : `${missing.length} inputs that have no value`;
  const notes = names.slice(0, 5).flatMap((name) => hint(program, match, name) ?? []);
  return new Diagnostic("missing-input", `The program reads ${what}: ${names.join(", ")}${more}.`, {
    place: placeOf(program, first.node),
    notes,
    help: `add ${names.map((name) => `${name}=1`).join(" ")}${more && " ..."}, with your own numbers`,
  });
};

/** What else a missing name may have been meant to be. */
const hint = (program: Resolved, { unused }: InputMatch, name: string): string | undefined => {
  if (program.functions.has(name)) return `${name} is a function: write ${name}(...) to call it`;
  // A long name is rarely a slip of another, and comparing long names is slow.
  if (name.length > 40) return undefined;
  const given = nearest(name, unused.map((input) => input.name));
  if (given !== undefined) return `${given} is given, but the program does not read it: did you mean ${name}=...?`;
  if (name.length < 3) return undefined;
  const assigned = new Set<string>();
  for (const id of program.stageName) {
    const known = program.names[id]!;
    if (known !== name) assigned.add(known);
  }
  const stage = nearest(name, assigned);
  return stage && `the program has a stage ${stage}: did you mean ${stage} instead of ${name}?`;
};

/** A warning for each input that is given but never read (`unused-input`); to be shown, not thrown. */
export const unusedInputs = (match: InputMatch, given: Inputs): Diagnostic[] =>
  match.unused.map(({ name }) => {
    const near = nearest(name, match.missing.slice(0, shown).map((input) => input.name));
    const sentence = `The input ${quote(name)} is given, but the program does not read it: its gradient is 0.`;
    return new Diagnostic("unused-input", sentence, {
      place: given.get(name)?.place,
      help: near && `did you mean ${near}?`,
    });
  });
