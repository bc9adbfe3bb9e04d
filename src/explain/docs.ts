/**
 * A page for each operation, from its entry alone: whoever adds an operation writes no documentation, and what the page
 * says is what runs. Formulas are the gradient graphs, numbers are computed, code is printed.
 */
import { shapeText } from "../ir/diagnostic.ts";
import { topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Body, FormName, Node, Op } from "../ir/node.ts";
import type { Value } from "../ir/dtype.ts";
import type { Shape } from "../ir/shape.types.ts";
import { CodeWriter, needsHelper, variable, type Written } from "../emit/code.ts";
import type { Language } from "../emit/languages.ts";
import type { EntryInfo } from "../ops/forms/entry.ts";
import { chain } from "../ops/forms/gate.ts";
import { constant } from "../ops/forms/source.ts";
import { entries } from "../ops/table.ts";
import { Tensor } from "../trace/tensor.ts";
import { callText, exampleOf, numbersOf, reachOf, type Example } from "./docs-example.ts";
import { formulasOf, type Formulas } from "./docs-formulas.ts";
import { shower } from "./numbers.ts";
import { cell } from "./cell.ts";

interface Chapter {
  readonly title: string;
  readonly holds: string;
  /** Absent: what is written with other operations. */
  readonly form?: FormName;
}

const chapters: readonly Chapter[] = [
  { title: "Gates", form: "gate", holds: "One number out of a few, element by element; shapes broadcast." },
  {
    title: "Groups",
    form: "body",
    holds: "A circuit of other operations as one gate, often with a stable form and a simpler gradient.",
  },
  { title: "Folds", form: "fold", holds: "Many numbers into one along axes; all axes by default." },
  { title: "Spellings", holds: "Written with other operations; they have no gradient of their own to get wrong." },
];

const languages: readonly { readonly name: string; readonly language: Language; readonly fence: string }[] = [
  // Fragments of a program, so nothing that a page could run.
  { name: "TypeScript", language: "ts", fence: "text" },
  { name: "Python", language: "python", fence: "python" },
];

const show = shower(undefined);

/** Every operation that a user can call, in the order of its form and word. */
export const documented = (): EntryInfo[] =>
  Object.values<EntryInfo>(entries)
    .filter(({ internal }) => !internal)
    .sort((a, b) => (a.word < b.word ? -1 : 1));

/** The name of the function and the method. */
const functionName = ({ word }: EntryInfo): string => word.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

const hasMethod = (entry: EntryInfo): boolean => functionName(entry) in Tensor.prototype;

/** The page of all operations, as Markdown. */
export const operationsPage = (entries: readonly EntryInfo[] = documented()): string => {
  const made = "Made from the table of operations; do not edit. `npm run generate` writes it again.";
  const parts = ["# Operations", "", made, "", operationsIndex(entries)];
  for (const { title, holds, form } of chapters) {
    const own = entries.filter(({ op }) => op?.form === form);
    if (own.length > 0) parts.push(`## ${title}`, "", holds, "", ...own.map(operationPage));
  }
  return parts.join("\n");
};

/** What there is of each operation: one row for each. */
export const operationsIndex = (entries: readonly EntryInfo[] = documented()): string => {
  const rows = entries.map((entry) => {
    const example = exampleOf(entry, entry.samples()[0]!);
    const { first, second, forward } = reachOf(example);
    const name = functionName(entry);
    const mark = (yes: boolean): string => (yes ? "yes" : "-");
    return [
      `[\`${name}\`](#${entry.word})`,
      mark(hasMethod(entry)),
      entry.arity ? `\`${entry.word}\`` : "-",
      first ? "yes" : "stops",
      first ? second : "-",
      mark(forward),
      ...languages.map(({ language }) => mark(codeOf(example, language) !== undefined)),
    ];
  });
  return [
    "Every function takes tensors, numbers and nested arrays. A *word* can also be called in the language of circuits.",
    "Orders 1 and 2 are gradients and gradients of gradients (*zero*: the gradient does not depend on the operands;",
    "*stops*: no gradient passes), *forward* is forward mode; the last columns say whether it can be printed as scalar",
    "code. `chainrule check --ops` compares each with numbers.",
    "",
    ...markdownTable(["function", "method", "word", "order 1", "order 2", "forward", ...languages.map(({ name }) => name)], rows),
    "",
  ].join("\n");
};

/** Everything about one operation, as a section of Markdown. */
export const operationPage = (entry: EntryInfo): string => {
  const example = exampleOf(entry, entry.samples()[0]!);
  const scalar = entry.arity !== undefined || (entry.op?.form === "gate" && example.out.shape.length === 0);
  const sections = [
    [`### ${entry.word}`],
    [`${code(entry.formula)} - ${entry.says}.`],
    callLines(entry),
    bodyLines(example),
    scalar ? gateLines(entry, example) : tensorGradientLines(example),
    exampleLines(entry, example),
    noteLines(entry, example),
  ];
  return `${sections.filter((lines) => lines.length > 0).map((lines) => lines.join("\n")).join("\n\n")}\n`;
};

/** Text as code, also inside a table. */
const code = (text: string): string => `\`${text}\``;
const inTable = (text: string): string => text.replaceAll("|", "\\|");

const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => {
  const line = (cells: readonly string[]): string => `| ${cells.map(inTable).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line)];
};

const fenced = (language: string, text: string): string[] => [`\`\`\`${language}`, text, "```"];

/** How it is called, and what shapes come out. */
const callLines = (entry: EntryInfo): string[] => {
  const name = functionName(entry);
  const sample = entry.samples()[0]!;
  const { names: own } = exampleOf(entry, sample);
  const call = (operands: readonly string[]): string => callText(entry, name, operands, sample.options ?? []);
  const ways = [`function ${code(call(own))}`];
  if (hasMethod(entry)) ways.push(`method ${code(`${own[0]}.${call(own.slice(1))}`)}`);
  if (entry.arity) ways.push(`word ${code(`${entry.word}(${own.join(", ")})`)} of circuits, ${arityText(entry.arity)}`);
  const pattern = entry.op?.pattern;
  const lines = [`Called as ${ways.join(", ")}.${pattern && !entry.says.startsWith(pattern) ? ` Pattern: ${pattern}.` : ""}`];
  if (entry.arity) return lines;
  const rows = entry.samples().map((each) => {
    const { operands, names, out } = exampleOf(entry, each);
    const typeText = ({ shape, dtype }: Node): string => `${shapeText(shape)}${dtype === "float64" ? "" : ` ${dtype}`}`;
    const shapes = operands.map((node, i) => `${names[i]} ${typeText(node)}`);
    return [code(callText(entry, name, names, each.options ?? [])), shapes.join(", "), shapeText(out.shape)];
  });
  return [...lines, "", ...markdownTable(["call", "operands", "result"], rows)];
};

const arityText = ({ min, max }: { readonly min: number; readonly max: number }): string => {
  const count = min === max ? String(min) : max === Infinity ? `${min} or more` : `${min} to ${max}`;
  return `${count} operand${count === "1" ? "" : "s"}`;
};

/** A group's circuit, and the one that is run where that is another. */
const bodyLines = ({ out, names }: Example): string[] => {
  if (!out.op.body || !out.op.lowered) return [];
  const plain = stepsText(bodyFormulas(out.op.body(out), names), ["y"]);
  const stable = stepsText(bodyFormulas(out.op.lowered(out), names), ["y"]);
  const gates = ["Gate by gate:", "", ...fenced("text", plain)];
  return plain === stable ? gates : [...gates, "", "What is run, equal and stable:", "", ...fenced("text", stable)];
};

const bodyFormulas = ({ params, out }: Body, names: readonly string[]): Formulas =>
  formulasOf([out], params.map((param, i) => [param, names[i] ?? param.name ?? `p${i + 1}`] as const));

const stepsText = ({ steps, texts }: Formulas, results: readonly string[]): string =>
  [...steps, ...texts.map((text, i) => `${results[i]} = ${text}`)].join("\n");

/** A gate's local gradient, or, where the rule is no product with one, all that flows back. */
interface Slope {
  readonly label: string;
  readonly node: Node;
}

const slopesOf = ({ back, names, upstream }: Example): Slope[] =>
  back.flatMap((node, i): Slope[] => {
    if (node === undefined) return [];
    if (node === upstream) return [{ label: `local gradient in ${names[i]}`, node: constant(1, [], "float64") }];
    const isProduct = node.op === chain.op && node.src[1] === upstream;
    if (isProduct) return [{ label: `local gradient in ${names[i]}`, node: node.src[0]! }];
    return [{ label: `gradient of ${names[i]}, when g arrives`, node }];
  });

const givenNames = ({ operands, names, out, upstream }: Example): [Node, string][] => [
  ...operands.map((node, i): [Node, string] => [node, names[i]!]),
  [out, names.includes("y") ? "f" : "y"],
  [upstream, "g"],
];

const outputName = (example: Example): string => givenNames(example).at(-2)![1];

/** Value and local gradients of a gate of numbers, as formula and in code. */
const gateLines = (entry: EntryInfo, example: Example): string[] => {
  const slopes = slopesOf(example);
  const given = givenNames(example);
  const formulas = formulasOf(slopes.map(({ node }) => node), given);
  const stages = languages.map(({ language }) => codeOf(example, language));
  const inCode = (of: (stage: Stage) => string): string[] => stages.map((stage) => (stage ? code(of(stage)) : "-"));
  const rows = slopes.map(({ label }, i) => [label, code(formulas.texts[i]!), ...inCode((stage) => stage.slopes[i]!)]);
  const value = [`value ${outputName(example)}`, code(entry.formula), ...inCode((stage) => stage.value)];
  const lines = markdownTable(["", "formula", ...languages.map(({ name }) => name)], [value, ...rows]);
  if (formulas.steps.length > 0) lines.push("", `where ${formulas.steps.map(code).join(", ")}.`);
  languages.forEach(({ fence }, i) => {
    const prelude = stages[i]?.prelude ?? "";
    if (prelude !== "") lines.push("", ...fenced(fence, prelude));
  });
  return lines;
};

/** What flows back through an operation on whole tensors. */
const tensorGradientLines = (example: Example): string[] => {
  const roots = example.back.flatMap((node, i) => (node === undefined ? [] : [{ node, name: `d${example.names[i]}` }]));
  // What only moves numbers is said in words, and its example shows it.
  if (roots.every(({ node }) => node.op.form === "view")) return [];
  const text = stepsText(formulasOf(roots.map(({ node }) => node), givenNames(example)), roots.map(({ name }) => name));
  const when = `when the gradient g arrives at ${outputName(example)}`;
  const head = `Back, ${when} (shapes as in the first call; sums and repeats along axes not shown):`;
  return [head, "", ...fenced("text", text)];
};

interface Stage {
  readonly value: string;
  readonly slopes: readonly string[];
  /** Functions and lines that these refer to. */
  readonly prelude: string;
}

/** Lines of a function that is worth reading here; longer ones (the error function) are numerics of their own. */
const longestFunction = 20;

/** The operation in a language, by the printer of code; `undefined` where it has no scalar code. */
const codeOf = (example: Example, language: Language): Stage | undefined => {
  const { out, operands } = example;
  // Printers write circuits of numbers: everything here that is none has no code.
  if (topological([out]).some((node) => node.shape.length > 0)) return undefined;
  const slopeNodes = slopesOf(example).map(({ node }) => node);
  const writer = new CodeWriter(language, helpedIn([out, ...slopeNodes], language));
  const given = new NodeMap<Written>();
  for (const [node, name] of givenNames(example)) {
    if (node !== out) given.set(node, { ...variable(writer.names.take(name)), truth: node.dtype === "bool" });
  }
  const value = writer.write([out], given, writer.names, false);
  given.set(out, variable(writer.names.take(outputName(example))));
  const slopes = writer.write(slopeNodes, given, writer.names, true);
  const assign = (name: string, text: string): string => (language === "ts" ? `const ${name} = ${text};` : `${name} = ${text}`);
  const lines = [...value.lines, ...slopes.lines].map(({ name, text }) => assign(name, text));
  const functions = writer.prelude.filter((text) => text.split("\n").length <= longestFunction);
  const prelude = [...functions, ...(lines.length > 0 ? [lines.join("\n")] : [])].join("\n\n");
  return operands.length === 0 ? undefined : { value: value.texts[0]!, slopes: slopes.texts.map((text) => text!), prelude };
};

/** What has no spelling of its own in a language, at ordinary numbers. */
const helpedIn = (roots: readonly Node[], language: Language): Set<Op> => {
  const helped = new Set<Op>();
  const open = [...roots];
  for (let root = open.pop(); root !== undefined; root = open.pop()) {
    for (const node of topological([root])) {
      if (needsHelper(node.op, language, [1, 2], 1)) helped.add(node.op);
      if (node.op.lowered) open.push(node.op.lowered(node).out);
    }
  }
  return helped;
};

/** Numbers at one point. */
const exampleLines = (entry: EntryInfo, example: Example): string[] => {
  const isKinked = example.out.op.branch !== undefined && example.out.shape.length === 0;
  if (!isKinked) return [exampleLine(entry, example, 0)];
  return [0, 1].map((which) => `- ${exampleLine(entry, example, which)}`);
};

const exampleLine = (entry: EntryInfo, example: Example, which: number): string => {
  const { operands, value, upstream, back } = numbersOf(entry, example, which);
  const shaped = (x: Value, i: number): string => `${example.names[i]} = ${numberText(x, example.operands[i]!.shape)}`;
  const at = operands.map(shaped).join(", ");
  const call = callText(entry, functionName(entry), example.names, example.sample.options ?? []);
  const found = back.flatMap((x, i) => (x === undefined ? [] : [`d${shaped(x, i)}`])).join(", ");
  const arriving = typeof upstream === "number" ? "" : `with g = ${numberText(upstream, example.out.shape)} arriving, `;
  const flows = found === "" ? "no gradient passes" : `${arriving}${found}`;
  return `Example: at ${at}: ${code(`${call} = ${numberText(value, example.out.shape)}`)}; ${flows}.`;
};

/** Up to a dozen numbers, row by row; more are told by their span. */
const numberText = (value: Value, shape: Shape): string => {
  if (typeof value === "number" || value.length > 12) return cell(value, show);
  let texts = Array.from(value, show);
  for (const size of [...shape].reverse()) {
    const rows = texts.length / size;
    texts = Array.from({ length: rows }, (_, i) => `[${texts.slice(i * size, (i + 1) * size).join(", ")}]`);
  }
  return texts[0]!;
};

/** Kinks, points left out, chains that are recognised. */
const noteLines = (entry: EntryInfo, { out }: Example): string[] => {
  const notes: string[] = [];
  const nodes = topological([out, ...(out.op.body ? [out.op.body(out).out] : [])]);
  if (nodes.some(({ op }) => op.branch)) notes.push("Has kinks, where pieces meet: a gradient check that crosses one says so.");
  for (const { why } of entry.excluded) notes.push(`The check leaves points out: ${why}.`);
  const [recognised] = entry.recognisable ?? [];
  if (recognised) notes.push(`Recognised in chains of gates by \`compile\` and \`--group\`: ${recognised.why}.`);
  return notes.map((note) => `- ${note}`);
};
