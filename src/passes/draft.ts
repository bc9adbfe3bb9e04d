/** A kernel while nodes join it: what its points are, and which nodes are computed at them. */
import type { Buffer, Kernel } from "../ir/kernel.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node } from "../ir/node.ts";
import { sameShape, sizeOf, stridesOf } from "../ir/shape.ts";
import type { Shape } from "../ir/shape.types.ts";
import type { Row, WorkOf } from "../ir/work.ts";
import { loopOf, type Target } from "./lines.ts";
import type { View, Views } from "./views.ts";

/** For each point of all axes, or only of those that are kept; "plain" as long as nothing is folded. */
export type Part = "inner" | "outer" | "plain";

/** Numbers that are folded: those of a shape, along axes. */
export interface Rows {
  readonly shape: Shape;
  readonly axes: readonly number[];
}

/** How a node of the draft reads another one. */
export interface Reading {
  readonly part: Part;
  readonly view: View;
  /** At each point the number at the same point. */
  readonly direct: boolean;
}

/** Gates in one loop; a longer chain goes on in the next, so that no function is long. */
const longest = 200;

/** Fewer rows than this are not folded and read again in one kernel: threads share rows. */
const fewestRows = 32;

export class Draft {
  /** Of the points of a plain loop, and of those that are kept of one that folds. */
  #shape: Shape;
  #rows: Rows | undefined;
  /** What became of the nodes that were there before anything was folded. */
  #plain: Part = "plain";
  readonly #nodes = { inner: new NodeMap<Node>(), outer: new NodeMap<Node>(), plain: new NodeMap<Node>() };
  readonly #stored: { readonly node: Node; readonly part: Part }[] = [];
  readonly #targets: Target<Part>[] = [];
  #count = 0;
  /** Whether its floats are float64; lanes of both sizes in one loop would make it as slow as the wider. */
  #wide: boolean | undefined;

  constructor(shape: Shape) {
    this.#shape = shape;
  }

  /** Where a gate is computed here, if it is computed here; `uses`: all that read it here; `of`: the fold that it follows from. */
  takesGate(node: Node, uses: readonly Reading[], of: Rows | undefined): Part | undefined {
    if (!this.#hasRoom(node)) return undefined;
    if (this.#rows) {
      if (this.#isInner(node.shape, uses)) return "inner";
      return this.#isOuter(node.shape, uses, this.#rows) ? "outer" : undefined;
    }
    if (sameShape(node.shape, this.#shape) && uses.every(({ direct }) => direct)) return "plain";
    if (of === undefined || !sameShape(node.shape, keptOf(of)) || !this.#canFold(of, uses)) return undefined;
    this.#foldInside(of);
    return "outer";
  }

  /** Whether a fold is done here; its operand is read in the inner part. */
  takesFold(node: Node, uses: readonly Reading[]): boolean {
    if (!this.#hasRoom(node)) return false;
    const rows = rowsOf(node);
    if (this.#rows) return sameRows(this.#rows, rows) && this.#isOuter(node.shape, uses, rows);
    if (sameShape(node.shape, this.#shape) && uses.every(({ direct }) => direct)) {
      this.#rows = rows;
      this.#plain = "outer";
      return true;
    }
    if (!this.#canFold(rows, uses)) return false;
    this.#foldInside(rows);
    return true;
  }

  /** The part of a node that joined earlier as it is now. */
  partNow(part: Part): Part {
    return part === "plain" ? this.#plain : part;
  }

  add(node: Node, part: Part, isStored: boolean): void {
    this.#nodes[part].set(node, node);
    this.#count++;
    this.#wide ??= widthOf(node);
    if (isStored) this.#stored.push({ node, part });
  }

  target(target: { readonly view: View; readonly buffer: Node; readonly row: Row }): void {
    this.#targets.push({ ...target, part: "plain" });
  }

  kernel(views: Views, bufferOf: (node: Node) => Buffer): Kernel {
    const { inner, outer, plain } = this.#nodes;
    const now = (part: Part): "inner" | "outer" => (this.partNow(part) === "inner" ? "inner" : "outer");
    const both = { inner: [...inner.values()], outer: [...outer.values()] };
    both[now("plain")].push(...plain.values());
    return loopOf(
      {
        shape: this.#rows?.shape ?? this.#shape,
        axes: this.#rows?.axes ?? [],
        inner: both.inner,
        outer: both.outer,
        stored: this.#stored.map(({ node, part }) => ({ node, part: now(part) })),
        targets: this.#targets.map((target) => ({ ...target, part: now(target.part) })),
      },
      views,
      bufferOf,
    );
  }

  #hasRoom(node: Node): boolean {
    const wide = widthOf(node);
    return this.#count < longest && (wide === undefined || this.#wide === undefined || wide === this.#wide);
  }

  #isInner(shape: Shape, uses: readonly Reading[]): boolean {
    return sameShape(shape, this.#rows!.shape) && uses.every(({ part, direct }) => part === "inner" && direct);
  }

  #isOuter(shape: Shape, uses: readonly Reading[], rows: Rows): boolean {
    return sameShape(shape, keptOf(rows)) && uses.every(({ part, direct, view }) => (part === "inner" ? repeats(view, rows) : direct));
  }

  /** Whether rows can be folded in front of what reads the results all along them. */
  #canFold(rows: Rows, uses: readonly Reading[]): boolean {
    const { shape, axes } = rows;
    const last = shape.findLastIndex((n) => n !== 1);
    return sameShape(shape, this.#shape) && axes.includes(last) && sizeOf(shape) > 0 && sizeOf(keptOf(rows)) >= fewestRows && uses.every(({ view }) => repeats(view, rows));
  }

  #foldInside(rows: Rows): void {
    this.#rows = rows;
    this.#shape = keptOf(rows);
    this.#plain = "inner";
  }
}

export const rowsOf = (fold: Node): Rows => ({ shape: fold.src[0]!.shape, axes: (fold.op.work!(fold) as WorkOf<"fold">).axes });

export const sameRows = (a: Rows, b: Rows): boolean => sameShape(a.shape, b.shape) && sameShape(a.axes, b.axes);

const keptOf = ({ shape, axes }: Rows): Shape => shape.filter((_, i) => !axes.includes(i));

/** Whether a view gives every number of a row the one number of it. */
const repeats = ({ row, guards }: View, { shape, axes }: Rows): boolean => {
  const strides = stridesOf(keptOf({ shape, axes }));
  let next = 0;
  const wanted = shape.map((_, i) => (axes.includes(i) ? 0 : strides[next++]!));
  return guards.length === 0 && row.offset === 0 && shape.every((n, i) => n === 1 || row.coef[i] === wanted[i]);
};

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
