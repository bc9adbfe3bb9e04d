/**
 * What the command says to mistakes, as a table to be read aloud: the command line as a JSON array, the exit code, and
 * standard error. `UPDATE_GOLDEN=1` writes what is said now.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { chainrule } from "./support.ts";

interface Block {
  readonly args: readonly string[];
  readonly code: number;
  readonly err: string;
}

const blockOf = (text: string): Block => {
  const [args, code = "", ...err] = text.split("\n");
  return { args: JSON.parse(args!) as string[], code: Number(code.replace("exit ", "")), err: err.map((line) => `${line.slice(4)}\n`).join("") };
};

const textOf = ({ args, code, err }: Block): string =>
  [JSON.stringify(args), `exit ${code}`, ...err.trimEnd().split("\n").map((line) => `    ${line}`.trimEnd())].join("\n");

/** The tests of one table, with the command standing in `folder`. */
export const readAloud = async (golden: URL, folder: string): Promise<void> => {
  const blocks = readFileSync(golden, "utf8").trimEnd().split("\n\n").map(blockOf);

  /** What differs from machine to machine. */
  const settled = (text: string): string => text.replaceAll(folder, "FOLDER").replaceAll("\\", "/").replace(/[ \t]+$/gm, "");

  const said = async (args: readonly string[]): Promise<Block> => {
    const { code, out, err } = await chainrule(args, { folder });
    if (code === 2) assert.equal(out, "", `${args.join(" ")} printed something before it failed`);
    return { args, code, err: settled(err) };
  };

  if (process.env["UPDATE_GOLDEN"]) {
    const now: string[] = [];
    for (const { args } of blocks) now.push(textOf(await said(args)));
    writeFileSync(golden, `${now.join("\n\n")}\n`);
  }

  describe("what the command says to mistakes", () => {
    for (const block of blocks) {
      test(block.args.join(" "), async () => assert.equal(textOf(await said(block.args)), textOf(block)));
    }
    test("is one error each, with a code, and no stack", () => {
      for (const { args, code, err } of blocks) {
        if (code !== 2) continue;
        assert.equal(err.match(/error\[[a-z-]+\]: /g)?.length ?? err.match(/"error":/g)?.length, 1, args.join(" "));
        assert.doesNotMatch(err, /^\s+at /m, args.join(" "));
        assert.doesNotMatch(err, /internal-error/, args.join(" "));
      }
    });
  });
};
