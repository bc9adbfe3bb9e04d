/**
 * Maps keyed by node. Ids grow with time, so neighbours in a graph lie close: pages of plain arrays, the last
 * ones at hand, are many times faster than a hash of objects when a graph has a million nodes, and they iterate in order.
 */
import type { Node, NodeLookup } from "./node.ts";

const pageBits = 8;
const mask = (1 << pageBits) - 1;

/** Pages at hand, each in the one place that its number gives it. */
const atHand = 16;

type Page<T> = (T | undefined)[];

export class NodeMap<T> implements NodeLookup<T> {
  readonly #pages = new Map<number, Page<T>>();
  readonly #recent: (Page<T> | undefined)[] = new Array<Page<T> | undefined>(atHand).fill(undefined);
  readonly #recentNumbers: number[] = new Array<number>(atHand).fill(-1);
  /** Told of every new page. */
  #began: ((number: number) => void) | undefined;

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
      page = new Array<T | undefined>(1 << pageBits).fill(undefined);
      this.#pages.set(number, page);
      this.#keep(number, page);
      this.#began?.(number);
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

  /** From the node made last to the first, those included that `visit` sets meanwhile for nodes made earlier. */
  descend(visit: (value: T) => void): void {
    const open = [...this.#pages.keys()].sort((a, b) => a - b);
    this.#began = (number) => {
      let at = open.length;
      while (at > 0 && open[at - 1]! > number) at--;
      open.splice(at, 0, number);
    };
    for (let number = open.pop(); number !== undefined; number = open.pop()) {
      const page = this.#pages.get(number)!;
      for (let i = mask; i >= 0; i--) {
        const value = page[i];
        if (value !== undefined) visit(value);
      }
    }
    this.#began = undefined;
  }

  #page(number: number): Page<T> | undefined {
    const place = number & (atHand - 1);
    if (this.#recentNumbers[place] === number) return this.#recent[place];
    const page = this.#pages.get(number);
    if (page) this.#keep(number, page);
    return page;
  }

  #keep(number: number, page: Page<T>): void {
    const place = number & (atHand - 1);
    this.#recentNumbers[place] = number;
    this.#recent[place] = page;
  }
}
