/** The whole command as a function of its arguments and the outside world; `main.ts` gives it a process. */
import { Diagnostic } from "../ir/diagnostic.ts";
import { nearest } from "../ir/nearest.ts";
import { quote } from "../explain/language/quote.ts";
import { readArguments } from "./arguments.ts";
import { type Command, common, type ExitCode } from "./command.ts";
import { type Listed, commands } from "./commands.ts";
import type { Io } from "./io.ts";
import type { Options } from "./option.ts";
import { reportError, reportingOf, reportWarning } from "./report.ts";
import { styleFor } from "./style.ts";

const version = async (): Promise<string> =>
  (await import("../../package.json", { with: { type: "json" } })).default.version;

/** Runs one command line; the answer is its exit code. Never throws. */
export const run = async (args: readonly string[], io: Io): Promise<ExitCode> => {
  try {
    return await dispatch(args, io);
  } catch (error) {
    reportError(error, reportingOf(args, io), io);
    return 2;
  }
};

const helpWords = new Set(["help", "--help", "-h"]);
const versionWords = new Set(["version", "--version", "-v", "-V"]);

const dispatch = async (args: readonly string[], io: Io): Promise<ExitCode> => {
  const [first, ...rest] = args;
  if (first === undefined) {
    io.err.write((await import("./help.ts")).overview(commands));
    return 2;
  }
  if (versionWords.has(first)) {
    io.out.write(`${await version()}\n`);
    return 0;
  }
  if (helpWords.has(first)) {
    const topic = rest.find((word) => !word.startsWith("-"));
    const { commandHelp, overview } = await import("./help.ts");
    const asked = topic === undefined ? undefined : find(topic);
    io.out.write(asked === undefined ? overview(commands) : commandHelp(asked, await asked.load()));
    return 0;
  }
  const listed = find(first);
  const command = await listed.load();
  if (asksForHelp(rest)) {
    io.out.write((await import("./help.ts")).commandHelp(listed, command));
    return 0;
  }
  return start(listed.name, command, rest, io);
};

/** Help wins over whatever is wrong with the other arguments. */
const asksForHelp = (args: readonly string[]): boolean => {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).some((word) => word === "--help" || word === "-h");
};

const start = async (name: string, command: Command, args: readonly string[], io: Io): Promise<ExitCode> => {
  const options: Options = { ...command.options, ...common };
  const given = readArguments(args, options, name);
  const reporting = reportingOf(args, io);
  if (command.computes) (await import("./engine.ts")).useEngine(io);
  return command.run(given as never, {
    io,
    style: styleFor(io, io.out, reporting.plain),
    warn: (code, sentence) => reportWarning(code, sentence, reporting, io),
    fail: (error) => reportError(error, reporting, io),
    say: (line) => {
      if (!reporting.quiet && !reporting.json) io.err.write(`${line}\n`);
    },
  });
};

const find = (name: string): Listed => {
  const found = commands.find((command) => command.name === name);
  if (found !== undefined) return found;
  if (name.startsWith("-")) {
    throw new Diagnostic("no-command", `The option ${name} stands before the command.`, {
      help: 'give the command first, as in chainrule explain --json "x*y" x=2 y=3',
    });
  }
  const names = commands.map((command) => command.name);
  const near = nearest(name, names);
  // A formula or a file: the user forgot which command it is for.
  const isProgram = /[^\p{L}\p{N}_-]/u.test(name);
  throw new Diagnostic("unknown-command", `There is no command ${quote(name)}.`, {
    help: isProgram
      ? `to see a program's gradients: chainrule explain ${quote(name)}`
      : near === undefined
        ? `the commands are ${names.join(", ")}; chainrule --help tells more`
        : `did you mean chainrule ${near}?`,
  });
};
