/**
 * One gate alone: its backward rule against its own numbers, at given operands. This finds the gate behind a gradient
 * that is wrong somewhere in a circuit, as the lecture does: check the parts.
 */
import { asArray, copyOf, isFloat, type Value } from "../ir/dtype.ts";
import type { Node } from "../ir/node.ts";
import { indexAt, sizeOf } from "../ir/shape.ts";
import type { Shape } from "../ir/shape.types.ts";
import { builder } from "../api/builder.ts";
import { input } from "../ops/forms/source.ts";
import { backThrough } from "../passes/differentiate.ts";
import { interpret } from "../run/interpret.ts";
import { differences } from "./differences.ts";
import { Draw } from "./draw.ts";
import { near, rounding } from "./entry.ts";
import { Probe } from "./probe.ts";

/** One gate's rule against its own numbers. */
export interface NodeCheck {
  /** How many numbers were compared. */
  readonly compared: number;
  /** How many lay at a kink, where a difference says nothing. */
  readonly kinks: number;
  /** The first entry of an operand whose gradient is wrong. */
  readonly wrong: { readonly operand: number; readonly entry: readonly number[]; readonly analytic: number; readonly numeric: number } | undefined;
}

/**
 * The rule of one node (its gradient for each operand) against differences, for a random upstream gradient.
 * @param inputs values of the node's operands
 * @param samples entries looked at in every operand
 */
export const checkNode = (node: Node, inputs: readonly Value[], samples = 5, seed = 0): NodeCheck => {
  const draw = new Draw(seed, 1);
  const operands = node.src.map((src) => input(src.shape, src.dtype, src.name));
  const alone = node.withSources(operands);
  const upstream = input(node.shape, node.dtype);
  const given = random(draw, node.shape);
  const back = backThrough(alone, upstream, builder);
  const values = inputs.map(copyOf);
  const feeds = new Map<Node, Value>([...operands.map((operand, i) => [operand, values[i]!] as const), [upstream, given]]);
  const present = back.filter((gradient) => gradient !== undefined);
  const analytics = interpret(present, feeds);
  const probe = new Probe([alone], operands);
  probe.set(values, [given]);
  let compared = 0;
  let kinks = 0;
  for (const [i, operand] of operands.entries()) {
    if (!isFloat(operand.dtype)) continue;
    const gradient = back[i];
    const analytic = gradient && asArray(analytics[present.indexOf(gradient)]!, operand.dtype);
    const x = asArray(values[i]!, operand.dtype);
    for (const entry of draw.sample(x.length, samples)) {
      const line = probe.along(i, entry);
      const h = 1e-4 * Math.max(0.01, Math.abs(x[entry]!));
      if (line.crossed(-2 * h, 2 * h)) {
        kinks++;
        continue;
      }
      const a = analytic?.[entry] ?? 0;
      const numeric = differences.extrapolated(line.change, h);
      if (!Number.isFinite(numeric)) continue;
      compared++;
      if (near(a, numeric, 1e-6, 4 * rounding(line, h))) continue;
      return { compared, kinks, wrong: { operand: i, entry: indexAt(entry, operand.shape), analytic: a, numeric } };
    }
  }
  return { compared, kinks, wrong: undefined };
};

/**
 * For a linear node T the two numbers <T t, r> and <t, T'r>, T' being its backward rule, of random t and r. They differ by
 * rounding alone, whatever T is: a sharper test than any difference. The numbers have few digits, exact in float32 too.
 */
export const adjoint = (node: Node, seed = 0): readonly [forward: number, backward: number] => {
  const draw = new Draw(seed, 4);
  const sixteenths = (shape: Shape): Value =>
    shape.length === 0 ? draw.below(129) / 16 - 4 : Float64Array.from({ length: sizeOf(shape) }, () => draw.below(129) / 16 - 4);
  const operands = node.src.map((src) => input(src.shape, src.dtype));
  const alone = node.withSources(operands);
  const upstream = input(node.shape, node.dtype);
  const back = backThrough(alone, upstream, builder);
  const present = back.filter((gradient) => gradient !== undefined);
  const given = operands.map((operand) => sixteenths(operand.shape));
  const r = sixteenths(node.shape);
  const feeds = new Map<Node, Value>([...operands.map((operand, i) => [operand, inType(given[i]!, operand)] as const), [upstream, inType(r, node)]]);
  const [out, ...gradients] = interpret([alone, ...present], feeds);
  const dot = (a: Value, b: Value): number => {
    const [x, y] = [asArray(a, "float64"), asArray(b, "float64")];
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
    return sum;
  };
  const backward = back.reduce((sum, gradient, i) => (gradient ? sum + dot(given[i]!, gradients[present.indexOf(gradient)]!) : sum), 0);
  return [dot(out!, r), backward];
};

const inType = (value: Value, { dtype }: Node): Value => (typeof value === "number" || dtype !== "float32" ? value : Float32Array.from(value));

const random = (draw: Draw, shape: Shape): Value =>
  shape.length === 0 ? draw.normal() : Float64Array.from({ length: sizeOf(shape) }, () => draw.normal());
