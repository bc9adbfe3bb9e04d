/** A kernel while nodes join it, and what it becomes: lines in order, each load where its view says. */
import type { Access, Buffer, GateWork, Kernel, Line, Store } from "../ir/kernel.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node } from "../ir/node.ts";
import { sameShape } from "../ir/shape.ts";
import type { Shape } from "../ir/shape.types.ts";
import type { Row, WorkOf } from "../ir/work.ts";
import type { View, Views } from "./views.ts";

/** In a loop with a fold: for each point of all axes, or only of those that are kept. */
export type Part = "inner" | "outer";

/** Gates in one loop; a longer chain goes on in the next, so that no function is long. */
const longest = 200;

/** Numbers that a loop computes and where they go. */
interface Target {
  readonly view: View;
  readonly buffer: Node;
  readonly row: Row;
}

export class Draft {
  readonly shape: Shape;
  #fold: Node | undefined;
  readonly #gates = { inner: new NodeMap<Node>(), outer: new NodeMap<Node>() };
  readonly #stored: { readonly node: Node; readonly part: Part }[] = [];
  readonly #targets: Target[] = [];
  #count = 0;
  /** Whether its floats are float64; lanes of both sizes in one loop would make it as slow as the wider. */
  #wide: boolean | undefined;

  constructor(shape: Shape) {
    this.shape = shape;
  }

  /** Whether a gate can be computed here for each point of that part. */
  takesGate(node: Node, part: Part): boolean {
    const over = part === "outer" ? this.shape : this.#fold!.src[0]!.shape;
    return this.#count < longest && sameShape(node.shape, over) && this.#fits(widthOf(node));
  }

  takesFold(node: Node): boolean {
    return this.#fold === undefined && sameShape(node.shape, this.shape) && this.#fits(widthOf(node));
  }

  gate(node: Node, part: Part, isStored: boolean): void {
    this.#gates[part].set(node, node);
    this.#join(node, part, isStored);
  }

  fold(node: Node, isStored: boolean): void {
    this.#fold = node;
    this.#join(node, "outer", isStored);
  }

  target(target: Target): void {
    this.#targets.push(target);
  }

  kernel(views: Views, bufferOf: (node: Node) => Buffer): Kernel {
    const fold = this.#fold;
    const axes = fold ? foldedLast(fold) : this.shape.map((_, i) => i);
    const sizes = fold ? axes.map((i) => fold.src[0]!.shape[i]!) : this.shape;
    const lines = new Lines(views, bufferOf, {
      inner: (row) => ({ offset: row.offset, coef: axes.map((i) => row.coef[i]!) }),
      outer: (row) => ({ offset: row.offset, coef: [...row.coef, ...sizes.slice(row.coef.length).map(() => 0)] }),
    });
    for (const node of this.#gates.inner.values()) lines.gate(node, "inner");
    if (fold) lines.fold(fold, sizes.slice(this.shape.length));
    for (const node of this.#gates.outer.values()) lines.gate(node, "outer");
    const stores = [
      ...this.#stored.map(({ node, part }) => lines.store({ view: views.of(node), buffer: node, row: views.of(node).row }, part)),
      ...this.#targets.map((target) => lines.store(target, "outer")),
    ];
    return { kind: "loop", axes: sizes, kept: this.shape.length, lines: lines.all, stores };
  }

  #fits(wide: boolean | undefined): boolean {
    return wide === undefined || this.#wide === undefined || wide === this.#wide;
  }

  #join(node: Node, part: Part, isStored: boolean): void {
    this.#count++;
    this.#wide ??= widthOf(node);
    if (isStored) this.#stored.push({ node, part });
  }
}

/**
 * Whether a node computes in float64, nothing if it fits either. That is where whole numbers are computed with, positions
 * too: float32 does not hold them all.
 */
const widthOf = (node: Node): boolean | undefined => {
  const types = [node.dtype, ...node.src.map((src) => src.dtype)];
  const work = node.op.work!(node)!;
  const exact = (work.kind === "gate" || work.kind === "fold") && types.some((dtype) => dtype === "int32" || dtype === "uint32");
  return exact || types.includes("float64") ? true : types.includes("float32") ? false : undefined;
};

const foldedLast = (fold: Node): number[] => {
  const { axes } = fold.op.work!(fold) as WorkOf<"fold">;
  const all = fold.src[0]!.shape.map((_, i) => i);
  return [...all.filter((i) => !axes.includes(i)), ...all.filter((i) => axes.includes(i))];
};

class Lines {
  readonly all: Line[] = [];
  readonly #views: Views;
  readonly #bufferOf: (node: Node) => Buffer;
  readonly #toAxes: Readonly<Record<Part, (row: Row) => Row>>;
  readonly #places = { inner: new NodeMap<number>(), outer: new NodeMap<number>() };
  readonly #known = { inner: new Map<string, number>(), outer: new Map<string, number>() };

  constructor(views: Views, bufferOf: (node: Node) => Buffer, toAxes: Readonly<Record<Part, (row: Row) => Row>>) {
    this.#views = views;
    this.#bufferOf = bufferOf;
    this.#toAxes = toAxes;
  }

  gate(node: Node, part: Part): void {
    const work = node.op.work!(node) as GateWork;
    const operands = node.src.map((src) => this.#value(this.#views.of(src), part));
    this.#places[part].set(node, this.#add({ kind: "gate", name: node.op.name, work, operands, dtype: node.dtype, site: node.site }));
  }

  fold(node: Node, sizes: Shape): void {
    const { fold } = node.op.work!(node) as WorkOf<"fold">;
    const operands = [this.#value(this.#views.of(node.src[0]!), "inner")];
    const steps = sizes.map((_, i) => sizes.slice(i + 1).reduce((product, n) => product * n, 1));
    const row = { offset: 0, coef: [...node.shape.map(() => 0), ...steps] };
    this.#places.outer.set(node, this.#add({ kind: "fold", name: node.op.name, fold, operands, row, dtype: node.dtype, site: node.site }));
  }

  store({ view, buffer, row }: Target, part: Part): Store {
    const { offset, coef } = this.#toAxes[part](row);
    return { line: this.#value(view, part), access: { buffer: this.#bufferOf(buffer), offset, strides: coef, guards: [], fill: 0 } };
  }

  #value(view: View, part: Part): number {
    const { base, fill } = view;
    const here = this.#places[part].get(base);
    if (here !== undefined) return here;
    const row = this.#toAxes[part](view.row);
    const work = base.op.work!(base)!;
    if (work.kind === "constant") return this.#once({ kind: "constant", value: work.value, dtype: base.dtype }, part);
    if (work.kind === "positions") return this.#once({ kind: "position", row, dtype: base.dtype }, part);
    const guards = view.guards.map((guard) => ({ ...this.#toAxes[part](guard), size: guard.size }));
    const access: Access = { buffer: this.#bufferOf(base), offset: row.offset, strides: row.coef, guards, fill };
    return this.#once({ kind: "load", access, dtype: base.dtype }, part);
  }

  /** Equal loads and numbers are written once. */
  #once(line: Line, part: Part): number {
    const key = line.kind === "load" ? loadKey(line.access) : line.kind === "constant" ? `${line.dtype} ${bitsText(line.value)}` : JSON.stringify(line);
    const known = this.#known[part].get(key);
    if (known !== undefined) return known;
    const place = this.#add(line);
    this.#known[part].set(key, place);
    return place;
  }

  #add(line: Line): number {
    this.all.push(line);
    return this.all.length - 1;
  }
}

const bitsText = (x: number): string => (Object.is(x, -0) ? "-0" : String(x));
const loadKey = ({ buffer, ...rest }: Access): string => `${buffer.id} ${JSON.stringify({ ...rest, fill: bitsText(rest.fill) })}`;
