/** Pictures as they are computed and shown. */
import type { Progress, Progressed } from "../progress.ts";

/** Says what is computed, and how far that is. */
export type Tell = (what: string, at: Progressed) => void;

/** Names each thing once, and then moves on. */
export const tellOn = (progress: Progress): Tell => {
  let current: string | undefined;
  return (what, at) => {
    if (what === current) progress.move(at);
    else progress.show(what, at);
    current = what;
  };
};

/** One picture of a landscape in its three forms; the latter two are made when they are asked for. */
export interface View {
  readonly json: unknown;
  readonly text: () => string;
  readonly svg: () => string;
}
