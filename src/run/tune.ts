/** V8's flags that make products of matrices faster: switched on by an explicit call, and only if a probe finds them right and of use. */
import { nodeV8 } from "./node.ts";
import { againstWide, narrowTiles } from "./probe-tiles.ts";
import { engineHere, lookAgain } from "./target.ts";

export interface EngineFlag {
  readonly flag: string;
  readonly on: boolean;
  /** Who switched it on. */
  readonly by?: "tuneEngine" | "command line";
  /** What it does here, or why it is off. */
  readonly why: string;
}

export interface EngineReport {
  /** Whether compiled functions run as WebAssembly. */
  readonly on: boolean;
  /** What stands against it. */
  readonly why?: string;
  /** Whether products are added without being rounded first. It changes the last bits of results. */
  readonly fusedMultiplyAdd: boolean;
  /** Whether two vectors of 128 bits run as one of 256. It changes no bits. */
  readonly wideVectors: boolean;
  readonly flags: readonly EngineFlag[];
}

const relaxed = "--experimental-wasm-relaxed-simd";
const joining = "--experimental-wasm-revectorize";

let flags: readonly EngineFlag[] | undefined;

/** What the engine uses here, as it is. Looks at nothing that takes time. */
export const engineReport = (): EngineReport => {
  const here = engineHere();
  return {
    on: here.target !== undefined,
    ...(here.target === undefined ? { why: here.why } : {}),
    fusedMultiplyAdd: here.target?.fma ?? false,
    wideVectors: here.target?.wide ?? false,
    flags: flags ?? [],
  };
};

/**
 * Makes compiled products of matrices faster by flags of V8 that are not on by themselves: fused multiply-add on Node 20,
 * vectors of 256 bits on Node 24 (x64). Each is switched on for the whole process, tried for a few milliseconds, and
 * switched off again unless results have the right bits and come sooner. Call it once, before anything is compiled;
 * where there is no such flag, as in browsers, it does nothing. Wider vectors change no bits, fused multiply-add does,
 * in the last place.
 * @returns what the engine uses now, with each flag, whether it is on, and why
 * @example
 * const { on, flags } = tuneEngine();
 * on; // true
 * flags.every((flag) => flag.why !== ""); // true
 */
export const tuneEngine = (): EngineReport => {
  if (flags !== undefined) return engineReport();
  const here = nodeV8();
  if (engineHere().target === undefined || here === undefined) {
    flags = [];
    return engineReport();
  }
  flags = [fuse(here), join(here)].filter((flag) => flag !== undefined);
  return engineReport();
};

type Here = NonNullable<ReturnType<typeof nodeV8>>;

const fuse = ({ v8, major, given }: Here): EngineFlag | undefined => {
  // Newer versions have it on by themselves.
  if (major > 11) return undefined;
  if (given.includes(relaxed)) return { flag: relaxed, on: true, by: "command line", why: fused() };
  v8.setFlagsFromString(relaxed);
  if (lookAgain(false).target?.fma) return { flag: relaxed, on: true, by: "tuneEngine", why: fused() };
  v8.setFlagsFromString(relaxed.replace("--", "--no-"));
  lookAgain(false);
  return { flag: relaxed, on: false, why: "this processor does not fuse multiply-add" };
};

const fused = (): string => (engineHere().target?.fma ? "products are added without being rounded first" : "it has no effect here");

const join = ({ v8, major, given }: Here): EngineFlag | undefined => {
  // Older versions do not have it, or to no effect. To set a flag that V8 does not know is an error that nobody can catch.
  if (major < 13) return undefined;
  const on = given.includes(joining);
  if (!engineHere().target?.fma) return { flag: joining, on, ...(on ? { by: "command line" as const } : {}), why: "of no use without fused multiply-add" };
  v8.setFlagsFromString("--no-liftoff");
  try {
    const narrow = narrowTiles();
    if (!on) v8.setFlagsFromString(joining);
    const against = againstWide(narrow);
    if (against === undefined) {
      lookAgain(true);
      return { flag: joining, on: true, by: on ? "command line" : "tuneEngine", why: "two vectors of 128 bits run as one of 256" };
    }
    if (!on) v8.setFlagsFromString(joining.replace("--", "--no-"));
    return { flag: joining, on, ...(on ? { by: "command line" as const } : {}), why: against };
  } finally {
    v8.setFlagsFromString("--liftoff");
  }
};
