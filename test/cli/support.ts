/** Runs the command: in this process where only its output matters, as a process of its own where that is the point. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { run } from "../../src/cli/run.ts";

export interface Setting {
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What standard input gives, chunk by chunk. */
  readonly input?: readonly string[];
  /** Whether the three streams are a terminal. */
  readonly terminal?: boolean;
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command in this process. */
export const chainrule = async (args: readonly string[], setting: Setting = {}): Promise<Outcome> => {
  const { folder = tmpdir(), env = {}, input = [], terminal = false } = setting;
  const written = { out: "", err: "" };
  const output = (name: "out" | "err") => ({
    write: (text: string) => void (written[name] += text),
    isTTY: terminal,
    columns: terminal ? 80 : undefined,
  });
  const chunks = async function* () {
    for (const chunk of input) yield new TextEncoder().encode(chunk);
  };
  const code = await run(args, { folder, env, in: { isTTY: terminal, chunks }, out: output("out"), err: output("err") });
  return { code, ...written };
};

/** A folder of its own for one test file. */
export const temporaryFolder = (files: Readonly<Record<string, string | Uint8Array>> = {}): string => {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-cli-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
};

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** The command as a process; `out` is a file descriptor that it writes to instead of a pipe. */
export const startProcess = (
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
  out: number | "pipe" = "pipe",
): ChildProcess => {
  const { NODE_TEST_CONTEXT: _, FORCE_COLOR: __, NO_COLOR: ___, ...inherited } = process.env;
  return spawn(process.execPath, [main, ...args], { cwd: folder, env: { ...inherited, ...env }, stdio: ["pipe", out, "pipe"] });
};

export interface Ended extends Outcome {
  readonly signal: NodeJS.Signals | null;
}

/** All that a process wrote, and how it ended. */
export const ended = async (child: ChildProcess): Promise<Ended> => {
  let [out, err] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
  return new Promise((resolve) => child.on("close", (code, signal) => resolve({ code: code ?? -1, signal, out, err })));
};

/** Splits an example of a help text as a shell would: at spaces that are not in double quotes. */
export const words = (line: string): string[] => Array.from(line.matchAll(/(?:"[^"]*"|[^\s"])+/g), ([word]) => word.replaceAll('"', ""));
