/** A kernel while nodes join it: what its points are, and which nodes are computed at them. */
import type { Buffer, Kernel } from "../ir/kernel.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node } from "../ir/node.ts";
import { sameShape, sizeOf, stridesOf } from "../ir/shape.ts";
import { alike } from "./affine.ts";
import { along, commonAxes, inOrderOf, joins, orderIn } from "./axes.ts";
import type { Shape } from "../ir/shape.types.ts";
import type { WorkOf } from "../ir/work.ts";
import { loopOf, type Place as PlaceOf, type Target } from "./lines.ts";
import type { View, Views } from "./views.ts";

/** For each point of all axes, or only of those that are kept; "plain" as long as nothing is folded. */
export type Part = "inner" | "outer" | "plain";

export type Place = PlaceOf<Part>;

/** Numbers that are folded: those of a shape, along axes. */
export interface Rows {
  readonly shape: Shape;
  readonly axes: readonly number[];
}

/** How a node of the draft reads another one. */
export interface Reading extends Place {
  readonly view: View;
  /** The shape that the view is one of. */
  readonly over: Shape;
  /** All numbers in order, though it may be in another shape. */
  readonly direct: boolean;
}

/** Gates in one loop; a longer chain goes on in the next, so that no function is long. */
const longest = 200;

/** Fewer rows than this are not folded and read again in one kernel: threads share rows. */
const fewestRows = 32;

export class Draft {
  /** Of the points, as long as nothing is folded. */
  #shape: Shape;
  #rows: Rows | undefined;
  /** What became of the nodes that were there before anything was folded. */
  #plain: Part = "plain";
  readonly #nodes = { inner: new NodeMap<Node>(), outer: new NodeMap<Node>(), plain: new NodeMap<Node>() };
  /** Of inner nodes, and of the operands of folds. */
  readonly #orders = new NodeMap<readonly number[]>();
  readonly #stored: { readonly node: Node; readonly part: Part }[] = [];
  readonly #targets: Target<Part>[] = [];
  /** Bases that its nodes read. */
  readonly reads = new NodeMap<Node>();
  #count = 0;
  /** Whether its floats are float64; lanes of both sizes in one loop would make it as slow as the wider. */
  #wide: boolean | undefined;

  constructor(shape: Shape) {
    this.#shape = shape;
  }

  /** Where a gate is computed here, if it is computed here; `uses`: all that read it here; `of`: the fold that it follows from. */
  takesGate(node: Node, uses: readonly Reading[], of: Rows | undefined): Place | undefined {
    if (!this.#hasRoom(node)) return undefined;
    if (this.#rows) {
      if (this.#isInner(node.shape, uses)) return { part: "inner", order: uses[0]!.order };
      return this.#isOuter(node.shape, uses, this.#rows) ? { part: "outer" } : undefined;
    }
    const axes = this.#commonAxes(node, uses);
    if (axes) {
      this.#shape = axes;
      return { part: "plain" };
    }
    return of !== undefined && alike(node.shape, keptOf(of)) && this.#foldInside(of, uses) ? { part: "outer" } : undefined;
  }

  /** Where the operand of a fold is read, if that is done here. */
  takesFold(node: Node, uses: readonly Reading[]): Place | undefined {
    if (!this.#hasRoom(node)) return undefined;
    const rows = rowsOf(node);
    if (this.#rows) return this.#isOuter(node.shape, uses, this.#rows) ? this.#ordered(node, placeIn(this.#rows, rows)) : undefined;
    const axes = this.#commonAxes(node, uses);
    if (axes) {
      this.#rows = finerRows(rows, axes);
      this.#plain = "outer";
      return { part: "inner" };
    }
    return this.#ordered(node, this.#foldInside(rows, uses));
  }

  #ordered(fold: Node, place: Place | undefined): Place | undefined {
    if (place?.order) this.#orders.set(fold, place.order);
    return place;
  }

  /** The part of a node that joined earlier as it is now. */
  partNow(part: Part): Part {
    return part === "plain" ? this.#plain : part;
  }

  add(node: Node, { part, order }: Place, isStored: boolean): void {
    this.#nodes[part].set(node, node);
    if (order) this.#orders.set(node, order);
    this.#count++;
    this.#wide ??= widthOf(node);
    if (isStored) this.#stored.push({ node, part });
  }

  target(target: Omit<Target<Part>, "part">): void {
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
        orders: this.#orders,
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

  /** Axes that the points of a plain loop and those of a node are joined from, if they are the same in order. */
  #commonAxes(node: Node, uses: readonly Reading[]): Shape | undefined {
    return uses.every(({ direct }) => direct) ? commonAxes(this.#shape, node.shape) : undefined;
  }

  #isInner(shape: Shape, uses: readonly Reading[]): boolean {
    const { order } = uses[0]!;
    return joins(inOrderOf(this.#rows!.shape, order), shape) && uses.every((use) => use.part === "inner" && use.direct && sameShape(use.order ?? [], order ?? []));
  }

  #isOuter(shape: Shape, uses: readonly Reading[], rows: Rows): boolean {
    return joins(keptOf(rows), shape) && uses.every((use) => (use.part === "inner" ? repeats(use, rows) : use.direct));
  }

  /** Folds rows in front of what reads the results all along them, where that can be; gives the place of what is folded. */
  #foldInside(of: Rows, uses: readonly Reading[]): Place | undefined {
    const shape = this.#shape;
    const [first] = uses;
    if (first === undefined || sizeOf(shape) === 0 || sizeOf(keptOf(of)) < fewestRows) return undefined;
    const steps = stepsIn(first, shape);
    const rows = { shape, axes: shape.flatMap((n, i) => (n !== 1 && steps[i] === 0 ? [i] : [])) };
    if (!rows.axes.includes(lastOf(shape)) || !uses.every((use) => repeats(use, rows))) return undefined;
    const place = placeIn(rows, of);
    if (place === undefined) return undefined;
    this.#rows = rows;
    this.#plain = "inner";
    return place;
  }
}

export const rowsOf = (fold: Node): Rows => ({ shape: fold.src[0]!.shape, axes: (fold.op.work!(fold) as WorkOf<"fold">).axes });

export const sameRows = (a: Rows, b: Rows): boolean => sameShape(a.shape, b.shape) && sameShape(a.axes, b.axes);

const keptOf = ({ shape, axes }: Rows): Shape => shape.filter((_, i) => !axes.includes(i));

const lastOf = (shape: Shape): number => shape.findLastIndex((n) => n !== 1);

/** Steps of a reading along the axes of the loop. */
const stepsIn = ({ view, over, order }: Reading, shape: Shape): readonly number[] => along(view.row.coef, over, shape, order);

/** Whether every number of a row reads the one number of it. */
const repeats = (use: Reading, { shape, axes }: Rows): boolean => {
  const { row, guards } = use.view;
  const strides = stridesOf(keptOf({ shape, axes }));
  let next = 0;
  const wanted = shape.map((_, i) => (axes.includes(i) ? 0 : strides[next++]!));
  const steps = stepsIn(use, shape);
  return guards.length === 0 && row.offset === 0 && shape.every((n, i) => n === 1 || steps[i] === wanted[i]);
};

/**
 * The place of what is folded in a loop over other rows, if these are the same numbers. The innermost axis must be the
 * same: what lies side by side for one does so for the other.
 */
const placeIn = (loop: Rows, rows: Rows): Place | undefined => {
  if (sameRows(loop, rows)) return { part: "inner" };
  const order = orderIn(rows.shape, rows.axes, loop.shape, loop.axes);
  if (order === undefined || order.at(-1) !== lastOf(loop.shape)) return undefined;
  return order.every((axis, i) => i === 0 || axis > order[i - 1]!) ? { part: "inner" } : { part: "inner", order };
};

/** Rows whose results are read in finer axes. */
const finerRows = (rows: Rows, kept: Shape): Rows => {
  if (alike(keptOf(rows), kept)) return rows;
  const shape: number[] = [];
  const axes: number[] = [];
  const left = kept.filter((n) => n !== 1);
  rows.shape.forEach((n, i) => {
    if (rows.axes.includes(i)) axes.push(shape.push(n) - 1);
    else for (let size = 1; size < n; ) size *= shape[shape.push(left.shift()!) - 1]!;
  });
  return { shape, axes };
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
