/** What the page shows as data to keep: every number in full. */
import { jsonText } from "../saving.ts";
import type { Measured } from "./classifier.ts";
import type { ClassifierState, Parameters } from "./state.ts";

const numbersOf = ({ w, b }: Parameters) => ({ W: w, b });

/** As JSON text. */
export const classifierJSON = (state: ClassifierState, measured: Measured): string =>
  jsonText({
    loss: state.loss,
    regularizationStrength: state.strength,
    stepSize: state.stepSize,
    updates: state.updates,
    parameters: numbersOf(state),
    gradient: numbersOf(measured.gradient),
    dataGradient: numbersOf(measured.dataGradient),
    dataLoss: measured.dataLoss,
    regularizationLoss: measured.penalty,
    totalLoss: measured.loss,
    points: state.points.map((point, i) => ({ ...point, scores: measured.scores[i], predicted: measured.predicted[i], loss: measured.losses[i] })),
  });
