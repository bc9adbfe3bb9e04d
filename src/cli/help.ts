/** Help, printed from the commands' own tables: it cannot promise an option that is not there. */
import { type Command, common } from "./command.ts";
import type { Option, Options } from "./option.ts";

const width = 100;

interface Titled {
  readonly name: string;
  readonly summary: string;
}

/** Breaks a paragraph into lines that fit behind an indentation. */
const wrap = (text: string, indent: number): string => {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${" ".repeat(indent)}`);
};

const spelled = (name: string, { takes, placeholder }: Option<unknown>): string => {
  if (takes === "nothing") return `--${name}`;
  return takes === "value" ? `--${name} <${placeholder}>` : `--${name}[=${placeholder}]`;
};

const optionLines = (options: Options): string => {
  const rows = Object.entries(options).map(([name, option]) => [spelled(name, option), option] as const);
  const column = 4 + Math.max(...rows.map(([left]) => left.length));
  return rows
    .map(([left, { help, standard }]) => {
      const right = standard === undefined ? help : `${help} (default: ${standard})`;
      return `  ${left.padEnd(column - 2)}${wrap(right, column)}\n`;
    })
    .join("");
};

/** `chainrule explain --help`. */
export const commandHelp = ({ name, summary }: Titled, { usage, about, options, examples }: Command): string => {
  const own = Object.fromEntries(Object.entries(options).filter(([option]) => !(option in common)));
  return [
    `${wrap(`chainrule ${name}: ${summary}`, 0)}\n`,
    `Usage: chainrule ${name} ${usage}\n`,
    ...about.map((paragraph) => `${wrap(paragraph, 0)}\n`),
    `Examples:\n${examples.map(({ command, says }) => `  ${command}\n      ${wrap(says, 6)}\n`).join("")}`,
    ...(Object.keys(own).length > 0 ? [`Options:\n${optionLines(own)}`] : []),
    `Options of every command:\n${optionLines(common)}`,
  ].join("\n");
};

/** `chainrule --help`. */
export const overview = (commands: readonly Titled[]): string => {
  const column = 4 + Math.max(...commands.map(({ name }) => name.length));
  const list = commands.map(({ name, summary }) => `  ${name.padEnd(column - 2)}${wrap(summary, column)}\n`).join("");
  return [
    "chainrule: see, prove and train with every gradient of your own computation\n",
    "Usage: chainrule <command> [arguments] [options]\n",
    `Commands:\n${list}`,
    'Example:\n  chainrule explain "(x+y)*z" x=-2 y=5 z=-4\n',
    "chainrule <command> --help tells more about each; chainrule --version prints the version.\n",
  ].join("\n");
};
