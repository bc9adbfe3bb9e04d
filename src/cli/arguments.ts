/**
 * Reads a command's arguments by its table of options. `parseArgs` of Node splits them; this adds what people need:
 * unknown options are refused with the nearest known one, values that begin with a minus are numbers, and what looks
 * like an option but is a program (`-x^2`) is sent behind `--`.
 */
import { parseArgs } from "node:util";
import { Diagnostic } from "../ir/diagnostic.ts";
import { nearest } from "../ir/nearest.ts";
import { quote } from "../explain/language/quote.ts";
import type { Option, Options, Values } from "./option.ts";

export interface Given<O extends Options> {
  readonly values: Values<O>;
  /** What is no option, in order. */
  readonly rest: readonly string[];
}

/** @throws Diagnostic `unknown-option`, `short-option`, `missing-value`, `needless-value`, `option-twice`, `bad-option-value` */
export const readArguments = <O extends Options>(args: readonly string[], options: O, command: string): Given<O> => {
  const known = new Map<string, Option<unknown>>(Object.entries(options));
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Array.from(known, ([name, { takes }]) => [name, { type: takes === "value" ? "string" : "boolean" }] as const),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, unknown>();
  const rest: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.kind === "positional") rest.push(token.value);
    if (token.kind !== "option") continue;
    if (!token.rawName.startsWith("--")) throw shortOption(args[token.index]!, command);
    const option = known.get(token.name);
    if (option === undefined) throw unknownOption(token.name, known.keys(), command);
    const name = `--${token.name}`;
    let { value } = token;
    if (option.takes === "nothing" && value !== undefined) throw needless(name);
    if (option.takes === "value" && (value === undefined || (!token.inlineValue && value.startsWith("--")))) {
      throw missing(name, option);
    }
    if (option.takes === "optional" && value === undefined) {
      const next = tokens[i + 1];
      if (next?.kind === "positional" && option.claims?.(next.value)) {
        value = next.value;
        i++;
      }
    }
    const result = option.read(value ?? "", name);
    if (option.many) values.set(token.name, [...((values.get(token.name) as unknown[] | undefined) ?? []), result]);
    else if (values.has(token.name)) throw twice(name);
    else values.set(token.name, result);
  }
  for (const [name, { many }] of known) if (many && !values.has(name)) values.set(name, []);
  return { values: Object.fromEntries(values) as Values<O>, rest };
};

const unknownOption = (name: string, known: Iterable<string>, command: string): Diagnostic => {
  const near = nearest(name, known);
  return new Diagnostic("unknown-option", `There is no option --${name}.`, {
    help: near === undefined ? `chainrule ${command} --help lists the options` : `did you mean --${near}?`,
  });
};

const shortOption = (argument: string, command: string): Diagnostic => {
  const asProgram = `if it is a program, put -- in front: chainrule ${command} -- ${quote(argument)}`;
  const isNumber = Number.isFinite(Number(argument));
  return new Diagnostic("short-option", `The argument ${quote(argument)} begins with a minus, so it is read as an option.`, {
    help: isNumber ? `an input is written with its name, as x=${argument}` : `${asProgram}; options are written in full, as --json`,
  });
};

const missing = (name: string, { placeholder }: Option<unknown>): Diagnostic =>
  new Diagnostic("missing-value", `The option ${name} needs a value.`, { help: `write ${name} ${placeholder}` });

const needless = (name: string): Diagnostic =>
  new Diagnostic("needless-value", `The option ${name} takes no value.`, { help: `write ${name} alone` });

const twice = (name: string): Diagnostic =>
  new Diagnostic("option-twice", `The option ${name} is given twice.`, { help: "leave one of the two out" });
