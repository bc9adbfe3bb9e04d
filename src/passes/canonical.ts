/**
 * A copy of a graph for matching: the same values in fewer kinds of gates, so that 1 / (1 + e^-x) and inv(e^-x + 1) look
 * alike. The user's graph is only read. Every rule is a property of an operation; none is named here.
 */
import { NodeMap } from "../ir/node-map.ts";
import { Node, type Op } from "../ir/node.ts";

/** The number of a constant node, `undefined` for any other. */
export const numberOf = (node: Node): number | undefined => {
  const value = node.src.length === 0 && !node.op.placeholder ? node.attrs["value"] : undefined;
  return typeof value === "number" ? value : undefined;
};

export class Canonical {
  /** Nodes made here that are canonical, with all their operands. */
  readonly #settled = new NodeMap<Node>();
  /** The operations of all canonical nodes. */
  readonly ops = new Set<Op>();
  readonly #opened: ReadonlySet<Op>;
  readonly #last: number;

  /** `opened`: groups that are looked into, gate by gate. `last`: the id of the last node of the graph; what is made here is made later. */
  constructor(opened: ReadonlySet<Op>, last = 0) {
    this.#opened = opened;
    this.#last = last;
  }

  /** Whether a canonical node is one of the graph's own. */
  isGiven({ id }: Node): boolean {
    return id <= this.#last;
  }

  /** The canonical form of a node, given those of its operands. */
  of(node: Node, src: readonly Node[]): Node {
    if (node.op.form === "source") return this.#mark(node);
    if (node.op.body && this.#opened.has(node.op)) {
      const { params, out } = node.op.body(node);
      return this.circuit(out, new Map(params.map((param, i) => [param, src[i]!])));
    }
    const same = src === node.src || src.every((s, i) => s === node.src[i]);
    return this.#simplify(same ? node : node.withSources(src));
  }

  /** The canonical form of a circuit over nodes that are canonical; of a group's own circuit over its parameters, for which others are `given`. */
  circuit(out: Node, given?: ReadonlyMap<Node, Node>): Node {
    const formed = new Map<Node, Node>(given);
    const known = (node: Node): Node | undefined => formed.get(node) ?? (!given && this.isGiven(node) ? node : this.#settled.get(node));
    const open = [out];
    for (let node = open.at(-1); node !== undefined; node = open.at(-1)) {
      const waiting = known(node) === undefined ? node.src.filter((src) => known(src) === undefined) : [];
      if (waiting.length > 0) open.push(...waiting);
      else {
        open.pop();
        if (known(node) === undefined) formed.set(node, this.of(node, node.src.map((src) => known(src)!)));
      }
    }
    return known(out)!;
  }

  #simplify(node: Node): Node {
    const { op } = node;
    const undone = op.involution && node.src[0]!.op === op ? node.src[0]!.src[0]! : undefined;
    const simpler = undone ?? folded(node) ?? op.canonical?.(node);
    return simpler === undefined ? this.#mark(node) : this.circuit(simpler);
  }

  #mark(node: Node): Node {
    if (!this.isGiven(node)) this.#settled.set(node, node);
    this.ops.add(node.op);
    return node;
  }
}

/** A gate of constants is the constant of its value. */
const folded = (node: Node): Node | undefined => {
  if (node.op.scalar === undefined) return undefined;
  const numbers: number[] = [];
  for (const src of node.src) {
    const number = numberOf(src);
    if (number === undefined) return undefined;
    numbers.push(number);
  }
  const [first] = node.src;
  return new Node(first!.op, [], { ...first!.attrs, value: node.op.scalar(...numbers) }, node.shape, node.dtype);
};
