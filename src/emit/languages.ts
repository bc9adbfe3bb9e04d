/**
 * What printers need to know of a language beyond the spelling of its gates: words that are no names, how numbers and
 * functions are written, how a program hands its numbers out. New gates need nothing here.
 */
import { numberSpelling } from "../ir/dtype.ts";
import { once } from "../ir/once.ts";

/** The languages that code is printed in. */
export type Language = "ts" | "python";

/** One assignment, e.g. `const dx = z * df`. */
export interface Line {
  readonly name: string;
  readonly text: string;
  /** Comments stand above their line. */
  readonly comment?: string;
  /** Adds to what the name holds. */
  readonly adds?: boolean;
  /** Later lines add to it. */
  readonly grows?: boolean;
  /** Index of the node of the circuit that the line is about, for whoever shows both. */
  readonly node?: number;
}

/** A line of a finished program. */
export interface ProgramLine {
  readonly text: string;
  readonly node: number | undefined;
}

/** A text of several lines, none of which is about a node. */
const plainLines = (text: string): ProgramLine[] => text.split("\n").map((line) => ({ text: line, node: undefined }));

export interface Parameter {
  readonly name: string;
  /** A truth value instead of a number. */
  readonly truth: boolean;
}

/** A whole program: functions it brings along, the passes, and the call with the inputs at hand. */
export interface ProgramParts {
  /** Remarks at the top, one line each. */
  readonly remarks: readonly string[];
  readonly prelude: readonly string[];
  readonly parameters: readonly string[];
  readonly body: readonly (Line | string)[];
  readonly value: string;
  /** Names of the inputs as the user knows them, and what holds the gradient of each. */
  readonly gradients: readonly (readonly [name: string, variable: string])[];
  readonly values: readonly number[];
  /** Whether a number that JSON cannot hold (NaN, Infinity, -0) will be printed. */
  readonly unusual: boolean;
}

export interface LanguageRules {
  /** Which text of a `Spelling` is meant. */
  readonly spelling: "js" | "python";
  /** Words that no name may be. */
  readonly reserved: () => readonly string[];
  /** Functions that are there without being declared. */
  readonly builtins: ReadonlySet<string>;
  /** A number that reads back as the same bits; `bare`: it meets a number that is no literal, and a point is not needed. */
  readonly number: (x: number, bare: boolean) => string;
  readonly truth: (x: boolean) => string;
  readonly toNumber: (text: string) => string;
  /** A comparison with 0; binds as comparisons do. */
  readonly toTruth: (text: string) => string;
  readonly functionText: (name: string, remark: string, parameters: readonly Parameter[], lines: readonly Line[], result: string) => string;
  readonly program: (parts: ProgramParts) => readonly ProgramLine[];
}

const widest = 100;

/** Items on one line if they fit there, else one a line. */
const list = (open: string, items: readonly string[], close: string, indent: string): string => {
  const flat = `${open}${items.join(", ")}${close}`;
  if (flat.length + indent.length <= widest) return flat;
  return [open.trimEnd(), ...items.map((item) => `${indent}    ${item},`), `${indent}${close.trimStart()}`].join("\n");
};

/** One line of a comment, whatever the user's names and texts hold. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ").trimEnd();

const isName = (name: string): boolean => /^[A-Za-z_][\w]*$/.test(name);

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");

/** The lines of both passes, indented, comments above them. */
const bodyLines = (body: ProgramParts["body"], indent: string, comment: string, write: (line: Line) => string): ProgramLine[] =>
  body.flatMap((line) => {
    if (typeof line === "string") return plainLines(line === "" ? "" : `${indent}${comment} ${oneLine(line)}`);
    const remark = line.comment === undefined ? [] : [`${indent}${comment} ${oneLine(line.comment)}`];
    return [...remark, `${indent}${write(line)}`].map((text) => ({ text, node: line.node }));
  });

const tsLine = (line: Line): string => {
  if (line.adds) return `${line.name} += ${line.text};`;
  return `${line.grows ? "let" : "const"} ${line.name} = ${line.text};`;
};

const ts: LanguageRules = {
  spelling: "js",
  reserved: once(() => words(`
    abstract any arguments as async await boolean break case catch class const continue debugger declare default delete do
    else enum eval export extends false finally for from function get if implements import in instanceof interface is
    let module namespace never new null number object of package private protected public return set static string
    super switch symbol this throw true try type typeof undefined unknown using var void while with yield
    Infinity JSON Math NaN Number Object String backprop console globalThis grads spell __proto__`)),
  builtins: new Set(["Number"]),
  number: numberSpelling,
  truth: String,
  toNumber: (text) => `Number(${text})`,
  toTruth: (text) => `${text} !== 0`,
  functionText: (name, remark, parameters, lines, result) => {
    const head = `// ${oneLine(remark)}\nconst ${name} = (${parameters.map((p) => `${p.name}: ${p.truth ? "boolean" : "number"}`).join(", ")}): number =>`;
    if (lines.length === 0) return `${head} ${result};`;
    return [`${head} {`, ...lines.map((line) => `  ${tsLine(line)}`), `  return ${result};`, "};"].join("\n");
  },
  program: ({ remarks, prelude, parameters, body, value, gradients, values, unusual }) => {
    const key = (name: string): string => (isName(name) && name !== "__proto__" ? name : `[${JSON.stringify(name)}]`);
    const grads = list("const grads = { ", gradients.map(([name, variable]) => `${key(name)}: ${variable}`), " };", "  ");
    const call = list("backprop(", values.map((x) => ts.number(x, false)), ")", "");
    const before = [
      ...remarks.map((remark) => `// ${oneLine(remark)}`),
      ...prelude.map((text) => `\n${text}`),
      "",
      `${list("export function backprop(", parameters.map((name) => `${name}: number`), ")", "")} {`,
    ];
    const after = [
      "",
      `  ${grads}`,
      `  return { value: ${value}, grads };`,
      "}",
      "",
      ...(unusual
        ? [
            "// JSON has no NaN, no Infinity and no -0: they are printed as strings.",
            "const spell = (_: string, x: unknown): unknown =>",
            '  Object.is(x, -0) ? "-0" : typeof x === "number" && !Number.isFinite(x) ? String(x) : x;',
            "",
            `console.log(JSON.stringify(${call}, spell));`,
          ]
        : [`console.log(JSON.stringify(${call}));`]),
      "",
    ];
    return [...before.flatMap(plainLines), ...bodyLines(body, "  ", "//", tsLine), ...after.flatMap(plainLines)];
  },
};

const pythonLine = (line: Line): string => `${line.name} ${line.adds ? "+=" : "="} ${line.text}`;

const pythonNumber = (x: number, bare: boolean): string => {
  if (Number.isNaN(x)) return "math.nan";
  if (!Number.isFinite(x)) return x > 0 ? "math.inf" : "-math.inf";
  if (Object.is(x, -0)) return "-0.0";
  const text = String(x);
  return bare || /[.e]/.test(text) ? text : `${text}.0`;
};

const python: LanguageRules = {
  spelling: "python",
  reserved: once(() => words(`
    False None True and as assert async await break case class continue def del elif else except finally for from global
    if import in is lambda match nonlocal not or pass raise return try type while with yield _
    abs any backprop dict float grads isinstance json key math max min print spell str ArithmeticError OverflowError ValueError
    __name__ __debug__`)),
  builtins: new Set(["abs", "max", "min", "float"]),
  // Whole numbers of Python are exact however large they are: only small ones mean the same as a float.
  number: (x, bare) => pythonNumber(x, bare && Math.abs(x) < 2 ** 53),
  truth: (x) => (x ? "True" : "False"),
  toNumber: (text) => `float(${text})`,
  toTruth: (text) => `${text} != 0`,
  functionText: (name, remark, parameters, lines, result) =>
    [
      `# ${oneLine(remark)}`,
      `def ${name}(${parameters.map((p) => p.name).join(", ")}):`,
      ...lines.map((line) => `    ${pythonLine(line)}`),
      `    return ${result}`,
    ].join("\n"),
  program: ({ remarks, prelude, parameters, body, value, gradients, values, unusual }) => {
    const grads = list("grads = {", gradients.map(([name, variable]) => `${JSON.stringify(name)}: ${variable}`), "}", "    ");
    const call = list("backprop(", values.map((x) => python.number(x, false)), ")", "    ");
    const spell = [
      "# JSON has no NaN, no Infinity and no -0: they are printed as strings.",
      "def spell(x):",
      "    if isinstance(x, dict):",
      "        return {name: spell(number) for name, number in x.items()}",
      '    if x == 0 and math.copysign(1, x) < 0:',
      '        return "-0"',
      '    return "NaN" if x != x else x if math.isfinite(x) else "Infinity" if x > 0 else "-Infinity"',
    ].join("\n");
    const before = [...prelude, ...(unusual ? [spell] : [])];
    const open = `${list("def backprop(", parameters, ")", "")}:`;
    const after = [
      "",
      `    ${grads}`,
      `    return {"value": ${value}, "grads": grads}`,
      "",
      "",
      `if __name__ == "__main__":\n    print(json.dumps(${unusual ? `spell(${call})` : call}))`,
      "",
    ];
    const lines = bodyLines(body, "    ", "#", pythonLine);
    const mathematics = [...before, open, ...lines.map(({ text }) => text), ...after].some((text) => text.includes("math."));
    const head = [...remarks.map((remark) => `# ${oneLine(remark)}`), "import json", ...(mathematics ? ["import math"] : []), "", ""];
    return [...[...head, ...before.map((text) => `${text}\n\n`), open].flatMap(plainLines), ...lines, ...after.flatMap(plainLines)];
  },
};

/** What is known of each language. */
export const languages: Readonly<Record<Language, LanguageRules>> = { ts, python };
