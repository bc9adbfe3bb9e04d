/**
 * Gates of single numbers. Many of them are no loops: those whose operands are there at the same time become one circuit,
 * computed one after the other. A few stay where their numbers are made or needed.
 */
import { linesOf } from "../ir/circuit-lines.ts";
import type { Access, Buffer, CircuitKernel, CircuitSource, GateKind, GateWork, Kernel } from "../ir/kernel.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node, Op, Site } from "../ir/node.ts";
import { NodeNumbers } from "../ir/node-numbers.ts";
import { sizeOf } from "../ir/shape.ts";
import type { View, Views } from "./views.ts";

/** Fewer single gates in a program than this make no circuit. */
const fewest = 16;

/** A circuit of at most so many gates is written out as code; of a longer one the code would take long to make, and longer to fetch than a table to read. */
const mostWritten = 4000;

/** Gates in one function of code. */
const inOneFunction = 200;

const none: readonly never[] = [];

export const isSingleGate = (node: Node): boolean => {
  const { kind } = node.op.work!(node)!;
  return (kind === "gate" || kind === "words" || kind === "convert") && sizeOf(node.shape) === 1;
};

/** When nodes can be computed: circuits at even stages, all else at odd ones. */
export interface Stages {
  /** The nodes of each stage in order. They need only nodes of stages before, and those of circuits each other. */
  readonly lists: readonly (readonly Node[])[];
  of(node: Node): number;
}

/** Nothing if there are too few single gates. */
export const stagesOf = (order: readonly Node[], views: Views): Stages | undefined => {
  let single = 0;
  let beside = 0;
  for (const node of order) {
    if (isSingleGate(node)) single++;
    else if (node.src.length > 0) beside++;
  }
  if (single < fewest) return undefined;
  if (beside === 0) return { lists: [order], of: () => 0 };
  const stages = new NodeMap<number>();
  const lists: Node[][] = [];
  for (const node of order) {
    let stage = 0;
    for (const src of node.src) stage = Math.max(stage, stages.get(src)!);
    if (isSingleGate(node)) stage += stage % 2;
    // A source is there from the beginning, and a view is where its operand is.
    else if (node.src.length > 0 && (views.baseOf(node) === node || views.stored(node))) stage += 1 - (stage % 2);
    stages.set(node, stage);
    while (lists.length <= stage) lists.push([]);
    lists[stage]!.push(node);
  }
  return { lists, of: (node) => stages.get(node)! };
};

/** The gates of one stage while they are collected. */
export class Circuit {
  readonly #gates: Node[] = [];
  readonly #stored = new NodeMap<Node>();

  /** Consumers come before operands. */
  gate(node: Node, isStored: boolean): void {
    this.#gates.push(node);
    if (isStored) this.#stored.set(node, node);
  }

  kernels(views: Views, bufferOf: (node: Node) => Buffer): readonly Kernel[] {
    const gates = this.#gates.reverse();
    if (gates.length > mostWritten) return [columnsOf(gates, this.#stored, views, bufferOf)];
    this.#storeBetween(gates, views);
    const parts: Kernel[] = [];
    for (let from = 0; from < gates.length; from += inOneFunction) {
      const part = columnsOf(gates.slice(from, from + inOneFunction), this.#stored, views, bufferOf);
      parts.push({ kind: "loop", axes: [], kept: 0, ...linesOf(part) });
    }
    return parts;
  }

  /** What one function computes and another needs goes through memory. */
  #storeBetween(gates: readonly Node[], views: Views): void {
    const home = new NodeMap<number>();
    gates.forEach((node, i) => {
      const part = Math.floor(i / inOneFunction) + 1;
      home.set(node, part);
      for (const src of node.src) {
        const base = views.baseOf(src);
        if ((home.get(base) ?? part) !== part) this.#stored.set(base, base);
      }
    });
  }
}

const columnsOf = (nodes: readonly Node[], stored: NodeMap<Node>, views: Views, bufferOf: (node: Node) => Buffer): CircuitKernel => {
  let count = 0;
  for (const node of nodes) count += node.src.length;
  const [gates, operands] = [new Int32Array(nodes.length), new Int32Array(count)];
  const sites = new Map<number, Site>();
  const stores: { readonly gate: number; readonly access: Access }[] = [];
  const kinds = new Kinds();
  const known = new Operands(nodes, views, bufferOf);
  let next = 0;
  for (const [i, node] of nodes.entries()) {
    gates[i] = kinds.of(node);
    for (const src of node.src) operands[next++] = known.of(src);
    known.made(node, i);
    if (node.site) sites.set(i, node.site);
    if (stored.has(node)) stores.push({ gate: i, access: accessOf(bufferOf(node), 0) });
  }
  return { kind: "circuit", sources: known.sources, kinds: kinds.all, gates, operands, sites, stores };
};

const accessOf = (buffer: Buffer, offset: number): Access => ({ buffer, offset, strides: none, guards: none, fill: 0 });

class Kinds {
  readonly all: GateKind[] = [];
  readonly #numbers = new Map<Op, Map<string, number>>();

  of(node: Node): number {
    let numbers = this.#numbers.get(node.op);
    if (numbers === undefined) this.#numbers.set(node.op, (numbers = new Map<string, number>()));
    let key: string = node.dtype;
    for (const src of node.src) key += ` ${src.dtype}`;
    let number = numbers.get(key);
    if (number === undefined) numbers.set(key, (number = this.all.push(kindOf(node)) - 1));
    return number;
  }
}

const kindOf = (node: Node): GateKind => ({ name: node.op.name, work: node.op.work!(node) as GateWork, types: node.src.map(({ dtype }) => dtype), dtype: node.dtype });

/** What the gates of a circuit read: gates in front of them, and what comes from outside, each once. */
class Operands {
  readonly sources: CircuitSource[] = [];
  readonly #views: Views;
  readonly #bufferOf: (node: Node) => Buffer;
  readonly #known: NodeNumbers;
  /** Of sources by the node and the position that is read in it. */
  readonly #read = new NodeMap<Map<number, number>>();

  constructor(gates: readonly Node[], views: Views, bufferOf: (node: Node) => Buffer) {
    this.#known = new NodeNumbers(gates);
    this.#views = views;
    this.#bufferOf = bufferOf;
  }

  made(node: Node, gate: number): void {
    this.#known.set(node, gate);
  }

  of(node: Node): number {
    let operand = this.#known.get(node);
    if (operand === undefined) this.#known.set(node, (operand = this.#viewed(this.#views.of(node))));
    return operand;
  }

  #viewed({ base, row: { offset }, guards, fill }: View): number {
    const { dtype } = base;
    // Without axes it is known whether a read falls outside.
    if (guards.some((guard) => guard.offset < 0 || guard.offset >= guard.size)) return this.#add({ kind: "constant", value: fill, dtype });
    const here = this.#known.get(base);
    if (here !== undefined) return here;
    const work = base.op.work!(base)!;
    if (work.kind === "constant") return this.#once(base, 0, () => ({ kind: "constant", value: work.value, dtype }));
    if (work.kind === "positions") return this.#once(base, offset, () => ({ kind: "constant", value: offset, dtype }));
    return this.#once(base, offset, () => ({ kind: "load", access: accessOf(this.#bufferOf(base), offset), dtype }));
  }

  #once(base: Node, offset: number, make: () => CircuitSource): number {
    let positions = this.#read.get(base);
    if (positions === undefined) this.#read.set(base, (positions = new Map<number, number>()));
    let operand = positions.get(offset);
    if (operand === undefined) positions.set(offset, (operand = this.#add(make())));
    return operand;
  }

  #add(source: CircuitSource): number {
    return -this.sources.push(source);
  }
}
