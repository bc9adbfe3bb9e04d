/** Runs a planned program: its module, its memory, and the numbers that go in and come out. */
import { bytesText, Diagnostic } from "../ir/diagnostic.ts";
import { bytesOf, type TypedArray, type Value, viewOf } from "../ir/dtype.ts";
import type { Buffer, Plan } from "../ir/kernel.ts";
import { noAttrs, Node } from "../ir/node.ts";
import { type ProgramModule, programModule } from "../emit/program/program.ts";
import { planNanoseconds } from "../emit/program/work.ts";
import { Exchange, type Given, type InputPlace, type Place, type Result } from "./exchange.ts";
import { type Lost, Machine } from "./machine.ts";
import { nodeMemory } from "./node.ts";
import { threadsWanted } from "./pool.ts";
import { targetHere } from "./target.ts";

const pageBytes = 65536;

/** Addresses have 32 bits. */
const mostPages = 65535;

/** Bytes of a program from which on it is asked whether there is room: a system that promises more than it has ends who uses it. */
const worthAsking = 2 ** 26;

/** Chromium compiles no more than 8 MB at once on a page's main thread. */
const largestModule = 4_000_000;

/** Tensors that are named where there is no room. */
const mostNamed = 4;

/** Nanoseconds of work in one run from which on further threads pay: they begin some microseconds late, if they slept. */
const worthWorkers = 200_000;

export interface Runner {
  /** For each input its numbers, or what a program left of them. Returns one result for each root, in order, in an array that the next run fills anew. */
  run(given: readonly Given[]): readonly Result[];
  /** The same where every input is one number, with the numbers of all results end to end. */
  runNumbers(given: Float64Array, results: Float64Array): void;
}

/**
 * The program ready to run. What is given to `donated` inputs is given away with the run. Nothing where this runtime cannot, or where the module is larger than a page may compile at once.
 * @throws Diagnostic `too-large-program` before any memory is taken, if the arena cannot have an address for every byte;
 * `out-of-memory` if the machine has not as much
 */
export const instantiate = (plan: Plan, inputs: readonly Node[], donated: { has(node: Node): boolean }, held: (node: Node) => Value): Runner | undefined => {
  const here = targetHere();
  if (here === undefined) return undefined;
  const target = { ...here, threads: planNanoseconds(plan) < worthWorkers ? 1 : threadsWanted() };
  const program = programModule(plan, target);
  if (program.pages > mostPages) throw tooLarge(plan, "too-large-program", "a program has addresses for less than 4 GiB");
  if (program.bytes.length > largestModule) return undefined;
  const bytes = program.pages * pageBytes;
  const left = bytes > worthAsking ? nodeMemory() : undefined;
  if (left !== undefined && bytes > left) throw tooLarge(plan, "out-of-memory", `this process may take ${bytesText(Math.max(0, left))} more`);
  const machine = withMemory(plan, () => new Machine(program, target.threads));
  fillHeld(plan, program.tables, machine.buffer, held);
  const kept = withoutGraph(plan);
  const fed = new Map(kept.buffers.map((buffer) => [buffer.node, buffer]));
  const place = (buffer: Buffer): Place => ({ numbers: numbersOf(kept, machine.buffer, buffer), isScalar: buffer.node.shape.length === 0 });
  const inputPlaces = (): readonly (InputPlace | undefined)[] =>
    inputs.map((node) => {
      const buffer = fed.get(node);
      return buffer && { ...place(buffer), isDonated: donated.has(node) };
    });
  const unread = inputs.flatMap((node, i) => (donated.has(node) && !fed.has(node) ? [i] : []));
  const exchange = new Exchange(inputPlaces(), kept.results.map(place), unread);
  const renew = (given: ArrayLike<Given>, { stepsBegun }: Lost): void => {
    try {
      withMemory(kept, () => machine.renew());
    } catch (error) {
      const first = inputs.find((node) => donated.has(node));
      throw first ? workerLost(first, error) : error;
    }
    fillHeld(kept, program.tables, machine.buffer, held);
    const isSpoiled = (i: number): boolean => (program.spoiledAt.get(fed.get(inputs[i]!)!) ?? Infinity) < stepsBegun;
    const gone = exchange.moveTo(inputPlaces(), kept.results.map(place), given, isSpoiled);
    if (gone !== undefined) throw workerLost(inputs[gone]!);
  };
  return {
    run: (given) => {
      exchange.put(given);
      for (let lost = machine.run(); lost !== undefined; lost = machine.run()) renew(given, lost);
      return exchange.take();
    },
    runNumbers: (given, results) => {
      exchange.putNumbers(given);
      for (let lost = machine.run(); lost !== undefined; lost = machine.run()) renew(given, lost);
      exchange.takeNumbers(results);
    },
  };
};

/** What is needed of a plan after its module was made: a program may live long, and its kernels and graph be large. */
const withoutGraph = (plan: Plan): Plan => ({
  ...plan,
  kernels: [],
  buffers: plan.buffers.filter(({ origin }) => origin !== "made"),
  results: plan.results.map((buffer) => ({ ...buffer, node: new Node(buffer.node.op, [], noAttrs, buffer.node.shape, buffer.dtype) })),
});

/** Where the numbers of a buffer lie. A memory never grows, so its views stay good. */
export const numbersOf = ({ offsets }: Plan, memory: ArrayBufferLike, { id, dtype, size }: Buffer): TypedArray =>
  viewOf(dtype, memory, offsets[id]!, size);

/** Puts what is given once into its place, and the tables of circuits. */
export const fillHeld = (plan: Plan, tables: ProgramModule["tables"], memory: ArrayBufferLike, held: (node: Node) => Value): void => {
  for (const { at, bytes } of tables) new Uint8Array(memory).set(bytes, at);
  for (const buffer of plan.buffers) if (buffer.origin === "held") write(numbersOf(plan, memory, buffer), held(buffer.node));
};

export const write = (numbers: TypedArray, value: Value): void => {
  if (typeof value === "number") numbers[0] = value;
  else numbers.set(value);
};

/** @throws Diagnostic `out-of-memory` */
export const withMemory = <T>(plan: Plan, make: () => T): T => {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(plan, "out-of-memory", "the machine does not have as much", error);
    throw error;
  }
};

const workerLost = ({ name, op, shape }: Node, cause?: unknown): Diagnostic =>
  new Diagnostic("worker-lost", "a thread of a compiled function was ended, or did nothing for a second, in the middle of a step", {
    operands: [{ name: name ?? op.name, shape }],
    notes: ["what was given away to this step (donate) had been written over in part and is lost; everything else is as it was"],
    help: "go on from the last checkpoint, or from a copy of the parameters; after setThreads(1) there is no thread to lose",
    cause,
  });

const tooLarge = (plan: Plan, code: string, why: string, cause?: unknown): Diagnostic => {
  const sized = plan.buffers.map((buffer) => ({ ...buffer, bytes: buffer.size * bytesOf(buffer.dtype) })).sort((a, b) => b.bytes - a.bytes);
  const largest = sized.slice(0, mostNamed).filter(({ bytes }) => bytes * mostNamed >= sized[0]!.bytes);
  return new Diagnostic(code, `this program needs ${bytesText(plan.bytes)} of memory at once; ${why}`, {
    operands: largest.map(({ node, dtype, bytes }) => ({ name: `${node.name ?? node.op.name}, ${dtype}, ${bytesText(bytes)}`, shape: node.shape })),
    help: `work on fewer rows at a time (a smaller batch)${largest.some(({ dtype }) => dtype === "float64") ? ", or in float32" : ""}`,
    cause,
  });
};
