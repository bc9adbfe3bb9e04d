/**
 * Gates of single numbers. Many of them are no loops: those whose operands are there at the same time become one circuit,
 * computed one after the other. A few stay where their numbers are made or needed.
 */
import type { Access, Buffer, GateWork, Kernel, Line, Placed, Store } from "../ir/kernel.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";
import type { View, Views } from "./views.ts";

/** Fewer single gates in a program than this make no circuit. */
const fewest = 16;

/** A circuit of at most so many gates is written out as code; a longer one would take longer to compile than to read from a table. */
const mostWritten = 2000;

/** Gates in one function of code. */
const inOneFunction = 200;

/** Nothing is folded in a circuit. */
const plain: Placed = { pass: 0, inner: false };

const none: readonly never[] = [];

const isGate = (node: Node): boolean => {
  const { kind } = node.op.work!(node)!;
  return (kind === "gate" || kind === "words" || kind === "convert") && sizeOf(node.shape) === 1;
};

/**
 * For each node the stage in which it can be computed: circuits at even ones, all else at odd ones. Nothing if there are
 * too few single gates. Nodes of a stage need only nodes of stages before, and circuits their own.
 */
export const stagesOf = (order: readonly Node[], views: Views): NodeMap<number> | undefined => {
  let single = 0;
  for (const node of order) if (isGate(node)) single++;
  if (single < fewest) return undefined;
  const stages = new NodeMap<number>();
  for (const node of order) {
    let stage = 0;
    for (const src of node.src) stage = Math.max(stage, stages.get(src)!);
    if (isGate(node)) stage += stage % 2;
    // A source is there from the beginning, and a view is where its operand is.
    else if (node.src.length > 0 && (views.of(node).base === node || views.stored(node))) stage += 1 - (stage % 2);
    stages.set(node, stage);
  }
  return stages;
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
    if (gates.length > mostWritten) {
      const { lines, stores } = this.#part(gates, views, bufferOf);
      return [{ kind: "circuit", lines, stores }];
    }
    this.#storeBetween(gates, views);
    const parts: Kernel[] = [];
    for (let from = 0; from < gates.length; from += inOneFunction) {
      parts.push({ kind: "loop", axes: [], kept: 0, ...this.#part(gates.slice(from, from + inOneFunction), views, bufferOf) });
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
        const { base } = views.of(src);
        if ((home.get(base) ?? part) !== part) this.#stored.set(base, base);
      }
    });
  }

  #part(gates: readonly Node[], views: Views, bufferOf: (node: Node) => Buffer): { readonly lines: readonly Line[]; readonly stores: readonly Store[] } {
    const lines: Line[] = [];
    const stores: Store[] = [];
    const places = new NodeMap<number>();
    /** By the node and the position that is read in it. */
    const known = new NodeMap<Map<number, number>>();
    const access = (node: Node, offset: number): Access => ({ buffer: bufferOf(node), offset, strides: none, guards: none, fill: 0 });
    const add = (line: Line): number => lines.push(line) - 1;
    const once = (base: Node, offset: number, line: () => Line): number => {
      let positions = known.get(base);
      if (positions === undefined) known.set(base, (positions = new Map<number, number>()));
      let place = positions.get(offset);
      if (place === undefined) positions.set(offset, (place = add(line())));
      return place;
    };
    const value = ({ base, row: { offset }, guards, fill }: View): number => {
      const { dtype } = base;
      // Without axes it is known whether a read falls outside.
      if (guards.some((guard) => guard.offset < 0 || guard.offset >= guard.size)) return add({ ...plain, kind: "constant", value: fill, dtype });
      const here = places.get(base);
      if (here !== undefined) return here;
      const work = base.op.work!(base)!;
      if (work.kind === "constant") return once(base, 0, () => ({ ...plain, kind: "constant", value: work.value, dtype }));
      if (work.kind === "positions") return once(base, offset, () => ({ ...plain, kind: "constant", value: offset, dtype }));
      return once(base, offset, () => ({ ...plain, kind: "load", access: access(base, offset), dtype }));
    };
    for (const node of gates) {
      const operands = node.src.map((src) => places.get(src) ?? value(views.of(src)));
      // Written out: spreading what is plain takes twice the room, and there may be millions.
      const line = add({ kind: "gate", name: node.op.name, work: node.op.work!(node) as GateWork, operands, dtype: node.dtype, site: node.site, pass: 0, inner: false });
      places.set(node, line);
      if (this.#stored.has(node)) stores.push({ ...plain, line, access: access(node, 0) });
    }
    return { lines, stores };
  }
}
