/** Search for settings: where to look, one trial, and what the trials say. */
export { judge, ranked, type Border, type FinishedTrial, type Trial, type Verdict } from "./judge.ts";
export { gridPoints, isLog, randomPoints, shareOf, valueAt } from "./space.ts";
export type { Choices, Dimension, NumberRange, Point, Space } from "./space.ts";
export { runTrial, scoreOf, withoutTest, type Failed, type Finished, type TrialResult } from "./trial.ts";
