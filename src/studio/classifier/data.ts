/** What the page shows as data to keep: every number in full. */
import { linkNumber } from "../link-number.ts";
import type { Measured } from "./classifier.ts";
import type { ClassifierState, Parameters } from "./state.ts";

const numbersOf = ({ w, b }: Parameters) => ({ W: w.map((row) => row.map(linkNumber)), b: b.map(linkNumber) });

/** As JSON text; what JSON cannot say (NaN, infinities, minus zero) is a string. */
export const classifierJSON = (state: ClassifierState, measured: Measured): string =>
  `${JSON.stringify(
    {
      loss: state.loss,
      regularizationStrength: state.strength,
      stepSize: state.stepSize,
      updates: state.updates,
      parameters: numbersOf(state),
      gradient: numbersOf(measured.gradient),
      dataGradient: numbersOf(measured.dataGradient),
      dataLoss: linkNumber(measured.dataLoss),
      regularizationLoss: linkNumber(measured.penalty),
      totalLoss: linkNumber(measured.loss),
      points: state.points.map((point, i) => ({
        ...point,
        scores: measured.scores[i]!.map(linkNumber),
        predicted: measured.predicted[i],
        loss: linkNumber(measured.losses[i]!),
      })),
    },
    undefined,
    2,
  )}\n`;
