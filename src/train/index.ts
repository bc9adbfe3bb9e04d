/** Training: plans, the loop, and what is shown of them. */
export { activations, type Activation, type ActivationName, type Layer } from "./activations.ts";
export { confusionOf, confusionText, type Confusion } from "./confusion.ts";
export { createDoctor, findingEvent, findingText, type Doctor, type Finding, type FindingEvent } from "./doctor/index.ts";
export { fit, startAt, type EpochEvent, type FitOptions, type Position, type StepEvent } from "./fit.ts";
export { histogramOf, sparkline, type Histogram } from "./histogram.ts";
export { layerMonitors, monitor, parameterMonitors, ratiosOf } from "./monitor.ts";
export type { LayerMonitor, MonitorEvent, ParameterMonitor } from "./monitor.ts";
export { monitorLine, monitorText, type MonitorTextOptions } from "./monitor-text.ts";
export { applyNetwork, network, type Hidden, type Network } from "./network.ts";
export { diagnoseNotFinite } from "./not-finite.ts";
export { checkSettings, lrAt, optimizerOf, recipeOf, settingsFor } from "./settings.ts";
export type { OptimizerName, ScheduleName, Settings } from "./settings.ts";
export { goodness, measure, objective, taskOf } from "./task.ts";
export type { ClassMeasure, Measure, Measured, NumberMeasure, Task } from "./task.ts";
export { planOf, positionOf, stepsOf, testOf, train } from "./train.ts";
export type { DoneEvent, Plan, StartEvent, Trained, TrainEvent } from "./train.ts";
