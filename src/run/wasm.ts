/** Runs a planned program: its module, its memory, and the numbers that go in and come out. */
import { Diagnostic } from "../ir/diagnostic.ts";
import { bytesOf, type TypedArray, type Value, viewOf } from "../ir/dtype.ts";
import type { Buffer, Plan } from "../ir/kernel.ts";
import type { Node } from "../ir/node.ts";
import { pagesOf, programModule } from "../emit/program/program.ts";

/** Addresses have 32 bits. */
const mostPages = 65535;

export interface Runner {
  /** `values`: for each placeholder its numbers. Returns new arrays, one for each root. */
  run(values: (node: Node) => Value): TypedArray[];
}

/**
 * @throws Diagnostic `too-large-program` before any memory is taken, if the arena cannot have an address for every byte;
 * `out-of-memory` if the machine has not as much
 */
export const instantiate = (plan: Plan, held: (node: Node) => Value): Runner => {
  const pages = pagesOf(plan);
  if (pages > mostPages) throw tooLarge(plan, "too-large-program", `a program has at most ${mostPages * 64} KiB`);
  const instance = instanceOf(plan);
  const memory = instance.exports["memory"] as WebAssembly.Memory;
  const run = instance.exports["run"] as () => void;
  const view = (buffer: Buffer): TypedArray => viewOf(buffer.dtype, memory.buffer, plan.offsets[buffer.id]!, buffer.size);
  const write = (buffer: Buffer, value: Value): void => {
    if (typeof value === "number") view(buffer)[0] = value;
    else view(buffer).set(value);
  };
  const fed = plan.buffers.filter(({ origin }) => origin === "fed");
  for (const buffer of plan.buffers) if (buffer.origin === "held") write(buffer, held(buffer.node));
  return {
    run: (values) => {
      for (const buffer of fed) write(buffer, values(buffer.node));
      run();
      return plan.results.map((buffer) => view(buffer).slice());
    },
  };
};

const instanceOf = (plan: Plan): WebAssembly.Instance => {
  const module = new WebAssembly.Module(programModule(plan));
  try {
    return new WebAssembly.Instance(module);
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(plan, "out-of-memory", "the machine does not have as much", error);
    throw error;
  }
};

const tooLarge = (plan: Plan, code: string, why: string, cause?: unknown): Diagnostic => {
  const largest = [...plan.buffers].sort((a, b) => b.size * bytesOf(b.dtype) - a.size * bytesOf(a.dtype)).slice(0, 4);
  return new Diagnostic(code, `this program needs ${Math.ceil(plan.bytes / 2 ** 20)} MiB of memory at once; ${why}`, {
    operands: largest.map(({ node }) => ({ name: node.name ?? node.op.name, shape: node.shape })),
    help: "work on fewer rows at a time, or in float32",
    cause,
  });
};
