/**
 * What a draft becomes: lines in order, pass by pass, each load where its view says. A number that a later pass needs
 * again is computed again, unless that takes long: then it is stored and loaded.
 */
import type { Access, Buffer, GateWork, Line, LoopKernel, Store } from "../ir/kernel.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";
import type { Shape } from "../ir/shape.types.ts";
import type { Row, WorkOf } from "../ir/work.ts";
import { takesLong } from "./again.ts";
import { along } from "./axes.ts";
import type { View, Views } from "./views.ts";

type Part = "inner" | "outer";

/** Where a node is computed in a loop that has all its points. */
export interface Place<P> {
  readonly part: P;
  /** Of an inner one that has them in another order: which axis of the loop each of its own is, without those of one point. */
  readonly order?: readonly number[] | undefined;
}

/** Numbers that a loop stores where a row says, though they are no node's own. */
export interface Target<P> extends Place<P> {
  readonly view: View;
  /** The shape that the view and the row are of. */
  readonly over: Shape;
  readonly buffer: Node;
  readonly row: Row;
}

export interface Loop {
  /** Of the points of all axes, and which of these are folded. */
  readonly shape: Shape;
  readonly axes: readonly number[];
  /** Gates for each point. */
  readonly inner: readonly Node[];
  /** Gates for each point of the axes that are kept, and folds. */
  readonly outer: readonly Node[];
  /** Of inner gates, and of the operands of folds, that have the points in another order: which axis of the loop each of theirs is. */
  readonly orders: NodeMap<readonly number[]>;
  readonly stored: readonly { readonly node: Node; readonly part: Part }[];
  readonly targets: readonly Target<Part>[];
}

export const loopOf = (loop: Loop, views: Views, bufferOf: (node: Node) => Buffer): LoopKernel => new Lines(loop, views, bufferOf).kernel();

const isFold = (node: Node): boolean => node.op.work!(node)!.kind === "fold";

type Unplaced<L> = L extends Line ? Omit<L, "pass" | "inner"> : never;

class Lines {
  readonly #lines: Line[] = [];
  readonly #stores: Store[] = [];
  readonly #loop: Loop;
  readonly #views: Views;
  readonly #bufferOf: (node: Node) => Buffer;
  readonly #axes: readonly number[];
  readonly #kept: number;
  /** The pass that a node belongs to; of an outer one the first that may use it. */
  readonly #passes = new NodeMap<number>();
  readonly #isInner = new NodeMap<Node>();
  /** Line of an outer node, and of an inner one in the pass at hand. */
  readonly #outer = new NodeMap<number>();
  #inner = new NodeMap<number>();
  readonly #knownOuter = new Map<string, number>();
  #knownInner = new Map<string, number>();
  #pass = 0;

  constructor(loop: Loop, views: Views, bufferOf: (node: Node) => Buffer) {
    this.#loop = loop;
    this.#views = views;
    this.#bufferOf = bufferOf;
    const all = loop.shape.map((_, i) => i);
    this.#axes = [...all.filter((i) => !loop.axes.includes(i)), ...all.filter((i) => loop.axes.includes(i))];
    this.#kept = this.#axes.length - loop.axes.length;
    for (const node of loop.inner) this.#isInner.set(node, node);
  }

  kernel(): LoopKernel {
    const { inner, outer, stored, targets, shape } = this.#loop;
    const here = [...inner, ...outer].sort((a, b) => a.id - b.id);
    for (const node of here) this.#passes.set(node, this.#passOf(node));
    const last = Math.max(0, ...here.map((node) => this.#passes.get(node)!));
    const kept = new NodeMap<Node>(stored.filter(({ part }) => part === "inner").map(({ node }) => [node, node]));
    const needed = this.#needed(last, kept);
    for (let pass = 0; pass <= last; pass++) {
      this.#begin(pass);
      for (const node of outer) if (!isFold(node) && this.#passes.get(node) === pass) this.#gate(node, "outer");
      for (const node of needed[pass]!.values()) this.#gate(node, "inner");
      for (const node of outer) if (isFold(node) && this.#passes.get(node) === pass + 1) this.#fold(node);
      for (const node of kept.values()) if (this.#passes.get(node) === pass) this.#store(this.#own(node));
      for (const target of targets) if (target.part === "inner" && (this.#passes.get(target.view.base) ?? 0) === pass) this.#store(target);
    }
    for (const target of [...stored.map(({ node }) => this.#own(node)), ...targets]) if (target.part === "outer") this.#store(target);
    return { kind: "loop", axes: this.#axes.map((i) => shape[i]!), kept: this.#kept, lines: this.#lines, stores: this.#stores };
  }

  /** One behind the last fold that it follows from. */
  #passOf(node: Node): number {
    const before = node.src.map((src) => this.#passes.get(this.#views.of(src).base) ?? 0);
    return Math.max(0, ...before) + Number(isFold(node));
  }

  /** Inner gates by the passes that compute them. What takes long and is needed later joins those that are kept. */
  #needed(last: number, kept: NodeMap<Node>): NodeMap<Node>[] {
    const { outer, targets } = this.#loop;
    const needed: NodeMap<Node>[] = [];
    for (let pass = last; pass >= 0; pass--) {
      const found = new NodeMap<Node>();
      const open = [
        ...outer.filter((node) => isFold(node) && this.#passes.get(node) === pass + 1).map((node) => this.#views.of(node.src[0]!).base),
        ...targets.filter(({ part }) => part === "inner").map(({ view }) => view.base).filter((node) => this.#passes.get(node) === pass),
        ...kept.values().filter((node) => this.#passes.get(node) === pass),
      ];
      for (let node = open.pop(); node !== undefined; node = open.pop()) {
        if (!this.#isInner.has(node) || found.has(node)) continue;
        if (this.#passes.get(node)! < pass && takesLong(node)) {
          kept.set(node, node);
          continue;
        }
        found.set(node, node);
        for (const src of node.src) open.push(this.#views.of(src).base);
      }
      needed[pass] = found;
    }
    return needed;
  }

  #begin(pass: number): void {
    this.#pass = pass;
    this.#inner = new NodeMap();
    this.#knownInner = new Map();
  }

  #placeOf(node: Node): Place<Part> {
    return { part: this.#isInner.has(node) ? "inner" : "outer", order: this.#loop.orders.get(node) };
  }

  #own(node: Node): Target<Part> {
    const view = this.#views.of(node);
    return { view, over: node.shape, buffer: node, row: view.row, ...this.#placeOf(node) };
  }

  #gate(node: Node, part: Part): void {
    const work = node.op.work!(node) as GateWork;
    const place = this.#placeOf(node);
    const operands = node.src.map((src) => this.#value(this.#views.of(src), src.shape, place));
    const line = this.#add({ kind: "gate", name: node.op.name, work, operands, dtype: node.dtype, site: node.site }, part);
    (part === "inner" ? this.#inner : this.#outer).set(node, line);
  }

  #fold(node: Node): void {
    const { fold } = node.op.work!(node) as WorkOf<"fold">;
    const operands = [this.#value(this.#views.of(node.src[0]!), node.src[0]!.shape, { part: "inner", order: this.#loop.orders.get(node) })];
    const sizes = this.#axes.slice(this.#kept).map((i) => this.#loop.shape[i]!);
    const steps = sizes.map((_, i) => sizeOf(sizes.slice(i + 1)));
    const row = { offset: 0, coef: [...this.#axes.slice(0, this.#kept).map(() => 0), ...steps] };
    this.#outer.set(node, this.#add({ kind: "fold", name: node.op.name, fold, operands, row, dtype: node.dtype, site: node.site }, "inner"));
  }

  #store(target: Target<Part>): void {
    const { view, over, buffer, row, part } = target;
    const { offset, coef } = this.#toAxes(row, over, target);
    const pass = this.#passes.get(view.base) ?? 0;
    this.#stores.push({ line: this.#value(view, over, target), pass, inner: part === "inner", access: { buffer: this.#bufferOf(buffer), offset, strides: coef, guards: [], fill: 0 } });
  }

  /** A function of the points of a node as one of the kernel's. */
  #toAxes<R extends Row>(row: R, of: Shape, { part, order }: Place<Part>): R {
    const { shape } = this.#loop;
    const sizes = this.#axes.map((i) => shape[i]!);
    if (part === "outer") return { ...row, coef: [...along(row.coef, of, sizes.slice(0, this.#kept)), ...sizes.slice(this.#kept).map(() => 0)] };
    const coef = along(row.coef, of, shape, order);
    return { ...row, coef: this.#axes.map((i) => coef[i]!) };
  }

  /** What a view of that shape reads. */
  #value(view: View, of: Shape, place: Place<Part>): number {
    const { part } = place;
    const { base, fill } = view;
    const here = (part === "inner" ? this.#inner.get(base) : undefined) ?? this.#outer.get(base);
    if (here !== undefined) return here;
    const row = this.#toAxes(view.row, of, place);
    const work = base.op.work!(base)!;
    if (work.kind === "constant") return this.#once({ kind: "constant", value: work.value, dtype: base.dtype }, part);
    if (work.kind === "positions") return this.#once({ kind: "position", row, dtype: base.dtype }, part);
    const guards = view.guards.map((guard) => this.#toAxes(guard, of, place));
    const access: Access = { buffer: this.#bufferOf(base), offset: row.offset, strides: row.coef, guards, fill };
    return this.#once({ kind: "load", access, dtype: base.dtype }, part);
  }

  /** Equal loads and numbers are written once. */
  #once(line: Unplaced<Line>, part: Part): number {
    const key = line.kind === "load" ? loadKey(line.access) : line.kind === "constant" ? `${line.dtype} ${bitsText(line.value)}` : JSON.stringify(line);
    const known = part === "inner" ? this.#knownInner : this.#knownOuter;
    const place = known.get(key) ?? this.#add(line, part);
    known.set(key, place);
    return place;
  }

  #add(line: Unplaced<Line>, part: Part): number {
    return this.#lines.push({ ...line, pass: this.#pass, inner: part === "inner" } as Line) - 1;
  }
}

const bitsText = (x: number): string => (Object.is(x, -0) ? "-0" : String(x));
const loadKey = ({ buffer, ...rest }: Access): string => `${buffer.id} ${JSON.stringify({ ...rest, fill: bitsText(rest.fill) })}`;
