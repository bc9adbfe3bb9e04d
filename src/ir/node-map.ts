/**
 * Maps keyed by node. Ids grow with time, so neighbours in a graph lie close: pages of plain arrays, found through books
 * of pages, are many times faster than a hash of objects when a graph has a million nodes, and they iterate in order.
 */
import type { Node, NodeLookup } from "./node.ts";

const pageBits = 8;
const mask = (1 << pageBits) - 1;

/** Pages of a book, and ids in it. */
const inBook = 256;
const bookBits = pageBits + 8;

/** Books at hand, each in the one place that its number gives it. */
const atHand = 16;

type Page<T> = (T | undefined)[];
type Book<T> = (Page<T> | undefined)[];

export class NodeMap<T> implements NodeLookup<T> {
  readonly #books = new Map<number, Book<T>>();
  readonly #recent: (Book<T> | undefined)[] = new Array<Book<T> | undefined>(atHand).fill(undefined);
  readonly #recentNumbers: number[] = new Array<number>(atHand).fill(-1);
  /** Told of every new book. */
  #began: ((number: number) => void) | undefined;

  constructor(entries: Iterable<readonly [Node, T]> = []) {
    for (const [node, value] of entries) this.set(node, value);
  }

  get(node: Node): T | undefined {
    const { id } = node;
    return this.#book(id >>> bookBits)?.[(id >>> pageBits) & (inBook - 1)]?.[id & mask];
  }

  has(node: Node): boolean {
    return this.get(node) !== undefined;
  }

  set(node: Node, value: T): void {
    const { id } = node;
    const number = id >>> bookBits;
    let book = this.#book(number);
    if (book === undefined) {
      book = [];
      this.#books.set(number, book);
      this.#keep(number, book);
      this.#began?.(number);
    }
    const at = (id >>> pageBits) & (inBook - 1);
    (book[at] ??= new Array<T | undefined>(1 << pageBits).fill(undefined))[id & mask] = value;
  }

  delete(node: Node): void {
    const { id } = node;
    const page = this.#book(id >>> bookBits)?.[(id >>> pageBits) & (inBook - 1)];
    if (page) page[id & mask] = undefined;
  }

  /** In order of the nodes' making. */
  values(): T[] {
    const out: T[] = [];
    for (const number of [...this.#books.keys()].sort((a, b) => a - b)) {
      for (const page of this.#books.get(number)!) {
        if (page === undefined) continue;
        for (let i = 0; i <= mask; i++) {
          const value = page[i];
          if (value !== undefined) out.push(value);
        }
      }
    }
    return out;
  }

  /** From the node made last to the first, those included that `visit` sets meanwhile for nodes made earlier. */
  descend(visit: (value: T) => void): void {
    const open = [...this.#books.keys()].sort((a, b) => a - b);
    this.#began = (number) => {
      let at = open.length;
      while (at > 0 && open[at - 1]! > number) at--;
      open.splice(at, 0, number);
    };
    for (let number = open.pop(); number !== undefined; number = open.pop()) {
      const book = this.#books.get(number)!;
      for (let p = book.length - 1; p >= 0; p--) {
        const page = book[p];
        if (page === undefined) continue;
        for (let i = mask; i >= 0; i--) {
          const value = page[i];
          if (value !== undefined) visit(value);
        }
      }
    }
    this.#began = undefined;
  }

  #book(number: number): Book<T> | undefined {
    const place = number & (atHand - 1);
    if (this.#recentNumbers[place] === number) return this.#recent[place];
    const book = this.#books.get(number);
    if (book) this.#keep(number, book);
    return book;
  }

  #keep(number: number, book: Book<T>): void {
    const place = number & (atHand - 1);
    this.#recentNumbers[place] = number;
    this.#recent[place] = book;
  }
}
