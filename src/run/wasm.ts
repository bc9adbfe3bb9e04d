/** Runs a planned program: its module, its memory, and the numbers that go in and come out. */
import { Diagnostic } from "../ir/diagnostic.ts";
import { bytesOf, type TypedArray, type Value, viewOf } from "../ir/dtype.ts";
import type { Buffer, Plan } from "../ir/kernel.ts";
import type { Node } from "../ir/node.ts";
import { programModule } from "../emit/program/program.ts";
import { planNanoseconds } from "../emit/program/work.ts";
import { Machine } from "./machine.ts";
import { threadsWanted } from "./pool.ts";
import { Resident } from "./resident.ts";
import { targetHere } from "./target.ts";

/** Addresses have 32 bits. */
const mostPages = 65535;

/** A result of fewer bytes is copied out at once: that costs less than to remember that it was not. */
const small = 1024;

/** Chromium compiles no more than 8 MB at once on a page's main thread. */
const largestModule = 4_000_000;

/** Nanoseconds of work in one run from which on further threads pay: they begin some microseconds late, if they slept. */
const worthWorkers = 200_000;

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
  const here = targetHere();
  if (here === undefined) return undefined;
  const target = { ...here, threads: planNanoseconds(plan) < worthWorkers ? 1 : threadsWanted() };
  const program = programModule(plan, target);
  if (program.pages > mostPages) throw tooLarge(plan, "too-large-program", `a program has at most ${mostPages * 64} KiB`);
  if (program.bytes.length > largestModule) return undefined;
  const machine = withMemory(plan, () => new Machine(program, target.threads));
  // A memory never grows, so its views stay good.
  const layOut = (): Layout => {
    const places = (buffers: readonly Buffer[]): readonly Place[] =>
      buffers.map((buffer) => ({ buffer, numbers: viewOf(buffer.dtype, machine.buffer, plan.offsets[buffer.id]!, buffer.size) }));
    const of = (origin: Buffer["origin"]): readonly Place[] => places(plan.buffers.filter((buffer) => buffer.origin === origin));
    for (const { buffer, numbers } of of("held")) write(numbers, held(buffer.node));
    return { fed: of("fed"), results: places(plan.results) };
  };
  let layout = layOut();
  // No weak references: looking at one keeps what it refers to alive until the script waits for something.
  let last: readonly Resident[] = [];
  return {
    run: (feed) => {
      const { fed } = layout;
      const given = fed.map(({ buffer }) => feed(buffer.node));
      // What lies in its place stays there; anything else in the arena is read before it is written over.
      const values = given.map((x, i) => (!(x instanceof Resident) ? x : x.liesAt(fed[i]!.numbers) ? undefined : x.values));
      const isGone = fed.map(({ buffer }) => donated.has(buffer.node));
      given.forEach((x, i) => x instanceof Resident && isGone[i] && x.giveAway());
      for (const result of last) result.leave();
      last = [];
      values.forEach((value, i) => value !== undefined && write(fed[i]!.numbers, value));
      for (let lost = machine.run(); lost !== undefined; lost = machine.run()) {
        const before = layout.fed;
        const { stepsBegun } = lost;
        withMemory(plan, () => machine.renew());
        layout = layOut();
        layout.fed.forEach(({ buffer, numbers }, i) => {
          const value = values[i];
          if (value !== undefined) return write(numbers, value);
          if (!isGone[i]) return write(numbers, (given[i] as Resident).values);
          if ((program.spoiledAt.get(buffer) ?? Infinity) < stepsBegun) throw workerLost(buffer.node);
          write(numbers, before[i]!.numbers);
        });
      }
      const made = layout.results.map(({ numbers }) => (numbers.byteLength < small ? numbers.slice() : new Resident(numbers)));
      last = made.filter((result) => result instanceof Resident);
      return made;
    },
  };
};

/** Where the numbers of a buffer lie. */
interface Place {
  readonly buffer: Buffer;
  readonly numbers: TypedArray;
}

interface Layout {
  readonly fed: readonly Place[];
  readonly results: readonly Place[];
}

const write = (numbers: TypedArray, value: Value): void => {
  if (typeof value === "number") numbers[0] = value;
  else numbers.set(value);
};

const withMemory = <T>(plan: Plan, make: () => T): T => {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(plan, "out-of-memory", "the machine does not have as much", error);
    throw error;
  }
};

const workerLost = ({ name, op, shape }: Node): Diagnostic =>
  new Diagnostic("worker-lost", "a thread of a compiled function was ended, or did nothing for a second, in the middle of a step", {
    operands: [{ name: name ?? op.name, shape }],
    notes: ["what was given away to this step (donate) had been written over in part and is lost; everything else is as it was"],
    help: "go on from the last checkpoint, or from a copy of the parameters; after setThreads(1) there is no thread to lose",
  });

const tooLarge = (plan: Plan, code: string, why: string, cause?: unknown): Diagnostic => {
  const largest = [...plan.buffers].sort((a, b) => b.size * bytesOf(b.dtype) - a.size * bytesOf(a.dtype)).slice(0, 4);
  return new Diagnostic(code, `this program needs ${Math.ceil(plan.bytes / 2 ** 20)} MiB of memory at once; ${why}`, {
    operands: largest.map(({ node }) => ({ name: node.name ?? node.op.name, shape: node.shape })),
    help: "work on fewer rows at a time, or in float32",
    cause,
  });
};
