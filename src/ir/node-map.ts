/**
 * Maps keyed by node. Ids grow with time, so neighbours in a graph lie close: pages of a plain array, with the last page
 * at hand, are many times faster than a hash of objects when a graph has a million nodes, and they iterate in order.
 */
import type { Node, NodeLookup } from "./node.ts";

const pageBits = 8;
const mask = (1 << pageBits) - 1;

export class NodeMap<T> implements NodeLookup<T> {
  readonly #pages = new Map<number, (T | undefined)[]>();
  #last: (T | undefined)[] = [];
  #lastNumber = -1;

  constructor(entries: Iterable<readonly [Node, T]> = []) {
    for (const [node, value] of entries) this.set(node, value);
  }

  get(node: Node): T | undefined {
    return this.#page(node.id >>> pageBits)?.[node.id & mask];
  }

  has(node: Node): boolean {
    return this.get(node) !== undefined;
  }

  set(node: Node, value: T): void {
    const number = node.id >>> pageBits;
    let page = this.#page(number);
    if (page === undefined) {
      page = new Array<T | undefined>(1 << pageBits);
      this.#pages.set(number, page);
      this.#last = page;
      this.#lastNumber = number;
    }
    page[node.id & mask] = value;
  }

  delete(node: Node): void {
    const page = this.#page(node.id >>> pageBits);
    if (page) page[node.id & mask] = undefined;
  }

  /** In order of the nodes' making. */
  values(): T[] {
    const out: T[] = [];
    for (const number of [...this.#pages.keys()].sort((a, b) => a - b)) {
      for (const value of this.#pages.get(number)!) if (value !== undefined) out.push(value);
    }
    return out;
  }

  #page(number: number): (T | undefined)[] | undefined {
    if (number === this.#lastNumber) return this.#last;
    const page = this.#pages.get(number);
    if (page) {
      this.#last = page;
      this.#lastNumber = number;
    }
    return page;
  }
}
