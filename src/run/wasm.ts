/** Runs a planned program: its module, its memory, and the numbers that go in and come out. */
import { Diagnostic } from "../ir/diagnostic.ts";
import { bytesOf, type TypedArray, type Value, viewOf } from "../ir/dtype.ts";
import type { Buffer, Plan } from "../ir/kernel.ts";
import type { Node } from "../ir/node.ts";
import { programModule } from "../emit/program/program.ts";
import { Exchange, type Given, type Result } from "./exchange.ts";
import { targetHere } from "./target.ts";

/** Addresses have 32 bits. */
const mostPages = 65535;

/** Chromium compiles no more than 8 MB at once on a page's main thread. */
const largestModule = 4_000_000;

export interface Runner {
  /** For each input its numbers, or what a program left of them. Returns one result for each root, in order, in an array that the next run fills anew. */
  run(given: readonly Given[]): readonly Result[];
}

/**
 * The program ready to run. What is given to `donated` inputs is given away with the run. Nothing where this runtime cannot, or where the module is larger than a page may compile at once.
 * @throws Diagnostic `too-large-program` before any memory is taken, if the arena cannot have an address for every byte;
 * `out-of-memory` if the machine has not as much
 */
export const instantiate = (plan: Plan, inputs: readonly Node[], donated: { has(node: Node): boolean }, held: (node: Node) => Value): Runner | undefined => {
  const target = targetHere();
  if (target === undefined) return undefined;
  const { bytes, pages } = programModule(plan, target);
  if (pages > mostPages) throw tooLarge(plan, "too-large-program", `a program has at most ${mostPages * 64} KiB`);
  if (bytes.length > largestModule) return undefined;
  const memory = memoryOf(plan, pages);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const run = instance.exports["run"] as () => void;
  fillHeld(plan, memory, held);
  const fed = new Map(plan.buffers.map((buffer) => [buffer.node, buffer]));
  const exchange = new Exchange(
    inputs.map((node) => {
      const buffer = fed.get(node);
      return buffer && { numbers: numbersOf(plan, memory, buffer), isScalar: node.shape.length === 0, isDonated: donated.has(node) };
    }),
    plan.results.map((buffer) => ({ numbers: numbersOf(plan, memory, buffer), isScalar: buffer.node.shape.length === 0 })),
  );
  return {
    run: (given) => {
      exchange.put(given);
      run();
      return exchange.take();
    },
  };
};

/** Where the numbers of a buffer lie. The memory never grows, so its views stay good. */
export const numbersOf = ({ offsets }: Plan, memory: WebAssembly.Memory, { id, dtype, size }: Buffer): TypedArray =>
  viewOf(dtype, memory.buffer, offsets[id]!, size);

/** Puts what is given once into its place. */
export const fillHeld = (plan: Plan, memory: WebAssembly.Memory, held: (node: Node) => Value): void => {
  for (const buffer of plan.buffers) if (buffer.origin === "held") write(numbersOf(plan, memory, buffer), held(buffer.node));
};

export const write = (numbers: TypedArray, value: Value): void => {
  if (typeof value === "number") numbers[0] = value;
  else numbers.set(value);
};

/** @throws Diagnostic `out-of-memory` */
export const memoryOf = (plan: Plan, pages: number): WebAssembly.Memory => {
  try {
    return new WebAssembly.Memory({ initial: pages });
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
