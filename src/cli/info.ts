/** `chainrule info`: what the engine uses on this machine and why, and what the machine can do at best. */
import { getHeapStatistics } from "node:v8";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import { counted } from "../data/words.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import { measurePeak, type Peak } from "../run/peak.ts";
import { poolState } from "../run/pool.ts";
import type { EngineReport } from "../run/tune.ts";
import { defineCommand } from "./command.ts";
import { forbidding, isForbidden, peakText, useEngine } from "./engine.ts";
import { jsonText } from "./output.ts";

/** Addresses of a compiled program have 32 bits. */
const programBytes = 2 ** 32;

export interface Info {
  readonly chainrule: string;
  readonly node: string;
  readonly v8: string;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly engine: EngineReport;
  readonly threads: { readonly wanted: number; readonly why: string | undefined };
  /** Bytes. */
  readonly memory: { readonly machine: number; readonly free: number; readonly heap: number; readonly program: number };
  /** Of one thread; absent without an engine. */
  readonly peak: Peak | undefined;
}

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

const engineLines = ({ on, why, fusedMultiplyAdd, wideVectors, flags }: EngineReport, untouched: boolean): readonly string[] => {
  if (!on) return [`off: ${why}; compiled functions run in the reference interpreter`];
  const vectors = `vectors of ${wideVectors ? 256 : 128} bits`;
  const first = `on: WebAssembly, ${vectors}, ${fusedMultiplyAdd ? "fused multiply-add" : "multiplications rounded before they are added"}`;
  if (untouched) return [first, `no flag of V8 is tried: ${forbidding} is set`];
  const by = { tuneEngine: "chainrule", "command line": "the command line" };
  return [first, ...flags.map((flag) => `${flag.flag} is ${flag.on ? "on" : "off"}${flag.by === undefined ? "" : `, by ${by[flag.by]}`}: ${flag.why}`)];
};

export const infoText = ({ chainrule, node, v8, system, processor, cores, engine, threads, memory, peak }: Info, untouched: boolean): string => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["chainrule", [chainrule]],
    ["runtime", [`Node ${node}, V8 ${v8}, ${system}`]],
    ["processor", [`${processor}, ${counted(cores, "core")}`]],
    ["engine", engineLines(engine, untouched)],
    ["threads", [`${threads.wanted}${threads.why === undefined ? "" : `: ${threads.why}`}`]],
    ["memory", [`${gibibytes(memory.machine)}, ${gibibytes(memory.free)} free; JavaScript may use ${gibibytes(memory.heap)}, a compiled program ${gibibytes(memory.program)}`]],
    ["speed", peak === undefined ? ["not measured"] : [`one thread: ${peakText(peak)}`]],
  ];
  return rows.flatMap(([name, lines]) => lines.map((line, i) => `${(i === 0 ? name : "").padEnd(11)}${line}\n`)).join("");
};

export const infoCommand = defineCommand({
  usage: "[options]",
  about: [
    "The speed is measured now, on one thread: multiply-adds that never leave the registers, and a + s b on arrays larger than " +
      `most caches. Flags of V8 are tried as before a training; with ${forbidding}=1 in the environment none is touched, here and everywhere.`,
  ],
  options: {},
  examples: [
    { command: "chainrule info", says: "runtime, engine, threads, memory and measured speed" },
    { command: "chainrule info --json", says: "the same for programs" },
  ],
  run: async ({ values, rest }, { io }) => {
    if (rest.length > 0) throw new Diagnostic("needless-argument", `chainrule info takes no arguments, so "${rest[0]}" is one too many.`, { help: "write chainrule info" });
    const engine = useEngine(io);
    const { wanted, why } = poolState();
    const info: Info = {
      chainrule: (await import("../../package.json", { with: { type: "json" } })).default.version,
      node: process.version,
      v8: process.versions.v8,
      system: `${process.platform} ${process.arch}`,
      processor: cpus()[0]?.model.trim() ?? "unknown processor",
      cores: availableParallelism(),
      engine,
      threads: { wanted, why },
      memory: { machine: totalmem(), free: freemem(), heap: getHeapStatistics().heap_size_limit, program: programBytes },
      peak: measurePeak(),
    };
    io.out.write(values.json ? jsonText({ schema: 1, ...info }) : infoText(info, isForbidden(io)));
    return 0;
  },
});
