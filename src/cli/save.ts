/** A circuit as a program file: a text program as it was written, a function of numbers as one stage for each gate. */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { numberSpelling } from "../ir/dtype.ts";
import { type Circuit, type CircuitNode, functionWords } from "../explain/index.ts";
import { isName } from "../explain/language/characters.ts";
import { writeProgramFile } from "../explain/language/program-file.ts";
import type { Loaded } from "./circuit.ts";

/** @throws Diagnostic `cannot-save` */
export const savedText = ({ program, inputs, explanation }: Loaded): string => {
  if (program.kind === "text") return writeProgramFile(program.text, inputs);
  const { circuit } = explanation;
  const names = namesOf(circuit);
  const given = circuit.inputs.map((index) => [names[index]!, scalar(circuit.nodes[index]!)] as const);
  return writeProgramFile(stagesOf(circuit, names), given);
};

const cannotSave = (why: string): Diagnostic =>
  new Diagnostic("cannot-save", `This function cannot be saved as a program: ${why}.`, {
    help: "keep it in its file, and its inputs as JSON for --inputs",
  });

const scalar = ({ name, shape, value }: CircuitNode): number => {
  if (typeof value === "number") return value;
  throw cannotSave(`${name} has the shape ${shapeText(shape)}, and in a program every name is one number`);
};

/** What nodes are called where names are words: `%1` becomes t1, `net[0].w` net_0_w. */
const namesOf = ({ nodes }: Circuit): string[] => {
  const taken = new Set(nodes.filter(({ name }) => isName(name)).map(({ name }) => name));
  return nodes.map(({ name }) => {
    if (isName(name)) return name;
    const plain = name.replace(/^%/, "t").replace(/[^\p{L}\p{N}_]+/gu, "_").replace(/^(?=\p{N})|_$/gu, "");
    const base = isName(plain) ? plain : "t";
    let free = base;
    for (let n = 1; taken.has(free); n++) free = `${base}_${n}`;
    taken.add(free);
    return free;
  });
};

const stagesOf = ({ nodes, output }: Circuit, names: readonly string[]): string => {
  const words = functionWords();
  const lines: string[] = [];
  for (const node of nodes.slice(0, output + 1)) {
    const value = scalar(node);
    if (node.kind === "input" && node.index !== output) continue;
    const operands = node.operands.map((operand) => ("at" in operand ? names[operand.at]! : literal(operand.literal)));
    let right = names[node.index]!;
    if (node.kind === "constant") right = literal(value);
    if (node.kind === "gate") {
      if (!words.has(node.op)) throw cannotSave(`the language has no word for ${node.op}`);
      right = `${node.op}(${operands.join(", ")})`;
    }
    lines.push(node.kind === "input" ? right : `${names[node.index]} = ${right}`);
  }
  return lines.join("\n");
};

const literal = (value: number): string => {
  if (Number.isFinite(value)) return numberSpelling(value);
  throw cannotSave(`it holds the number ${value}`);
};
