/** The texts of a drawing at one step: a number that is not computed yet has none. */
import type { CircuitNode } from "../../explain/circuit.types.ts";
import { numbersOf, type DrawnBox } from "../../explain/drawing.ts";
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

/** The same for a box and its wires. The box may have been drawn at other inputs. */
export const boxTexts = (view: View, box: DrawnBox, state: StepState | undefined): BoxTexts => {
  const { value, gradient, contributions } = numbersOf(view, box);
  if (state === undefined) return { value, gradient, partial: false, contributions };
  const node = view.circuit.nodes[box.node.index]!;
  return { ...nodeTexts(view, node, state), contributions: contributions.map((contribution) => (state.passed[node.index] ? contribution : undefined)) };
};

/** What an answer to the quiz was. */
type Mark = "right" | "wrong" | "shown" | undefined;

/**
 * What stands at a box: its value, its gradient, and for each port the contribution of its branch, nothing where there is
 * no other. A gradient that is `asked` for hides, and so do all branches in a quiz.
 */
export const numberWords = ({ ports }: DrawnBox, { value, gradient, partial, contributions }: BoxTexts, asked: boolean, mark: Mark, quiz: boolean): readonly (string | undefined)[] => [
  value ?? "?",
  asked ? (mark === "wrong" ? "? ✗" : "?") : gradient === undefined ? "?" : `${gradient}${partial ? " …" : ""}${mark === "right" ? " ✓" : ""}`,
  ...ports.map(({ contribution }, k) => (contribution === undefined ? undefined : quiz ? "" : (contributions[k] ?? "?"))),
];
