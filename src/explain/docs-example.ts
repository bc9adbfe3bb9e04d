/** One operation on operands that are easy to follow: the nodes, their gradients and the numbers. */
import { builder } from "../api/builder.ts";
import { isFloat, type Value } from "../ir/dtype.ts";
import type { Node } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";
import { operandType } from "../check/points.ts";
import { buildOn } from "../check/subject.ts";
import type { EntryInfo, Sample } from "../ops/forms/entry.ts";
import { constant, input } from "../ops/forms/source.ts";
import { entries } from "../ops/table.ts";
import { differentiate } from "../passes/differentiate.ts";
import { pushForward } from "../passes/forward.ts";
import { interpret } from "../run/interpret.ts";

export interface Example {
  readonly sample: Sample;
  readonly operands: readonly Node[];
  readonly names: readonly string[];
  readonly out: Node;
  /** What arrives at the output, and what flows back to each operand, `undefined` where nothing does. */
  readonly upstream: Node;
  readonly back: readonly (Node | undefined)[];
}

/** Operands and node of one sample. */
export const exampleOf = (entry: EntryInfo, sample: Sample): Example => {
  const names = operandNames(entry, sample);
  const operands = sample.operands.map((operand, i) => {
    const { shape, dtype } = operandType(operand);
    return input(shape, dtype, names[i]!);
  });
  const out = buildOn(entry, operands, sample.options ?? []);
  const upstream = input(out.shape, isFloat(out.dtype) ? out.dtype : "float64", "g");
  if (!entry.differentiable) return { sample, operands, names, out, upstream, back: operands.map(() => undefined) };
  const { of } = differentiate(new Map([[out, upstream]]), operands, builder);
  const back = operands.map((node) => (isFloat(node.dtype) ? of.get(node) : undefined));
  return { sample, operands, names, out, upstream, back };
};

/** How a call of the entry with these operands looks. */
export const callText = (
  entry: EntryInfo,
  name: string,
  operands: readonly string[],
  options: readonly unknown[],
): string => {
  const rest = options.map((option) => optionText(option));
  if (entry.operands === "list") return `${name}(${[`[${operands.join(", ")}]`, ...rest].join(", ")})`;
  return `${name}(${(entry.operands === "rest" ? [...rest, ...operands] : [...operands, ...rest]).join(", ")})`;
};

const optionText = (x: unknown): string => {
  if (Array.isArray(x)) return `[${x.map(optionText).join(", ")}]`;
  if (typeof x !== "object" || x === null) return JSON.stringify(x);
  return `{ ${Object.entries(x).map(([key, value]) => `${key}: ${optionText(value)}`).join(", ")} }`;
};

/** Names of functions in a formula are no operands. */
const words = new Set(Object.values(entries).map(({ word }) => word));

/** The letters of the entry's own formula where it shows all operands; else what a group calls them, or x, y, z. */
const operandNames = (entry: EntryInfo, { operands, options = [] }: Sample): readonly string[] => {
  const count = operands.length;
  const found = entry.formula.match(/[A-Za-z_]+\b(?!\()/g) ?? [];
  const letters = [...new Set(found)].filter((word) => word !== "e" && !words.has(word));
  if (letters.length === count) return letters;
  if (entry.op?.form !== "body") return ["x", "y", "z", "u", "v", "w"].slice(0, count);
  const made = buildOn(entry, operands.map(operandType).map(({ shape, dtype }) => input(shape, dtype)), options);
  return made.op.body!(made).params.slice(0, count).map(({ name }) => name!);
};

export interface ExampleNumbers {
  readonly operands: readonly Value[];
  readonly value: Value;
  readonly upstream: Value;
  readonly back: readonly (Value | undefined)[];
}

/** Those of these that the entry does not leave out are taken. */
const points: readonly (readonly number[])[] = [[-1.5, 0.5, 2, -1, 4], [2, 0.5, 3, 1, 4], [0.5, 0.25, 0.75, 0.1, 0.9]];

/**
 * Numbers for the `which`-th example: operands from a fixed list, a gradient of 1 at a number and of 1, 2, 3, ... at a
 * tensor.
 */
export const numbersOf = (entry: EntryInfo, example: Example, which: number): ExampleNumbers => {
  const { operands, out, upstream, back, sample } = example;
  const point = points.filter((numbers) => !entry.excluded.some(({ where }) => where(...numbers)))[which]!;
  let next = 0;
  const values = operands.map((node, i): Value => {
    const { below = 2 } = operandType(sample.operands[i]!);
    const one = (): number => {
      const at = next++;
      if (node.dtype === "bool") return 1;
      return isFloat(node.dtype) ? point[at % point.length]! : (at + 1) % below;
    };
    return node.shape.length === 0 ? one() : Float64Array.from({ length: sizeOf(node.shape) }, one);
  });
  const given: Value = out.shape.length === 0 ? 1 : Float64Array.from({ length: sizeOf(out.shape) }, (_, i) => i + 1);
  const feeds = new Map<Node, Value>(operands.map((node, i) => [node, values[i]!]));
  feeds.set(upstream, given);
  const wanted = back.filter((node) => node !== undefined);
  const [value, ...found] = interpret([out, ...wanted], feeds) as [Value, ...Value[]];
  return { operands: values, value, upstream: given, back: back.map((node) => node && found[wanted.indexOf(node)]!) };
};

/** What can be derived from an entry: whether there is anything to it, tried out. */
export interface Reach {
  readonly first: boolean;
  readonly second: "yes" | "zero" | "no";
  readonly forward: boolean;
}

export const reachOf = ({ operands, out, back }: Example): Reach => {
  const slopes = back.filter((node) => node !== undefined);
  if (slopes.length === 0) return { first: false, second: "no", forward: false };
  const ones = (nodes: readonly Node[]) => new Map(nodes.map((node) => [node, constant(1, node.shape, node.dtype)] as const));
  const { of } = differentiate(ones(slopes), operands, builder);
  const tangent = pushForward([out], ones(operands.filter((node) => isFloat(node.dtype))), builder).get(out);
  return { first: true, second: operands.some((node) => of.has(node)) ? "yes" : "zero", forward: tangent !== undefined };
};
