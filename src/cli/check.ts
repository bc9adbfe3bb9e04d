/** `chainrule check`: exact gradients against numerical ones, with a verdict; exits 1 when they are wrong. */
import { Diagnostic } from "../ir/diagnostic.ts";
import { loadCircuit, programHelp, programOptions } from "./circuit.ts";
import { common, type Context, defineCommand, type ExitCode } from "./command.ts";
import { choice, flag, number, type Values, whole } from "./option.ts";
import { jsonText } from "./output.ts";

const options = {
  ...programOptions,
  method: choice(["forward", "centred", "extrapolated", "complex"], { help: "how slopes are measured", standard: "centred" }),
  h: number({ positive: true, placeholder: "1e-5", help: "the step", standard: "1e-5; 1e-3 for extrapolated" }),
  formula: choice(["notes", "assignment", "sparse"], { help: "which of the course's relative errors", standard: "notes" }),
  samples: whole({ least: 1, help: "entries looked at in every parameter", standard: "10" }),
  seed: whole({ least: 0, help: "which entries are drawn", standard: "0" }),
  sweep: flag("try steps from 1e-1 to 1e-12 and draw the error of each"),
  ops: flag("check every operation of the library instead of a program"),
};

export const checkCommand = defineCommand({
  usage: "<program> [name=value ...] [options]\n       chainrule check --ops",
  about: [...programHelp, "The exit code is 1 if a gradient is wrong."],
  options,
  examples: [
    { command: 'chainrule check "(x+y)*z" x=-2 y=5 z=-4', says: "every input of an expression" },
    { command: 'chainrule check "max(x, 0)" x=-1e-6', says: "a kink within the step is named, not failed" },
    { command: 'chainrule check "sigmoid(3*x^2 + x)" x=0.5 --sweep', says: "how the error depends on the step" },
    { command: "chainrule check loss.ts --inputs weights.json --samples 20", says: "a function of tensors" },
    { command: "chainrule check --ops", says: "every operation, to order 1 and 2" },
  ],
  run: async ({ values, rest }, context) => (values.ops ? checkOps(rest, values, context) : checkProgram(rest, values, context)),
});

type Given = Values<typeof options & typeof common>;

const checkOps = async (rest: readonly string[], given: Given, { io }: Context): Promise<ExitCode> => {
  const other = ["method", "h", "formula", "samples", "seed", "sweep"].find((name) => given[name as keyof Given] !== undefined);
  if (rest.length > 0 || other !== undefined) {
    throw new Diagnostic("needless-argument", `chainrule check --ops looks at the library's own operations, so ${other === undefined ? `"${rest[0]}"` : `--${other}`} means nothing here.`, {
      help: "give --ops alone, or a program without it",
    });
  }
  const [{ checkOperations }, { entries }] = await Promise.all([import("../check/operations.ts"), import("../ops/table.ts")]);
  const { passed, operations, machinery, text } = checkOperations(entries);
  if (given.json) io.out.write(jsonText({ schema: 1, passed, operations, machinery }));
  else io.out.write(`${given.quiet ? text.slice(text.lastIndexOf("\n") + 1) : text}\n`);
  return passed ? 0 : 1;
};

const checkProgram = async (rest: readonly string[], given: Given, context: Context): Promise<ExitCode> => {
  const { io } = context;
  const { method, h, formula, samples, seed } = given;
  const { explanation } = await loadCircuit("check", rest, { inputs: given.inputs, function: given.function }, {}, io);
  if (explanation.circuit.inputs.length === 0) {
    throw new Diagnostic("nothing-to-check", "The program has no inputs, so there is no gradient to check.", { help: "give the numbers names: x*y instead of 2*3" });
  }
  const shared = { ...(formula && { formula }), ...(samples !== undefined && { samples }), ...(seed !== undefined && { seed }) };
  if (given.sweep) {
    const { dtype, rows, best, text } = explanation.sweep(shared);
    io.out.write(given.json ? jsonText({ schema: 1, dtype, best, rows }) : `${text()}\n`);
    return 0;
  }
  const check = explanation.check({ ...shared, ...(method && { difference: method }), ...(h !== undefined && { h }) });
  const { text, parts: _, ...data } = check;
  if (given.json) io.out.write(jsonText({ schema: 1, ...data }));
  else io.out.write(`${given.quiet ? text.split("\n", 1)[0] : text}\n`);
  return check.passed ? 0 : 1;
};
