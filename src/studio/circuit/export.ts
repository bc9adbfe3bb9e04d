/** Files out of what the page shows. */
import type { LiveCircuit } from "../../explain/circuit.ts";
import { Explanation } from "../../explain/index.ts";
import { movesOf, stateAfter, type StepState } from "../../explain/moves.ts";
import { imageOf } from "../../explain/svg.ts";
import { createView } from "../../explain/view.ts";
import type { FileKind } from "../file-kinds.ts";
import { saved } from "../saving.ts";

/** What the page shows and hides. */
export interface Shown {
  readonly digits: number | undefined;
  /** What is known at the step where the scrubber stands; absent when both passes are done. */
  readonly state: StepState | undefined;
  /** Names whose gradients the quiz asks for. */
  readonly hidden: ReadonlySet<string>;
}

/** The file of one kind: the drawing as it stands, or the data of its contract, both passes and gradient check included. */
export const exported = (kind: FileKind, circuit: LiveCircuit, { digits, state, hidden }: Shown): Promise<Blob> =>
  saved(kind, {
    svg: (theme) => imageOf(createView(circuit, { digits }), theme, hidden.size > 0 ? asked(circuit, hidden) : state),
    data: () => {
      if (hidden.size > 0) throw new Error("it holds every answer of the quiz.");
      return [...new Explanation(circuit).jsonChunks()];
    },
  });

/** In a quiz both passes are done, but for what is asked; what a branch brings would be an answer. */
const asked = (circuit: LiveCircuit, hidden: ReadonlySet<string>): StepState => {
  const moves = movesOf(circuit);
  const { values, gradients, complete } = stateAfter(circuit, moves, moves.length);
  return {
    values,
    gradients: gradients.map((gradient, i) => (hidden.has(circuit.nodes[i]!.name) ? undefined : gradient)),
    complete,
    passed: circuit.nodes.map(() => false),
  };
};
