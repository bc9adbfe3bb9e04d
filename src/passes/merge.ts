/**
 * Equal nodes become one: the same operation on the same operands with the same attributes. Nodes are not shared when
 * they are made, because people want each line for itself; the engine does not. Names and lines are not compared.
 */
import { rebuild } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node, Op } from "../ir/node.ts";
import { sameShape } from "../ir/shape.ts";
import { sameValue } from "./same-value.ts";

/** The map from old nodes to new; `order` as for `rebuild`. `simpler`: what a node on merged operands is replaced by, if by anything. */
export const merge = (roots: readonly Node[], simpler: (node: Node, src: readonly Node[]) => Node | undefined = () => undefined, order?: readonly Node[]): NodeMap<Node> => {
  const table = new Table();
  return rebuild(
    roots,
    (node, src) => {
      const made = simpler(node, src);
      const now = made ?? node;
      return now.op.placeholder ? made : table.find(now, made ? made.src : src);
    },
    order,
  );
};

/** Open addressing on integers: text keys would cost ten times as much. */
class Table {
  readonly #ops = new Map<Op, number>();
  #slots: (Node | undefined)[] = new Array<Node | undefined>(1024);
  #hashes = new Int32Array(1024);
  #count = 0;

  /** The node that stands for all equal ones, which may be this one. */
  find(node: Node, src: readonly Node[]): Node {
    const hash = this.#hash(node, src);
    let at = hash & (this.#slots.length - 1);
    for (let there = this.#slots[at]; there !== undefined; there = this.#slots[at]) {
      if (this.#hashes[at] === hash && equal(there, node, src)) return there;
      at = (at + 1) & (this.#slots.length - 1);
    }
    const made = src === node.src || sameNodes(src, node.src) ? node : node.withSources(src);
    this.#put(at, made, hash);
    return made;
  }

  #put(at: number, node: Node, hash: number): void {
    this.#slots[at] = node;
    this.#hashes[at] = hash;
    if (++this.#count * 2 > this.#slots.length) this.#grow();
  }

  #grow(): void {
    const [slots, hashes] = [this.#slots, this.#hashes];
    const size = slots.length * 2;
    this.#slots = new Array<Node | undefined>(size);
    this.#hashes = new Int32Array(size);
    slots.forEach((node, i) => {
      if (node === undefined) return;
      let at = hashes[i]! & (size - 1);
      while (this.#slots[at] !== undefined) at = (at + 1) & (size - 1);
      this.#slots[at] = node;
      this.#hashes[at] = hashes[i]!;
    });
  }

  #hash(node: Node, src: readonly Node[]): number {
    let op = this.#ops.get(node.op);
    if (op === undefined) this.#ops.set(node.op, (op = this.#ops.size));
    let hash = op;
    const mix = (x: number): void => void (hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) + x);
    for (const s of src) mix(s.id);
    for (const n of node.shape) mix(n);
    const { value } = node.attrs;
    if (typeof value === "number") mix(Math.trunc(value * 65536));
    return hash ^ (hash >>> 16);
  }
}

const sameNodes = (a: readonly Node[], b: readonly Node[]): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

const equal = (there: Node, node: Node, src: readonly Node[]): boolean =>
  there.op === node.op &&
  there.dtype === node.dtype &&
  sameNodes(there.src, src) &&
  sameShape(there.shape, node.shape) &&
  sameValue(there.attrs, node.attrs, forPeople);

/** What a read is called, and whether a number was written without a type, changes no number. */
const forPeople: ReadonlySet<string> = new Set(["kind", "weak"]);
