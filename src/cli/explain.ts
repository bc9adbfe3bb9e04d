/** `chainrule explain`: a circuit with the value and gradient of every wire, in whatever form is asked for. */
import { Diagnostic } from "../ir/diagnostic.ts";
import { errorText } from "../check/report.ts";
import type { Explanation } from "../explain/index.ts";
import { toText } from "../explain/text.ts";
import { loadCircuit, type Loaded, programHelp, programOptions } from "./circuit.ts";
import { common, type Context, defineCommand } from "./command.ts";
import { badValue, choice, flag, many, number, type Option, optionalFile, text, type Values, whole } from "./option.ts";
import { deliver, jsonText } from "./output.ts";
import { showSteps } from "./stepping.ts";

interface Nudged {
  readonly input: string;
  readonly h: number;
}

const nudged: Option<Nudged> = {
  takes: "value",
  placeholder: "x=0.01",
  help: "move one input, or an entry of one (W[1,2]=0.01), and compare what the gradient predicts with what happens",
  read: (value, name) => {
    const equals = value.lastIndexOf("=");
    const [input, h] = [value.slice(0, equals).trim(), value.slice(equals + 1).trim()];
    if (equals < 1 || h === "" || !Number.isFinite(Number(h))) throw badValue(name, "an input and a step, as in x=0.01", value);
    return { input, h: Number(h) };
  },
};

const options = {
  ...programOptions,
  entry: text({ placeholder: "W[1,2]", help: "show one entry of a tensor (D[0,1]), or of a gradient (dW[1,2]), as a circuit of numbers" }),
  group: flag("fold recognised chains of gates into one, such as 1/(1+exp(-x)) into sigmoid"),
  ungroup: flag("open written groups, such as sigmoid(x), into their gates"),
  stages: flag("fold each named line, with the gates that lead to it alone, into one gate, and rows of them where there are many"),
  digits: whole({ least: 0, most: 20, help: "digits after the point", standard: "four significant digits" }),
  all: flag("show every gate: also those of long circuits, and moves of numbers such as broadcasts"),
  "seed-gradient": number({ placeholder: "g", help: "the gradient that the output starts with", standard: "1" }),
  step: flag("one step at a time; on a terminal Enter shows the next"),
  nudge: many(nudged),
  follow: number({ placeholder: "0.01", help: "take one step of this size along the gradient, and compare before and after" }),
  code: choice(["ts", "python"], { help: "print staged forward and backward code that runs and gives the same numbers" }),
  svg: optionalFile([".svg"], { help: "draw the circuit, to a file or to standard output" }),
  html: optionalFile([".html", ".htm"], { help: "one page to step through the circuit, to a file or to standard output" }),
  save: text({ placeholder: "file", help: "write program and inputs to a file that explain reads again" }),
};

export const explainCommand = defineCommand({
  usage: "<program> [name=value ...] [options]",
  about: programHelp,
  options,
  examples: [
    { command: 'chainrule explain "(x+y)*z" x=-2 y=5 z=-4', says: "an expression" },
    {
      command: 'chainrule explain "1/(1+exp(-(w0*x0+w1*x1+w2)))" w0=2 x0=-1 w1=-3 x1=-2 w2=-3 --digits 2',
      says: "the sigmoid neuron, with the numbers as the course prints them",
    },
    { command: 'chainrule explain "(x+y)*z" x=-2 y=5 z=-4 --nudge x=0.01 --follow 0.01', says: "what the gradient promises, and what happens" },
    { command: 'chainrule explain --json -- "-x^2" x=1', says: "a program that begins with a minus, as JSON" },
    { command: "chainrule explain model.ts --function f x=-2 y=5 z=-4", says: "a function of a TypeScript file" },
    { command: 'chainrule explain "q = x + y; f = q * z" x=-2 y=5 z=-4 --html circuit.html', says: "a page to step through" },
  ],
  run: async ({ values, rest }, context) => {
    refuseTwoOutputs(values);
    const { io } = context;
    const { group, ungroup, stages, entry } = values;
    const shape = { seed: values["seed-gradient"], group: group ?? false, ungroup: ungroup ?? false, stages: stages ?? false, entry };
    const loaded = await loadCircuit("explain", rest, { inputs: values.inputs, function: values.function }, shape, io);
    for (const name of loaded.explanation.circuit.unused) {
      context.warn("unused-input", `The input "${name}" is not used by the program: its gradient is 0.`);
    }
    await show(loaded, values, context);
    return 0;
  },
});

type Given = Values<typeof options & typeof common>;

const isFile = (name: string | undefined): boolean => name !== undefined && name !== "" && name !== "-";

/** What would go to standard output; files are apart. */
const printed = (given: Given): string[] => {
  const tried = given.nudge.length > 0 || given.follow !== undefined;
  const forms: [string, boolean][] = [
    ["--save", given.save === "-"],
    ["--step", given.step === true],
    [given.nudge.length > 0 ? "--nudge" : "--follow", tried],
    ["--code", given.code !== undefined],
    ["--svg", given.svg !== undefined && !isFile(given.svg)],
    ["--html", given.html !== undefined && !isFile(given.html)],
  ];
  return forms.filter(([, asked]) => asked).map(([name]) => name);
};

const refuseTwoOutputs = (given: Given): void => {
  const names = printed(given);
  // Steps, nudges and the step along the gradient can be told as JSON as well.
  const asJson = names.length === 1 && ["--step", "--nudge", "--follow"].includes(names[0]!);
  if (given.json && names.length > 0 && !asJson) names.unshift("--json");
  if (names.length < 2) return;
  const drawing = names.find((name) => name === "--svg" || name === "--html");
  throw new Diagnostic("two-outputs", `${names.join(" and ")} would both be printed.`, {
    help: drawing === undefined ? "ask for one at a time" : `give the drawing a file: ${drawing}=circuit.${drawing.slice(2)}`,
  });
};

const show = async (loaded: Loaded, given: Given, context: Context): Promise<void> => {
  const { explanation } = loaded;
  const { io, style } = context;
  const { circuit } = explanation;
  const { digits, nudge, follow } = given;
  if (given.save !== undefined) {
    const { savedText } = await import("./save.ts");
    await deliver(savedText(loaded), given.save, context);
  }
  if (given.svg !== undefined) {
    const { toSVG } = await import("../explain/svg.ts");
    await deliver(toSVG(circuit, { digits, plumbing: given.all }), given.svg, context);
  }
  if (given.html !== undefined) {
    const { toHTML } = await import("../explain/html.ts");
    await deliver(toHTML(circuit, { digits, plumbing: given.all }), given.html, context);
  }
  const shown = printed(given);
  if (given.code !== undefined) io.out.write((await import("../explain/code.ts")).toCode(circuit, given.code));
  else if (given.step) await showSteps(explanation, { digits, colours: style, plumbing: given.all }, given.json === true, context);
  else if (nudge.length > 0 || follow !== undefined) {
    const nudges = nudge.map(({ input, h }) => explanation.nudge(input, h, { digits }));
    const followed = follow === undefined ? undefined : explanation.follow(follow, { digits });
    if (given.json) io.out.write(jsonText({ schema: 1, nudges, follow: followed }));
    else io.out.write([...nudges, ...(followed ? [followed] : [])].map(({ sentence }) => `${sentence}\n`).join(""));
  } else if (given.json) {
    for (const piece of explanation.jsonChunks()) await io.out.write(piece);
  } else if (shown.length === 0 && ![given.save, given.svg, given.html].some(isFile)) {
    // What is not used was said as a warning.
    const limit = given.all ? Infinity : undefined;
    io.out.write(toText({ ...circuit, unused: [] }, { digits, colours: style, limit, plumbing: given.all }));
    io.out.write(checkLine(explanation));
    if (io.out.isTTY) context.say(hintFor(circuit.nodes[circuit.inputs[0] ?? 0]!.name));
  }
};

/** Moving so many inputs through so many gates would take longer than anybody waits for one line. */
const mostMoves = 2_000_000;

const checkLine = (explanation: Explanation): string => {
  const { inputs, nodes } = explanation.circuit;
  if (inputs.length === 0) return "";
  if (inputs.length * nodes.length > mostMoves) return "\nGradient check: left out for so large a circuit; chainrule check does it.\n";
  const { verdict, worst, entries } = explanation.check();
  const what = entries.length === 1 ? "1 number" : `${entries.length} numbers`;
  return `\nGradient check against numerical slopes: ${verdict} (${what}, worst relative error ${errorText(worst)}).\n`;
};

const hintFor = (input: string): string =>
  `\nAsk further with --step, --nudge ${input}=0.01, --follow 0.01, --code ts, --html circuit.html; chainrule explain --help lists all.`;
