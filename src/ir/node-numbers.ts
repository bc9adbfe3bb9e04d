/**
 * Numbers by node. The nodes of one graph were mostly made one after the other, and so one column of 32-bit numbers holds
 * what is said of them: half the room of a map of nodes, and one step instead of three.
 */
import { NodeMap } from "./node-map.ts";
import type { Node } from "./node.ts";

/** Ids for each node that a column spans, at most: behind that are gaps. */
const mostSpan = 4;

/** In the column: nothing was said of the node. */
const absent = -(2 ** 31);

export class NodeNumbers {
  readonly #first: number;
  readonly #column: Int32Array;
  /** Of nodes that were made long before the others. */
  readonly #others = new NodeMap<number>();

  /** `nodes`: most of those that will be asked for, in order of making. */
  constructor(nodes: readonly Node[]) {
    const end = (nodes.at(-1)?.id ?? 0) + 1;
    this.#first = Math.max(nodes[0]?.id ?? 0, end - mostSpan * nodes.length);
    this.#column = new Int32Array(end - this.#first).fill(absent);
  }

  get(node: Node): number | undefined {
    const at = node.id - this.#first;
    if (at < 0 || at >= this.#column.length) return this.#others.get(node);
    const number = this.#column[at]!;
    return number === absent ? undefined : number;
  }

  /** `number`: whole, and larger than -2^31. */
  set(node: Node, number: number): void {
    const at = node.id - this.#first;
    if (at < 0 || at >= this.#column.length) this.#others.set(node, number);
    else this.#column[at] = number;
  }
}
