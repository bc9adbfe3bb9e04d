/** Training: the loop, the digits, and what is shown of them. */
export { confusionOf, confusionText, type Confusion } from "./confusion.ts";
export { digitsRecipe, trainDigits } from "./digits.ts";
export type { DigitsSettings, DoneEvent, StartEvent, TrainedDigits, TrainEvent } from "./digits.ts";
export { fit, measure, objective, type EpochEvent, type FitOptions, type Measure, type Task } from "./fit.ts";
export { diagnoseNotFinite } from "./not-finite.ts";
