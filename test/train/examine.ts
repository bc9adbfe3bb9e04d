/** A whole training under the eyes of the doctor. */
import { Diagnostic } from "../../src/ir/diagnostic.ts";
import { createDoctor, type Finding } from "../../src/train/doctor/index.ts";
import { positionOf, train, type Plan } from "../../src/train/train.ts";

export interface Examined {
  /** What was told before the first step and while training. */
  readonly live: readonly Finding[];
  readonly end: readonly Finding[];
}

export const examine = async <M>(plan: Plan<M>): Promise<Examined> => {
  const doctor = createDoctor(plan);
  const live = [...doctor.before()];
  let stopped: Diagnostic | undefined;
  try {
    for await (const event of train(plan, positionOf(plan), doctor.watch)) live.push(...doctor.see(event));
  } catch (error) {
    if (!(error instanceof Diagnostic)) throw error;
    stopped = error;
  }
  return { live, end: doctor.end(stopped) };
};
