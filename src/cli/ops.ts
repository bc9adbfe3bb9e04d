/** `chainrule ops`: the operations of the library, and a page for each, from the table alone. */
import { Diagnostic } from "../ir/diagnostic.ts";
import { nearest } from "../ir/nearest.ts";
import { documented, operationPage } from "../explain/docs.ts";
import { columns } from "../check/report.ts";
import { defineCommand } from "./command.ts";
import { jsonText } from "./output.ts";

export const opsCommand = defineCommand({
  usage: "[word]",
  about: ["Each page is Markdown: formula, local gradients, an example with its numbers, and code."],
  options: {},
  examples: [
    { command: "chainrule ops", says: "every operation with its formula" },
    { command: "chainrule ops sigmoid", says: "the page of one" },
  ],
  run: async ({ values, rest }, { io }) => {
    const [word, ...more] = rest;
    if (more.length > 0) {
      throw new Diagnostic("needless-argument", `chainrule ops tells about one operation, so "${more[0]}" is one too many.`, { help: "ask for one at a time" });
    }
    const entries = documented();
    if (word === undefined) {
      const list = entries.map(({ word: name, formula, says }) => ({ word: name, formula, says }));
      if (values.json) io.out.write(jsonText({ schema: 1, operations: list }));
      else io.out.write(columns([["word", "formula", "in the backward pass"], ...list.map((row) => [row.word, row.formula, row.says])], [0, 1, 2]).map((line) => `${line}\n`).join(""));
      return 0;
    }
    const entry = entries.find(({ word: name }) => name === word);
    if (entry === undefined) {
      const near = nearest(word, entries.map(({ word: name }) => name));
      throw new Diagnostic("unknown-operation", `There is no operation "${word}".`, { help: near === undefined ? "chainrule ops lists all" : `did you mean ${near}?` });
    }
    const page = operationPage(entry);
    io.out.write(values.json ? jsonText({ schema: 1, word, formula: entry.formula, says: entry.says, page }) : page);
    return 0;
  },
});
