/** Runs a planned program: its module, its memory, and the numbers that go in and come out. */
import { Diagnostic } from "../ir/diagnostic.ts";
import { bytesOf, type TypedArray, type Value, viewOf } from "../ir/dtype.ts";
import type { Buffer, Plan } from "../ir/kernel.ts";
import type { Node } from "../ir/node.ts";
import { programModule } from "../emit/program/program.ts";
import { Resident } from "./resident.ts";
import { targetHere } from "./target.ts";

/** Addresses have 32 bits. */
const mostPages = 65535;

/** A result of fewer bytes is copied out at once: that costs less than to remember that it was not. */
const small = 1024;

/** Chromium compiles no more than 8 MB at once on a page's main thread. */
const largestModule = 4_000_000;

export interface Runner {
  /** `feed`: for each placeholder its numbers, or what a program left of them. Returns one result for each root, in order. */
  run(feed: (node: Node) => Value | Resident): readonly (TypedArray | Resident)[];
}

/**
 * The program ready to run. What is fed to `donated` placeholders is given away with the run. Nothing where this runtime cannot, or where the module is larger than a page may compile at once.
 * @throws Diagnostic `too-large-program` before any memory is taken, if the arena cannot have an address for every byte;
 * `out-of-memory` if the machine has not as much
 */
export const instantiate = (plan: Plan, donated: ReadonlySet<Node>, held: (node: Node) => Value): Runner | undefined => {
  const target = targetHere();
  if (target === undefined) return undefined;
  const { bytes, pages } = programModule(plan, target);
  if (pages > mostPages) throw tooLarge(plan, "too-large-program", `a program has at most ${mostPages * 64} KiB`);
  if (bytes.length > largestModule) return undefined;
  const memory = memoryOf(plan, pages);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const run = instance.exports["run"] as () => void;
  // The memory never grows, so its views stay good.
  const place = (buffer: Buffer): Place => ({
    node: buffer.node,
    numbers: viewOf(buffer.dtype, memory.buffer, plan.offsets[buffer.id]!, buffer.size),
  });
  const places = (origin: Buffer["origin"]): readonly Place[] => plan.buffers.filter((buffer) => buffer.origin === origin).map(place);
  for (const { node, numbers } of places("held")) write(numbers, held(node));
  const fed = places("fed");
  const results = plan.results.map(place);
  // No weak references: looking at one keeps what it refers to alive until the script waits for something.
  let last: readonly Resident[] = [];
  return {
    run: (feed) => {
      const given = fed.map(({ node }) => feed(node));
      // What lies in its place stays there; anything else in the arena is read before it is written over.
      const values = given.map((x, i) => (!(x instanceof Resident) ? x : x.liesAt(fed[i]!.numbers) ? undefined : x.values));
      given.forEach((x, i) => x instanceof Resident && donated.has(fed[i]!.node) && x.giveAway());
      for (const result of last) result.leave();
      values.forEach((value, i) => value !== undefined && write(fed[i]!.numbers, value));
      run();
      const made = results.map(({ numbers }) => (numbers.byteLength < small ? numbers.slice() : new Resident(numbers)));
      last = made.filter((result) => result instanceof Resident);
      return made;
    },
  };
};

/** Where the numbers of a node lie. */
interface Place {
  readonly node: Node;
  readonly numbers: TypedArray;
}

const write = (numbers: TypedArray, value: Value): void => {
  if (typeof value === "number") numbers[0] = value;
  else numbers.set(value);
};

const memoryOf = (plan: Plan, pages: number): WebAssembly.Memory => {
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
