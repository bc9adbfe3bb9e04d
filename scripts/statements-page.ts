/** The table of statements and the tests that hold them, as Markdown. */
import { statements } from "../test/statements.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|");

export const statementsPage = (): string =>
  [
    "# What holds, and which test says so",
    "",
    "Made from `test/statements.ts`; do not edit. `npm run generate` writes it again.",
    "",
    "The numbers are those of a list of 58 statements on what a system for backpropagation must do, after the public",
    "material of Stanford's CS231n (2015); here in our own words, as far as this version reaches. `npm run sabotage` breaks",
    "the code behind ten of them, drawn by a printed seed, and shows that a test named here turns red.",
    "",
    "| | statement | tests |",
    "|---|---|---|",
    ...statements.map(({ id, says, tests }) => {
      const named = tests.map(({ file, name }) => `[${cell(name).replace(/[[\]]/g, "\\$&")}](../${file})`);
      return `| ${id} | ${cell(says).replace(/[[\]]/g, "\\$&")} | ${named.join("<br>")} |`;
    }),
    "",
  ].join("\n");
