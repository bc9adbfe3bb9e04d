/** The texts of a drawing at one step: a number that is not computed yet has none. */
import type { DrawnBox } from "../../explain/drawing.ts";
import { shapeName } from "../../explain/numbers.ts";
import type { StepState } from "../../explain/moves.ts";
import type { View } from "../../explain/view.ts";
import type { Value } from "../../ir/dtype.ts";

export interface BoxTexts {
  readonly value: string | undefined;
  readonly gradient: string | undefined;
  /** Branches that still add to the gradient have not arrived. */
  readonly partial: boolean;
  /** For each port what the branch contributes; absent where the wire has no other branch, or it is not computed yet. */
  readonly contributions: readonly (string | undefined)[];
}

/** `state` is absent when both passes are done. */
export const boxTexts = (view: View, { node, value, gradient, ports }: DrawnBox, state: StepState | undefined): BoxTexts => {
  if (state === undefined) return { value, gradient, partial: false, contributions: ports.map(({ contribution }) => contribution) };
  const { index } = node;
  const text = (known: Value | undefined): string | undefined =>
    known === undefined ? undefined : typeof known === "number" ? view.show(known) : shapeName(node.shape);
  return {
    value: text(state.values[index]),
    gradient: text(state.gradients[index]),
    partial: state.gradients[index] !== undefined && !state.complete[index],
    contributions: ports.map(({ contribution }) => (state.passed[index] ? contribution : undefined)),
  };
};
