/** What the gradient promises and what happens: one input moved a little (slide 9), or all of them along the gradient. */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { allocate, isFloat, type Value } from "../ir/dtype.ts";
import { significant } from "../check/report.ts";
import type { Observer } from "../run/interpret.ts";
import { createCircuit, withValues, type LiveCircuit } from "./circuit.ts";
import { entryNameAt, offsetOf, parseEntry } from "./entry-name.ts";
import { findInput } from "./inputs.ts";
import { shower } from "./numbers.ts";

/** One input moved by h: what the gradient promised, and what happened. */
export interface Nudge {
  /** The input, or the entry of one: `x`, `W[1,2]`. */
  readonly input: string;
  readonly h: number;
  readonly gradient: number;
  readonly before: number;
  /** before + h * gradient */
  readonly predicted: number;
  readonly actual: number;
  readonly sentence: string;
}

/** All inputs moved along the gradient. */
export interface Follow {
  readonly step: number;
  readonly inputs: readonly { readonly name: string; readonly before: Value; readonly after: Value }[];
  readonly before: number;
  /** before + step * the sum of all squared gradients */
  readonly predicted: number;
  readonly after: number;
  readonly sentence: string;
}

export interface NudgeOptions {
  /** Digits after the point; by default as many as tell the numbers apart. */
  readonly digits?: number | undefined;
  readonly observe?: Observer;
}

/** The circuit with the gradients of its output itself, whatever seed it is shown with. */
const plainGradients = (circuit: LiveCircuit): LiveCircuit => {
  const out = circuit.nodes[circuit.output]!;
  if (out.shape.length > 0) {
    throw new Diagnostic("not-a-scalar", `The output "${out.name}" has the shape ${shapeText(out.shape)}, so it does not go up or down as one number.`, {
      place: out.place,
      help: "sum() or mean() it in the function, or choose one entry",
    });
  }
  if (circuit.seed === 1) return circuit;
  const fresh = createCircuit(circuit.plan.draft);
  return withValues(fresh, new Map(circuit.inputs.map((index) => [index, circuit.nodes[index]!.value])));
};

const numberAt = (value: Value, at: number): number => (typeof value === "number" ? value : value[at]!);
const outputOf = (circuit: LiveCircuit): number => circuit.nodes[circuit.output]!.value as number;

/**
 * Moves one input (or one entry of it, `W[1,2]`) by `h` and compares the true value with f + h df/dx.
 * @throws Diagnostic `unknown-input`, `bad-entry`, `not-a-scalar`
 */
export const nudge = (circuit: LiveCircuit, input: string, h: number, options: NudgeOptions = {}): Nudge => {
  const at = parseEntry(input);
  const plain = plainGradients(circuit);
  const isWhole = plain.inputs.some((index) => plain.nodes[index]!.name === input);
  const node = findInput(plain, isWhole ? input : at.name);
  const offset = offsetOf(isWhole ? { name: input, index: [] } : at, node.shape);
  const gradient = numberAt(node.grad, offset);
  const moved = withValues(plain, new Map([[node.index, moveEntry(node.value, offset, h)]]), options.observe);
  const before = outputOf(plain);
  const predicted = before + h * gradient;
  const actual = outputOf(moved);
  const name = entryNameAt(node.name, offset, node.shape);
  const f = plain.nodes[plain.output]!.name;
  const show = shower(options.digits);
  const way = h < 0 ? `Decrease ${name} by ${show(-h)}` : `Increase ${name} by ${show(h)}`;
  const fine = options.digits === undefined ? exactly : show;
  const sentence =
    `${way}: ${f} changes by ${show(gradient)} h = ${show(h * gradient)}, says the gradient, ` +
    `from ${fine(before)} to ${fine(predicted)}. It becomes ${fine(actual)}: off by ${shower(undefined)(actual - predicted)}.`;
  return { input: name, h, gradient, before, predicted, actual, sentence };
};

const moveEntry = (value: Value, offset: number, h: number): Value => {
  if (typeof value === "number") return value + h;
  const copy = value.slice();
  copy[offset]! += h;
  return copy;
};

/** Enough digits to see what a small step does. */
const exactly = (x: number): string => significant(x, 10);

/**
 * One step of size `step` along the gradient on all inputs: each x becomes x + step df/dx, which makes the output larger.
 * @throws Diagnostic `not-a-scalar`
 */
export const follow = (circuit: LiveCircuit, step: number, options: NudgeOptions = {}): Follow => {
  const plain = plainGradients(circuit);
  const inputs = plain.inputs
    .map((index) => plain.nodes[index]!)
    .filter(({ node }) => isFloat(node.dtype))
    .map(({ index, name, value, grad, node }) => {
      if (typeof value === "number") return { index, name, before: value, after: value + step * (grad as number), squares: (grad as number) ** 2 };
      const after = allocate(node.dtype, value.length);
      let squares = 0;
      for (let i = 0; i < after.length; i++) {
        const slope = numberAt(grad, i);
        after[i] = value[i]! + step * slope;
        squares += slope ** 2;
      }
      return { index, name, before: value, after, squares };
    });
  const moved = withValues(plain, new Map(inputs.map(({ index, after }) => [index, after])), options.observe);
  const before = outputOf(plain);
  const predicted = before + step * inputs.reduce((sum, { squares }) => sum + squares, 0);
  const after = outputOf(moved);
  const show = options.digits === undefined ? exactly : shower(options.digits);
  const f = plain.nodes[plain.output]!.name;
  const moves = inputs.flatMap(({ name, before: from, after: to }) =>
    typeof from === "number" ? [`${name} ${show(from)} -> ${show(to as number)}`] : [`${name} (${from.length} numbers)`],
  );
  const sentence =
    `A step of ${step} along the gradient: ${moves.join(", ") || "no input moves"}. ` +
    `${f} was ${show(before)}; the gradient predicts ${show(predicted)}; it becomes ${show(after)}.`;
  return { step, inputs: inputs.map(({ name, before: from, after: to }) => ({ name, before: from, after: to })), before, predicted, after, sentence };
};
