/**
 * Reading on the engine: what is read outside `compile` and takes the interpreter long is run as a program too. Programs
 * are kept by the structure of what was read, so that a loop written without `compile` is planned once.
 */
import { Diagnostic } from "../ir/diagnostic.ts";
import type { Value } from "../ir/dtype.ts";
import { topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node, NodeLookup } from "../ir/node.ts";
import type { TileTarget } from "../emit/wasm/tile.ts";
import { dataOp, input } from "../ops/forms/source.ts";
import { originOf } from "../ops/forms/fetched.ts";
import { Structure } from "../passes/structure.ts";
import { effortOf } from "../run/effort.ts";
import type { Given } from "../run/exchange.ts";
import { targetHere } from "../run/target.ts";
import { instantiate, type Runner } from "../run/wasm.ts";
import { heldValue, planOf } from "./engine.ts";
import { engine } from "./run.ts";

/**
 * From how much effort on a program pays, even one that is run once: some tens of milliseconds of the interpreter, and
 * what it takes to plan each node.
 */
const least = 20_000_000;
const perNode = 100_000;

/** Programs kept, and bytes of all their arenas; the least recently used goes first. */
const mostPrograms = 16;
const mostBytes = 2 ** 28;

interface Kept {
  readonly structure: Structure;
  /** What the runtime could do when it was made; looking again makes another object. */
  readonly target: TileTarget;
  /** Nothing: the interpreter runs it, and it need not be tried again. */
  readonly runner: Runner | undefined;
  readonly bytes: number;
}

export interface Limits {
  /** Effort from which on the engine runs what is read: for any graph, and for each of its nodes. */
  readonly least?: number;
  readonly perNode?: number;
  readonly mostPrograms?: number;
  readonly mostBytes?: number;
}

export class Reading {
  readonly #limits: Required<Limits>;
  /** The one that ran last comes first. */
  #kept: readonly Kept[] = [];
  #made = 0;

  constructor(limits: Limits = {}) {
    this.#limits = { least, perNode, mostPrograms, mostBytes, ...limits };
  }

  /** What is kept now, and how many programs were made since the beginning. */
  get state(): { readonly programs: number; readonly bytes: number; readonly made: number } {
    return { programs: this.#kept.length, bytes: this.#kept.reduce((sum, { bytes }) => sum + bytes, 0), made: this.#made };
  }

  /**
   * The values of the roots; nothing where the interpreter is to run them. Which of the two does depends on the graph and
   * on what this runtime can, and on nothing that happened before: what is read has the same bits every time. `order`: all
   * nodes that the roots need beside what is fed.
   * @throws Diagnostic `out-of-memory`
   */
  run(roots: readonly Node[], feeds: NodeLookup<Value>, order: readonly Node[] = topological(roots, (node) => feeds.has(node))): Value[] | undefined {
    const isLeaf = (node: Node): boolean => node.op === dataOp || feeds.has(node);
    const inner = order.filter((node) => !isLeaf(node));
    if (effortOf(inner) < this.#limits.least + this.#limits.perNode * inner.length) return undefined;
    const target = targetHere();
    if (target === undefined || inner.some(({ op }) => op.placeholder)) return undefined;
    const { structure, leaves } = Structure.of(roots, isLeaf);
    const found = this.#kept.find((kept) => kept.target === target && kept.structure.equals(structure));
    const now = found ?? { structure, target, ...this.#make(roots, order, leaves) };
    this.#keep(now);
    return now.runner?.run(leaves.map((node) => givenOf(node, feeds))).map((result) => (typeof result === "number" ? result : result.values));
  }

  #make(roots: readonly Node[], order: readonly Node[], leaves: readonly Node[]): Pick<Kept, "runner" | "bytes"> {
    this.#made++;
    const inputs = leaves.map(({ shape, dtype, name, site }) => input(shape, dtype, name, site));
    const map = new NodeMap<Node>(leaves.map((leaf, i) => [leaf, inputs[i]!] as const));
    for (const node of order) if (!map.has(node)) map.set(node, node.withSources(node.src.map((src) => map.get(src)!)));
    const plan = planOf(roots.map((root) => map.get(root)!));
    const runner = plan && orInterpreter(() => instantiate(plan, inputs, nobody, heldValue));
    return { runner, bytes: runner ? plan!.bytes : 0 };
  }

  #keep(first: Kept): void {
    const { mostPrograms, mostBytes } = this.#limits;
    if (this.#kept[0] === first || first.bytes > mostBytes) return;
    let bytes = 0;
    this.#kept = [first, ...this.#kept.filter((kept) => kept !== first)].filter((kept, i) => i < mostPrograms && (bytes += kept.bytes) <= mostBytes);
  }
}

/** Nothing that is read is given away. */
const nobody = { has: (): boolean => false };

/** A leaf's numbers, or who has them: what was given the last time need not be copied again. */
const givenOf = (node: Node, feeds: NodeLookup<Value>): Given =>
  feeds.get(node) ?? (node.shape.length > 0 ? originOf(node) : undefined) ?? heldValue(node);

/** A program that is too large for 32 bits is one for the interpreter, which needs its numbers one after the other. */
const orInterpreter = (make: () => Runner | undefined): Runner | undefined => {
  try {
    return make();
  } catch (error) {
    if (error instanceof Diagnostic && error.code === "too-large-program") return undefined;
    throw error;
  }
};

/**
 * Whatever is kept together with what this is called for reads on the engine. As the initial value of a declaration that a
 * bundler may leave out it goes with it: a program that never compiles loads no engine.
 */
export const readsOnEngine = <T>(what: T): T => {
  engine.current = new Reading();
  return what;
};
