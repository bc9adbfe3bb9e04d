/** Training: plans, the loop, and what is shown of them. */
export { activations, type Activation, type ActivationName, type Layer } from "./activations.ts";
export { confusionOf, confusionText, type Confusion } from "./confusion.ts";
export { fit, startAt, type EpochEvent, type FitOptions, type Position, type StepEvent } from "./fit.ts";
export { readCheckpoint, writeCheckpoint, writeWeights, type Checkpoint } from "./checkpoint.ts";
export { applyNetwork, network, type Hidden, type Network } from "./network.ts";
export { diagnoseNotFinite } from "./not-finite.ts";
export { identityOf, runFiles, type Arithmetic, type DataSource, type RunSettings, type Source } from "./run.ts";
export { openSealed, sealTensors } from "./sealed.ts";
export { checkSettings, lrAt, optimizerOf, recipeOf, settingsFor } from "./settings.ts";
export type { OptimizerName, ScheduleName, Settings } from "./settings.ts";
export { dataLoss, goodness, measure, objective, taskOf } from "./task.ts";
export type { ClassMeasure, LossMeasure, Measure, Measured, NumberMeasure, Task } from "./task.ts";
export { planOf, positionOf, stepsOf, testOf, train } from "./train.ts";
export type { DoneEvent, Plan, StartEvent, Trained, TrainEvent } from "./train.ts";
export * from "./landscape/index.ts";
export * from "./search/index.ts";
