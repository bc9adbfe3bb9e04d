/** The texts of a drawing at one step, on a page and in a file: a number that is not computed yet has none. */
import type { CircuitNode } from "./circuit.types.ts";
import { contributionsOf, type DrawnBox } from "./drawing.ts";
import { shapeName } from "./numbers.ts";
import type { StepState } from "./moves.ts";
import type { View } from "./view.ts";
import type { Value } from "../ir/dtype.ts";

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
  const node = view.circuit.nodes[box.node.index]!;
  const isPassed = state === undefined || state.passed[node.index]!;
  return { ...nodeTexts(view, node, state), contributions: isPassed ? contributionsOf(view, box) : box.ports.map(() => undefined) };
};

/** What stands for a number that nobody knows yet. */
export const unknown = "?";

export const gradientText = ({ gradient, partial }: NodeTexts): string => (gradient === undefined ? unknown : `${gradient}${partial ? " …" : ""}`);
