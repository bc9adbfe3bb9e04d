/**
 * Where each node's numbers are to be read. A chain of views is one affine function into the node at its base, with
 * conditions where a read may fall outside; nothing is copied for it. Where one function cannot say it (a reshape of what
 * is not in one piece, two paddings of different numbers), the view in between is stored and becomes a base itself.
 */
import { NodeMap } from "../ir/node-map.ts";
import type { Node } from "../ir/node.ts";
import { stridesOf } from "../ir/shape.ts";
import type { Shape } from "../ir/shape.types.ts";
import type { Guard } from "../ir/kernel.ts";
import type { ReadMap, Row } from "../ir/work.ts";
import { mayMiss, through } from "./affine.ts";

export interface View {
  readonly base: Node;
  /** From the index of the node to the position in its base. */
  readonly row: Row;
  readonly guards: readonly Guard[];
  readonly fill: number;
}

export class Views {
  /** Of nodes that are read somewhere else; all others are read as they are. */
  readonly #views = new NodeMap<View>();
  readonly #stored = new NodeMap<View>();

  /** `order`: all nodes, operands first; `kept`: those whose numbers must lie in a buffer. */
  constructor(order: readonly Node[], kept: Iterable<Node>) {
    const wanted = new NodeMap<Node>();
    for (const node of kept) wanted.set(node, node);
    for (const node of order) {
      const view = this.#make(node);
      if (view) this.#views.set(node, view);
      if (wanted.has(node) && (view || isWritten(node))) this.#store(node);
    }
  }

  of(node: Node): View {
    return this.#views.get(node) ?? whole(node);
  }

  /** The node whose numbers a view of this one reads. */
  baseOf(node: Node): Node {
    return this.#views.get(node)?.base ?? node;
  }

  /** How a view is computed that is stored nevertheless; of any other node nothing. */
  stored(node: Node): View | undefined {
    return this.#stored.get(node);
  }

  #store(node: Node): void {
    if (this.#stored.has(node)) return;
    this.#stored.set(node, this.of(node));
    this.#views.delete(node);
  }

  #make(node: Node): View | undefined {
    const work = node.op.work!(node)!;
    if (work.kind === "read") return this.#read(node.src[0]!, work.map);
    return work.kind === "same" ? this.#reshape(node.src[0]!, node.shape) : undefined;
  }

  #read(src: Node, { from, to, rows, fill }: ReadMap): View {
    const own = rows.flatMap((row, i): Guard[] => (mayMiss(row, to, from[i]!) ? [{ ...row, size: from[i]! }] : []));
    let view = this.of(src);
    if (own.length > 0 && (isWritten(view.base) || (view.guards.length > 0 && !Object.is(view.fill, fill)))) {
      this.#store(src);
      view = this.of(src);
    }
    const inner = view.guards.map((guard): Guard => ({ ...through(guard, rows, to.length), size: guard.size }));
    return { base: view.base, row: through(view.row, rows, to.length), guards: [...inner, ...own], fill: own.length > 0 ? fill : view.fill };
  }

  #reshape(src: Node, to: Shape): View {
    const view = this.of(src);
    const row = reshaped(view.row, src.shape, to);
    const guards = view.guards.map((guard) => ({ ...guard, ...reshaped(guard, src.shape, to) }));
    if (row && guards.every(({ coef }) => coef !== undefined)) return { ...view, row, guards: guards as readonly Guard[] };
    this.#store(src);
    return { ...this.of(src), row: { offset: 0, coef: stridesOf(to) } };
  }
}

/** A node's own numbers in order. Single numbers, of which there may be a million, share what they have in common. */
const whole = (node: Node): View => ({ base: node, row: node.shape.length === 0 ? first : { offset: 0, coef: stridesOf(node.shape) }, guards: noGuards, fill: 0 });

const first: Row = { offset: 0, coef: [] };
const noGuards: readonly Guard[] = [];

/** Written down wherever they are needed, and read from no buffer: constants and positions. */
export const isWritten = (node: Node): boolean => {
  const kind = node.op.work?.(node)?.kind;
  return kind === "constant" || kind === "positions";
};

/** The same affine function of the axes of another shape of as many elements, if it is affine in those. */
export const reshaped = ({ offset, coef }: Row, from: Shape, to: Shape): Row | undefined => {
  const out = new Array<number>(to.length).fill(0);
  if (from.includes(0)) return { offset, coef: out };
  let i = from.length - 1;
  let j = to.length - 1;
  while (i >= 0 || j >= 0) {
    // A block of axes of each shape with equally many elements; the last of it moves in the smallest steps.
    while (i >= 0 && from[i] === 1) i--;
    while (j >= 0 && to[j] === 1) j--;
    if (i < 0 || j < 0) break;
    let left = from[i]!;
    let right = to[j]!;
    let step = coef[i]!;
    out[j] = step;
    let run = step * from[i]!;
    step *= to[j]!;
    i--;
    j--;
    while (left !== right) {
      if (left < right) {
        if (from[i] !== 1) {
          if (coef[i] !== run) return undefined;
          run *= from[i]!;
          left *= from[i]!;
        }
        i--;
      } else {
        if (to[j] !== 1) out[j] = step;
        step *= to[j]!;
        right *= to[j]!;
        j--;
      }
    }
  }
  return { offset, coef: out };
};
