/** Where the time of a training goes: profiles of its step and of its measurement, as the loop runs them. */
import { profile, type Profile } from "../api/profile.ts";
import { key as keyOf } from "../api/random.ts";
import { batchOver, inType, rowRange, takeRows, type Batch, type TypedExamples } from "../data/examples.ts";
import type { Position } from "./fit.ts";
import { floatsOf } from "./floats.ts";
import { stepFunction, zerosOf } from "./step.ts";
import { optimizerOf } from "./settings.ts";
import { dataLoss, rowsMeasured, streamsOf } from "./task.ts";
import { stepsOf, type Plan } from "./train.ts";

export interface TrainingProfile {
  /** One step on as many training rows as a batch has. */
  readonly step: Profile;
  /** The loss of as many validation rows as are measured at a time, or of training rows where there are none. */
  readonly measurement: Profile;
  /** Rows of each. */
  readonly rows: { readonly step: number; readonly measurement: number };
}

/**
 * Profiles the training of a plan where it stands, which stays there.
 * @throws Diagnostic `no-program`
 */
export const profileTraining = <M>(plan: Plan<M>, { model, state }: Position<M>): TrainingProfile => {
  const { task, settings, data } = plan;
  const { batch: size, seed } = settings;
  const some = takeRows(data.train, Array.from({ length: Math.min(size, data.train.y.length) }, (_, i) => i));
  const whole = data.validation.y.length > 0 ? data.validation : data.train;
  const rows = rowRange(whole, 0, rowsMeasured(whole.y.length));
  const typed = (examples: TypedExamples): Batch => batchOver(inType(examples, floatsOf(model)));
  const step = stepFunction(task, optimizerOf(settings, stepsOf(plan)));
  const measure = (at: M, batch: Batch) => dataLoss(task, at, batch);
  return {
    step: profile(step)(model as never, state as never, zerosOf(model) as never, typed(some) as never, streamsOf(keyOf(seed)).steps),
    measurement: profile(measure)(model as never, typed(rows) as never),
    rows: { step: some.y.length, measurement: rows.y.length },
  };
};
