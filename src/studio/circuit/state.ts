/** The state of the circuit page: all that its link carries. */
import { linkNumber, readNumber } from "../link-number.ts";
import { firstExample } from "./first-example.ts";

/** How much of the circuit is folded: every stage, nothing but what is written as a group, known chains, or no group at all. */
export const levels = ["stages", "written", "grouped", "opened"] as const;
export type FoldLevel = (typeof levels)[number];

/** Digits after the point; "few" are four significant ones. */
export const digitChoices = [2, 4, 8, "few"] as const;
export type Digits = (typeof digitChoices)[number];

export interface CircuitState {
  /** The text of the program, also while it is wrong. */
  readonly program: string;
  /** Values by name; names that the program does not read are kept for when it does again. */
  readonly inputs: Readonly<Record<string, number>>;
  /** Absent: as it is written, and a large circuit by its stages. */
  readonly level?: FoldLevel | undefined;
  /** Keys of what is folded or open against the level. */
  readonly flipped?: readonly string[] | undefined;
  readonly digits: Digits;
  /** How many steps of forward and backward pass are done; absent: all of them. */
  readonly step?: number | undefined;
  /** The name of the gate that is looked at. */
  readonly selected?: string | undefined;
  /** Gradients are asked for instead of shown. */
  readonly quiz?: boolean | undefined;
}

export const initial: CircuitState = {
  program: firstExample.program,
  inputs: firstExample.inputs,
  digits: 2,
  selected: "%1",
};

/** What a link may carry; the language has bounds of its own. */
const most = { program: 200_000, inputs: 5_000, name: 500 } as const;

const isObject = (data: unknown): data is Record<string, unknown> => typeof data === "object" && data !== null && !Array.isArray(data);

const isOne = <T>(choices: readonly T[], x: unknown): x is T => choices.includes(x as T);

const readInputs = (data: unknown): Record<string, number> | undefined => {
  if (!isObject(data)) return undefined;
  const entries = Object.entries(data);
  if (entries.length > most.inputs) return undefined;
  const inputs: [string, number][] = [];
  for (const [name, x] of entries) {
    const value = readNumber(x);
    if (value === undefined || name.length > most.name) return undefined;
    inputs.push([name, value]);
  }
  // Not by assignment: a name may be __proto__.
  return Object.fromEntries(inputs);
};

const isKeys = (x: unknown): x is string[] => Array.isArray(x) && x.length <= most.inputs && x.every((key) => typeof key === "string" && key.length <= most.name);

/** The state that a link carries, or `undefined`: unknown fields are left out, missing ones are as in the beginning. */
export const readState = (data: unknown): CircuitState | undefined => {
  if (!isObject(data)) return undefined;
  const { program, level, flipped, digits, step, selected, quiz } = data;
  const inputs = readInputs(data["inputs"]);
  if (typeof program !== "string" || program.length > most.program || inputs === undefined) return undefined;
  return {
    program,
    inputs,
    ...(isOne(levels, level) ? { level } : {}),
    digits: isOne(digitChoices, digits) ? digits : initial.digits,
    ...(isKeys(flipped) ? { flipped } : {}),
    ...(Number.isSafeInteger(step) && (step as number) >= 0 ? { step: step as number } : {}),
    ...(typeof selected === "string" && selected.length <= most.name ? { selected } : {}),
    ...(quiz === true ? { quiz } : {}),
  };
};

/** The state as JSON can carry it. */
export const linkData = (state: CircuitState): unknown => ({
  ...state,
  inputs: Object.fromEntries(Object.entries(state.inputs).map(([name, x]) => [name, linkNumber(x)])),
});
