/** The texts of a drawing at one step: a number that is not computed yet has none. */
import type { CircuitNode } from "../../explain/circuit.types.ts";
import type { DrawnBox } from "../../explain/drawing.ts";
import { shapeName } from "../../explain/numbers.ts";
import type { StepState } from "../../explain/moves.ts";
import type { View } from "../../explain/view.ts";
import type { Value } from "../../ir/dtype.ts";

/** The numbers of one node. */
export interface NodeTexts {
  readonly value: string | undefined;
  readonly gradient: string | undefined;
  /** Branches that still add to the gradient have not arrived. */
  readonly partial: boolean;
}

export interface BoxTexts extends NodeTexts {
  /** For each port what the branch contributes; absent where the wire has no other branch, or it is not computed yet. */
  readonly contributions: readonly (string | undefined)[];
}

/** `state` is absent when both passes are done. */
export const nodeTexts = (view: View, { index, value, grad, shape }: CircuitNode, state: StepState | undefined): NodeTexts => {
  const text = (known: Value | undefined): string | undefined =>
    known === undefined ? undefined : typeof known === "number" ? view.show(known) : shapeName(shape);
  if (state === undefined) return { value: text(value), gradient: text(grad), partial: false };
  const known = state.gradients[index];
  return { value: text(state.values[index]), gradient: text(known), partial: known !== undefined && !state.complete[index] };
};

/** The same for a box and its wires, which has its finished numbers already. */
export const boxTexts = (view: View, { node, value, gradient, ports }: DrawnBox, state: StepState | undefined): BoxTexts => {
  const contributions = ports.map(({ contribution }) => (state === undefined || state.passed[node.index] ? contribution : undefined));
  return state === undefined ? { value, gradient, partial: false, contributions } : { ...nodeTexts(view, node, state), contributions };
};
