/** Local gradients as formulas that people read, such as `-1 / d^2`. */
import { asArray, type Value } from "../ir/dtype.ts";
import { NodeMap } from "../ir/node-map.ts";
import { type Level, levels, type Node } from "../ir/node.ts";
import { chain } from "../ops/forms/gate.ts";
import { constantValue } from "../ops/forms/source.ts";
import type { LocalRule } from "./local.ts";
import { shower } from "./numbers.ts";

/** Numbers that belong to a formula are written as they are, whatever digits its values are shown with. */
const show = shower(undefined);

interface Written {
  readonly text: string;
  readonly level: Level;
}

/** A formula that says more than its value would; longer ones only hide it. */
const longest = 48;

/**
 * The local gradient of one operand as a formula of the operands, `undefined` where it is a plain number, where the gate
 * routes instead of multiplying, or where it would be too long. Choices are written as the side that was taken, unless the
 * formula is meant for every entry of a tensor and the choice depends on the entry.
 */
export const localFormula = (
  rule: LocalRule,
  position: number,
  operands: readonly string[],
  output: string,
  numbers: readonly number[],
  everyEntry = false,
): string | undefined => {
  const back = rule.back[position];
  if (back === undefined || back.op !== chain.op || back.src[1] !== rule.upstream) return undefined;
  const values = new NodeMap<Value>();
  rule.at(numbers, (node, value) => values.set(node, value));
  const names = new NodeMap<Written>(rule.holes.map((hole, i) => [hole, atom(operands[i] ?? show(numbers[i]!))] as const));
  names.set(rule.gate, atom(output));
  const written = write(back.src[0]!, names, { values, everyEntry });
  return written.text.length > longest || isNumber(written) ? undefined : written.text;
};

/** A small graph as one formula, each given node as the text that stands for it. */
export const graphFormula = (root: Node, given: Iterable<readonly [Node, string]>): string => {
  const names = new NodeMap<Written>();
  for (const [node, text] of given) names.set(node, atom(text));
  return write(root, names, { values: new NodeMap(), everyEntry: true }).text;
};

const atom = (text: string): Written => ({ text, level: "call" });
const isNumber = ({ text }: Written): boolean => /^-?[\d.]+(e[-+]?\d+)?$/.test(text);

interface Context {
  readonly values: NodeMap<Value>;
  readonly everyEntry: boolean;
}

/** Bottom up over a small graph; what does not hang on an operand is written as its number. */
const write = (root: Node, names: NodeMap<Written>, context: Context): Written => {
  const done = new NodeMap<Written>();
  const open = [root];
  while (open.length > 0) {
    const node = open.at(-1)!;
    const number = constantValue(node);
    const known = names.get(node) ?? (number === undefined ? undefined : atom(show(number)));
    const waiting = known ? [] : neededBy(node, done, context).filter((src) => !done.has(src));
    if (waiting.length > 0) {
      open.push(...waiting);
      continue;
    }
    open.pop();
    if (known) {
      done.set(node, known);
      continue;
    }
    const needed = neededBy(node, done, context);
    const parts = needed.map((src) => done.get(src)!);
    done.set(node, needed.length < node.src.length ? parts.at(-1)! : combine(node, parts, context));
  }
  return done.get(root)!;
};

/** The operands to write: of a choice that is settled only the side that was taken. */
const neededBy = (node: Node, done: NodeMap<Written>, { values, everyEntry }: Context): readonly Node[] => {
  if (node.op.spelling?.level !== "choice") return node.src;
  const [condition, yes, no] = node.src as readonly [Node, Node, Node];
  const text = done.get(condition);
  if (everyEntry && text === undefined) return [condition, yes, no];
  if (everyEntry && !isNumber(text!)) return node.src;
  return [asArray(values.get(condition)!, "bool")[0] === 0 ? no : yes];
};

const combine = (node: Node, parts: readonly Written[], { values }: Context): Written => {
  const value = values.get(node);
  if (typeof value === "number" && parts.every(isNumber)) return atom(show(value));
  if (node.op.plumbing) return parts[0]!;
  const { spelling } = node.op;
  if (!spelling) return atom(`${node.op.name}(${parts.map(({ text }) => text).join(", ")})`);
  const level = spelling.level ?? "call";
  if (level === "choice" && parts[1]?.text === parts[2]?.text) return parts[1]!;
  if (level === "power" && parts[1]?.text === "1") return parts[0]!;
  const fits = (part: Written, i: number): string => {
    const loose = levels.indexOf(part.level) < levels.indexOf(level);
    // What stands right of - or / needs parentheses also at the same level; a sign before a quotient does not.
    const isFirst = i === 0 && spelling.js.startsWith("$0");
    const same = !isFirst && part.level === level && level !== "call";
    const signed = part.text.startsWith("-") && (level === "power" || (level === "product" && !isFirst) || level === "unary");
    const bare = level === "call" || (level === "unary" && part.level === "product");
    return (loose || same || signed) && !bare ? `(${part.text})` : part.text;
  };
  const texts = parts.map(fits);
  const text = spelling.js
    .replace(/Math\./g, "")
    .replace(/ \*\* /g, "^")
    .replace(/\$(\d|\*)/g, (_, which: string) => (which === "*" ? texts.join(", ") : (texts[Number(which)] ?? "")));
  return { text, level };
};
