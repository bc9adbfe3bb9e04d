/** The engine as the command uses it: with V8's flags, unless the environment forbids them. */
import type { Peak } from "../run/peak.ts";
import { engineReport, type EngineReport, tuneEngine } from "../run/tune.ts";
import type { Io } from "./io.ts";

/** Any value but an empty one leaves V8 as it was started. */
export const forbidding = "CHAINRULE_NO_V8_FLAGS";

export const isForbidden = ({ env }: Io): boolean => (env[forbidding] ?? "") !== "";

/** Before anything is compiled: what is compiled already stays as it is. */
export const useEngine = (io: Io): EngineReport => (isForbidden(io) ? engineReport() : tuneEngine());

/** What one thread does at best, for people. */
export const peakText = ({ float32, float64, memory }: Peak): string =>
  `${float32.toFixed(0)} GFLOP/s in float32, ${float64.toFixed(0)} in float64; memory ${memory.toFixed(0)} GB/s`;
