/** States of folds in code: numbers that grow out of what is taken in, for each vector of its own. */
import type { FoldLine } from "../../ir/kernel.ts";
import type { Mask, Num } from "../../ir/lanes.types.ts";
import type { FunctionBuilder } from "../wasm/function.ts";
import type { Variable } from "../wasm/values.ts";
import type { LaneCode, Typed } from "./lane-code.ts";

/** For each vector the numbers of a state. */
export type State = readonly (readonly Variable[])[];

export const begin = (f: FunctionBuilder, { fold }: FoldLine, code: LaneCode, vectors: number): State => {
  const type = code.count > 1 ? "v128" : code.width === 32 ? "f32" : "f64";
  return Array.from({ length: vectors }, () => fold.init.map((init) => f.variable(type, code.k.parts(code.k.constant(init))[0] as never) as Variable));
};

export const numbersOf = (parts: readonly Variable[], { k }: LaneCode): readonly Num[] => parts.map((part) => k.ofParts([part]));

/** Takes another state into one; only where `held`, if that is given. */
export const combine = (f: FunctionBuilder, { fold }: FoldLine, state: readonly Variable[], other: readonly Num[], code: LaneCode, held?: Mask): void => {
  const { k } = code;
  const current = numbersOf(state, code);
  const next = fold.combine(k, current, other).map((part, i) => k.parts(held === undefined ? part : k.select(held, part, current[i]!))[0]!);
  next.forEach((part, i) => f.set(state[i]!, part as never));
};

/** The states of all vectors as one, in a fixed order: neighbours first, the lanes at last; the result in every lane. */
export const together = ({ fold }: FoldLine, state: State, code: LaneCode): readonly Num[] => {
  let states = state.map((parts) => numbersOf(parts, code));
  while (states.length > 1) states = states.flatMap((s, i) => (i % 2 === 1 ? [] : i + 1 < states.length ? [fold.combine(code.k, s, states[i + 1]!)] : [s]));
  return code.across(states[0]!, (s, t) => fold.combine(code.k, s, t));
};

export const result = ({ fold, dtype }: FoldLine, state: readonly Num[], code: LaneCode): Typed => code.folded(state[fold.out]!, dtype);
