/** The points at which every operation is tried, and which of them its entry may leave out. */
import { allocate, asArray, type DType, type Value } from "../ir/dtype.ts";
import { sizeOf, stridesOf } from "../ir/shape.ts";
import type { Shape } from "../ir/shape.types.ts";
import type { EntryInfo, OperandSample } from "../ops/forms/entry.ts";
import type { Draw } from "./draw.ts";

export interface OperandType {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Whole numbers are drawn below this. */
  readonly below: number;
}

export const operandType = (sample: OperandSample): OperandType =>
  "shape" in sample ? { below: 2 ** 31, ...sample } : { shape: sample, dtype: "float64", below: 0 };

/** Ways to draw a float, one point of each for every sample. At a tie all elements of all operands are one number. */
const kinds = {
  normal: (draw: Draw) => () => draw.normal(),
  small: (draw: Draw) => () => draw.sign() * 10 ** draw.between(-2, -1),
  large: (draw: Draw) => () => draw.sign() * draw.between(4, 16),
  special: (draw: Draw) => () => [-2, -1, -0.5, 0, 0.5, 1, 2][draw.below(7)]!,
  tie: (draw: Draw) => {
    const all = draw.normal();
    return () => all;
  },
  zero: () => () => 0,
} as const;

export type PointKind = keyof typeof kinds;
export const pointKinds = Object.keys(kinds) as PointKind[];

const drawPoint = (types: readonly OperandType[], kind: PointKind, draw: Draw): Value[] => {
  const float = kinds[kind](draw);
  return types.map(({ shape, dtype, below }) => {
    const values = allocate(dtype, sizeOf(shape));
    for (let i = 0; i < values.length; i++) {
      values[i] = dtype === "bool" ? draw.below(2) : below > 0 ? draw.below(below) : float();
    }
    return shape.length === 0 ? values[0]! : values;
  });
};

/** Operands that meet in one element, for each element of the result; empty where operands do not broadcast. */
const tuples = (types: readonly OperandType[], values: readonly Value[], shape: Shape): number[][] => {
  const strides = types.map(({ shape: own }) => {
    const steps = stridesOf(own);
    const lead = shape.length - own.length;
    return shape.map((_, i) => (i < lead || own[i - lead] === 1 ? 0 : steps[i - lead]!));
  });
  const steps = stridesOf(shape);
  return Array.from({ length: sizeOf(shape) }, (_, k) =>
    types.map(({ dtype }, j) => {
      let at = 0;
      shape.forEach((n, i) => (at += (Math.floor(k / steps[i]!) % n) * strides[j]![i]!));
      return asArray(values[j]!, dtype)[at]!;
    }),
  );
};

/** What was left out and why. */
export interface LeftOut {
  readonly why: string;
  readonly operands: readonly number[];
}

const tries = 400;

/** A point that the entry does not exclude, if one was found; what it excluded on the way goes to `leftOut`. */
export const admissible = (
  entry: EntryInfo,
  types: readonly OperandType[],
  shape: Shape,
  kind: PointKind,
  draw: Draw,
  leftOut: LeftOut[],
): Value[] | undefined => {
  for (let i = 0; i < tries; i++) {
    const values = drawPoint(types, kind, draw);
    if (entry.excluded.length === 0) return values;
    const out = tuples(types, values, shape).flatMap((operands): LeftOut[] => {
      const reason = entry.excluded.find(({ where }) => where(...operands));
      return reason ? [{ why: reason.why, operands }] : [];
    });
    if (out.length === 0) return values;
    leftOut.push(...out);
    // The same numbers come again: nothing is gained by more tries.
    if (kind === "zero") return undefined;
  }
  return undefined;
};
