/** What `explain` and `check` share: the arguments that name a program and its inputs, and the circuit they lead to. */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { explain, explainProgram, type ExplainOptions, type Explanation } from "../explain/index.ts";
import type { Inputs } from "../explain/language/inputs.ts";
import type { GivenValue } from "../explain/language/values.ts";
import { quote } from "../explain/language/quote.ts";
import type { Io } from "./io.ts";
import { inUsersCode, loadFunction } from "./model.ts";
import { text } from "./option.ts";
import { findProgram, readGiven, type GivenProgram, withNote } from "./program.ts";

/** Options by which a program and its inputs are found. */
export const programOptions = {
  inputs: text({ placeholder: "in.json", help: 'read inputs from a file such as {"x": 1, "W": [[1, 2], [3, 4]]}; - is standard input' }),
  function: text({ placeholder: "name", help: "the exported function of a TypeScript or JavaScript file; needless if it has only one" }),
};

/** Said in the help of both commands. */
export const programHelp = [
  "<program> is an expression, stages such as \"q = x + y; f = q * z\", a file of either (.txt, or saved with " +
    "explain --save), a TypeScript or JavaScript file that exports a function, or - for standard input. Values follow " +
    "as name=value; -- ends options, for programs that begin with a minus.",
];

export interface Loaded {
  readonly explanation: Explanation;
  readonly program: GivenProgram;
  /** What the inputs were set to, also those that came with a saved program. */
  readonly inputs: ReadonlyMap<string, GivenValue>;
  /** Of the function, if it is one of a file. */
  readonly name?: string;
}

interface Wanted {
  readonly inputs: string | undefined;
  readonly function: string | undefined;
}

/**
 * Finds the program and its inputs and computes the circuit.
 * @throws Diagnostic
 */
export const loadCircuit = async (
  command: string,
  rest: readonly string[],
  wanted: Wanted,
  options: ExplainOptions,
  io: Io,
): Promise<Loaded> => {
  const [argument, ...assignments] = rest;
  if (argument === undefined) {
    throw new Diagnostic("no-program", `chainrule ${command} needs a program.`, {
      help: `for example: chainrule ${command} "(x+y)*z" x=-2 y=5 z=-4`,
    });
  }
  if (argument === "-" && wanted.inputs === "-") {
    throw new Diagnostic("input-twice", "Program and inputs cannot both come from standard input.");
  }
  const program = await findProgram(argument, io);
  return explainGiven(command, program, await readGiven(wanted.inputs, assignments, io), wanted.function, options, io);
};

/**
 * Computes the circuit of a program that was found, at inputs that were read; `wanted` is the function of a file.
 * @throws Diagnostic
 */
export const explainGiven = async (
  command: string,
  program: GivenProgram,
  given: Inputs,
  wanted: string | undefined,
  options: ExplainOptions,
  io: Io,
): Promise<Loaded> => {
  if (program.kind === "model") {
    const { name, f, readSource } = await loadFunction(program.file, wanted, io);
    const inputs = valuesOf(given);
    const explanation = inUsersCode(() => explain(f, inputs, { ...options, readSource }), name, io);
    return { explanation, program, inputs, name };
  }
  if (wanted !== undefined) {
    throw new Diagnostic("not-a-model", "The option --function needs a TypeScript or JavaScript file.", {
      help: `for example: chainrule ${command} model.ts --function ${wanted} x=1`,
    });
  }
  // What is given now wins over what was saved.
  const inputs = valuesOf(new Map([...program.saved, ...given]));
  try {
    const numbers = scalars(inputs, given);
    return { explanation: explainProgram(program.text, numbers, { ...options, file: program.file }), program, inputs };
  } catch (error) {
    throw withNote(error, program);
  }
};

const valuesOf = (inputs: Inputs): Map<string, GivenValue> => new Map(Array.from(inputs, ([name, { value }]) => [name, value]));

const scalars = (values: ReadonlyMap<string, GivenValue>, given: Inputs): Map<string, number> => {
  const numbers = new Map<string, number>();
  for (const [name, value] of values) {
    if (typeof value !== "number") {
      throw new Diagnostic("not-a-scalar", `The input ${quote(name)} is an array of shape ${shapeText(value.shape)}, but in an expression every name is one number.`, {
        place: given.get(name)?.place,
        help: "write the computation as a function of tensors in a TypeScript file: chainrule explain model.ts",
      });
    }
    numbers.set(name, value);
  }
  return numbers;
};
