/**
 * Finds the examples of a Markdown page or of the docstrings of a source file, and turns the code blocks into files
 * in which every line keeps its number, so that whatever fails names the line of the page itself.
 */

export interface Block {
  readonly file: string;
  /** Line of the first line inside the fence, counted from 1. */
  readonly line: number;
  /** First word after the fence; `ts`, `js` and `sh` are run. */
  readonly language: string;
  /** The other words: `file=model.ts`, `continued`, `exits=2`. */
  readonly options: ReadonlyMap<string, string>;
  readonly text: string;
  /** What a following `text` block says is printed. */
  readonly output: string | undefined;
}

export interface Page {
  readonly blocks: readonly Block[];
  /** What is wrong with the page before anything runs, as `file:line: sentence`. */
  readonly problems: readonly string[];
}

const runs = new Set(["ts", "js", "sh"]);
const shown = new Set(["text", "json", "html", "css", "csv", "svg", "mermaid", "python"]);

const fence = /^(\s*)(`{3,}|~{3,})\s*(\S*)\s*(.*)$/;

export const readPage = (file: string, markdown: string): Page => {
  const blocks: Block[] = [];
  const problems: string[] = [];
  const lines = markdown.split(/\r?\n/);
  let blankSince = true;
  for (let at = 0; at < lines.length; at++) {
    const [open, indent, marks, language, words] = fence.exec(lines[at]!) ?? [];
    if (open === undefined) {
      blankSince &&= lines[at]!.trim() === "";
      continue;
    }
    const line = at + 2;
    const body: string[] = [];
    for (at++; at < lines.length && lines[at]!.trim() !== marks; at++) {
      body.push(lines[at]!.startsWith(indent!) ? lines[at]!.slice(indent!.length) : lines[at]!.trimStart());
    }
    if (at === lines.length) problems.push(`${file}:${line - 1}: the fence is never closed`);
    const text = body.join("\n");
    const last = blocks.at(-1);
    if (language === "text" && blankSince && last && runs.has(last.language) && last.output === undefined) {
      blocks[blocks.length - 1] = { ...last, output: text };
    } else if (!runs.has(language!) && !shown.has(language!)) {
      problems.push(`${file}:${line - 1}: a block is one of ${[...runs, ...shown].join(", ")}, not "${language}"`);
    }
    const options = new Map(words!.split(/\s+/).flatMap((word) => (word ? [splitOption(word)] : [])));
    blocks.push({ file, line, language: language!, options, text, output: undefined });
    blankSince = true;
  }
  // A block marked `entry` is a file of operations: test/ops/one-entry.test.ts puts it into a copy of the source tree.
  return { blocks: blocks.filter(({ language, options }) => runs.has(language) && !options.has("entry")), problems };
};

const splitOption = (word: string): [string, string] => {
  const [name, ...value] = word.split("=");
  return [name!, value.join("=")];
};

/** The same for the docstrings of a source file, where the text of an `@example` may also stand without a fence. */
export const readDocstrings = (file: string, source: string): Page => {
  const lines = source.split("\n").map(() => "");
  const problems: string[] = [];
  for (const { 0: comment, index } of source.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const first = source.slice(0, index).split("\n").length - 1;
    const stripped = comment.split("\n").map((line) => line.replace(/^\s*(?:\/\*\*|\*(?!\/)) ?/, "").replace(/\s*\*\/$/, ""));
    fenceBareExamples(stripped).forEach((line, offset) => {
      lines[first + offset] = line;
      if (/^\s*@example\s+\S/.test(line)) problems.push(`${file}:${first + offset + 1}: an @example starts on its own line`);
    });
  }
  const page = readPage(file, lines.join("\n"));
  return { blocks: page.blocks, problems: [...problems, ...page.problems] };
};

/** Puts the fences that readers of docstrings are used to leave out where the tag and the end of its text stand. */
const fenceBareExamples = (comment: readonly string[]): readonly string[] => {
  const lines = [...comment];
  for (const [at, line] of comment.entries()) {
    if (line.trim() !== "@example") continue;
    const next = comment.findIndex((text, later) => later > at && text.trim() !== "");
    if (next < 0 || fence.test(comment[next]!)) continue;
    const end = comment.findIndex((text, later) => later > at && text.startsWith("@"));
    lines[at] = "```ts";
    if (end >= 0) lines[end] = "```";
    else if (lines.at(-1)!.trim() === "") lines[lines.length - 1] = "```";
    else lines.push("```");
  }
  return lines;
};

export interface CodeFile {
  readonly file: string;
  readonly line: number;
  /** Name inside the page's own folder. */
  readonly name: string;
  readonly code: string;
  readonly output: string | undefined;
}

/**
 * The files that the `ts` and `js` blocks of a page become. A `continued` block starts with the lines of the one
 * before it. A statement followed by `// => value`, or by a comment that is a JSON value, is compared with it.
 * `offered` maps names to the module that exports them: a block without any import of its own gets those it uses.
 */
export const codeFiles = (
  blocks: readonly Block[],
  expectFrom: string,
  offered: ReadonlyMap<string, string>,
): readonly CodeFile[] => {
  const files: CodeFile[] = [];
  let lines: string[] = [];
  for (const { file, line, language, options, text, output } of blocks) {
    if (language === "sh") continue;
    if (!options.has("continued")) lines = [importsFor(text, new Map([["$expect", expectFrom], ...offered]))];
    text.split("\n").forEach((code, offset) => {
      lines[line - 1 + offset] = compareShown(code, `${file}:${line + offset}`);
    });
    const code = `${Array.from(lines, (row = "") => row).join("\n")}\n`;
    files.push({ file, line, name: options.get("file") ?? `line-${line}.${language}`, code, output });
  }
  return files;
};

/** Names that an example gives to values of its own. */
const declaredIn = (text: string): readonly string[] =>
  [...text.matchAll(/\b(?:const|let|function)\s+(\w+|\{[^}]*\}|\[[^\]]*\])/g)].flatMap(([, names]) => names!.match(/\w+/g) ?? []);

const importsFor = (text: string, offered: ReadonlyMap<string, string>): string => {
  const words = new Set(/^\s*import\b/m.test(text) ? [] : text.match(/[\w$]+/g));
  for (const name of declaredIn(text)) words.delete(name);
  return [...offered]
    .filter(([name]) => name === "$expect" || words.has(name))
    .map(([name, from]) => `import { ${name} } from ${JSON.stringify(from)};`)
    .join(" ");
};

const shownValue = /^\s*(?:(?:const|let) (\w+)(?:: .+?)? = .+|(.+?));\s*\/\/ (=> )?(.*)$/;

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const compareShown = (code: string, place: string): string => {
  const [, declared, expression, arrow, value] = shownValue.exec(code) ?? [];
  if (arrow === undefined && code.includes("// =>")) {
    throw new Error(`${place}: "// =>" stands behind one whole statement, on one line`);
  }
  if (value === undefined || (arrow === undefined && !isJson(value))) return code;
  const what = declared ?? /^console\.log\((.*)\)$/.exec(expression!)?.[1] ?? expression;
  const check = `$expect(${JSON.stringify(place)}, ${JSON.stringify(value)}, ${what});`;
  return declared === undefined ? check : `${code.slice(0, code.lastIndexOf("//"))}${check}`;
};
