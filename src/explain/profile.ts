/** A profile for people: a table, and a trace for the viewers of browsers. It draws what was measured and measures nothing. */
import type { KernelProfile, Profile } from "../api/profile.ts";
import { columns, significant } from "../check/report.ts";
import type { Place } from "../ir/diagnostic.ts";
import { counted } from "../data/words.ts";

const placeName = ({ file, line }: Place): string => `${file?.split(/[\\/]/).at(-1) ?? ""}:${line}`;

const time = (milliseconds: number): string => milliseconds.toFixed(milliseconds < 10 ? 4 : milliseconds < 100 ? 3 : 2);
const rate = (amount: number, milliseconds: number): string => (milliseconds === 0 ? "" : significant(amount / milliseconds / 1e6, 3));

/** The kernels, the slowest first: number in the program, milliseconds, share, GFLOP/s, GB/s, what it does and for which line. */
export const profileText = ({ kernels, whole, passes, arena, traced, planned }: Profile): string => {
  const total = kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const order = kernels.map((kernel, i) => ({ kernel, i })).sort((a, b) => b.kernel.milliseconds - a.kernel.milliseconds);
  const head = ["#", "ms", "share", "GFLOP/s", "GB/s", "kernel", "for"];
  const rows = order.map(({ kernel, i }) => {
    const { milliseconds, operations, bytes, name } = kernel;
    const share = `${((100 * milliseconds) / (total || 1)).toFixed(1)} %`;
    return [String(i), time(milliseconds), share, operations === 0 ? "" : rate(operations, milliseconds), rate(bytes, milliseconds), name, forWhom(kernel)];
  });
  return [
    `${time(whole.milliseconds)} ms in one call (${time(whole.least)} to ${time(whole.most)}), ${time(total)} ms in ${counted(kernels.length, "kernel")} one by one: medians of ${counted(passes, "pass", "passes")} on one thread`,
    `${(arena / 2 ** 20).toFixed(1)} MiB of memory; traced in ${traced.toFixed(1)} ms, planned in ${planned.toFixed(1)} ms`,
    "",
    ...columns([head, ...rows], [5, 6]),
  ].join("\n");
};

const forWhom = ({ places, isGradient }: KernelProfile): string => {
  const texts = [...new Set(places.map(placeName))];
  const shown = [...texts.slice(0, 3), ...(texts.length > 3 ? ["..."] : [])].join(", ");
  return isGradient ? `gradient${shown && ` of ${shown}`}` : shown;
};

/** An event of the trace event format: complete ("X") with start and duration in microseconds, or a name ("M"). */
interface TraceEvent {
  readonly name: string;
  readonly ph: "X" | "M";
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/**
 * One pass of each profile, the one whose time is the middle, in the trace event format that Chrome (chrome://tracing) and
 * Perfetto open: a process for each profile, by its name.
 */
export const profileTrace = (profiles: Readonly<Record<string, Profile>>): { readonly displayTimeUnit: "ns"; readonly traceEvents: readonly TraceEvent[] } => ({
  displayTimeUnit: "ns",
  traceEvents: Object.entries(profiles).flatMap(([title, { kernels }], i): TraceEvent[] => {
    const ids = { pid: i + 1, tid: 1 };
    const named = (name: string, text: string): TraceEvent => ({ name, ph: "M", ...ids, args: { name: text } });
    return [
      named("process_name", title),
      named("thread_name", "kernels"),
      ...kernels.map((kernel, number): TraceEvent => {
        const { name, example, milliseconds, operations, bytes, isGradient } = kernel;
        const args = { kernel: number, "median ms": milliseconds, operations, bytes, gigaflops: operations / milliseconds / 1e6, "gigabytes/s": bytes / milliseconds / 1e6, for: forWhom(kernel) };
        return { name, cat: isGradient ? "gradient" : "kernel", ph: "X", ...ids, ts: 1000 * example.start, dur: 1000 * example.duration, args };
      }),
    ];
  }),
});
