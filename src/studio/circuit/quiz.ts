/** The quiz: gradients are asked for. */
import type { Circuit } from "../../explain/circuit.types.ts";

/** What has been answered, by the name of the node: rightly, wrongly, or the answer was shown. */
export type Answers = ReadonlyMap<string, "right" | "wrong" | "shown">;

export const noAnswers: Answers = new Map();

/** The names whose gradients are still hidden: a wrong answer may be tried again, and the output starts with its own. */
export const hiddenNames = (circuit: Circuit, answers: Answers): ReadonlySet<string> =>
  new Set(
    circuit.nodes
      .filter(({ name, index }) => index !== circuit.output && (answers.get(name) ?? "wrong") === "wrong")
      .map(({ name }) => name),
  );

/** `3 of 12 right` */
export const scoreText = (circuit: Circuit, answers: Answers): string => {
  const asked = circuit.nodes.length - 1;
  const right = [...answers.values()].filter((answer) => answer === "right").length;
  const shown = [...answers.values()].filter((answer) => answer === "shown").length;
  return `${right} of ${asked} right${shown === 0 ? "" : `, ${shown} shown`}`;
};
