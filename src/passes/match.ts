/**
 * Does a canonical circuit fit a pattern? Operands of commutative gates match in any order, sums in any association;
 * nodes that only make shapes meet are looked through, and in a strict match the way they align axes must agree too.
 */
import type { Node, NodeLookup } from "../ir/node.ts";
import { sameShape } from "../ir/shape.ts";
import { numberOf } from "./canonical.ts";
import { sameValue } from "./same-value.ts";

export interface Pattern {
  readonly root: Node;
  /** Which operand a leaf of the pattern stands for. */
  readonly leaves: NodeLookup<number>;
  readonly variadic: boolean;
}

/** What is known about the graph that a circuit stands in. */
export interface Surroundings {
  /** Has a name that must not disappear. */
  readonly isNamed: (node: Node) => boolean;
  /** Has several consumers. */
  readonly isShared: (node: Node) => boolean;
  /** Can be written in terms of the user's own nodes. */
  readonly canMake: (node: Node) => boolean;
}

/** For each axis of the surrounding fold (or of the root) the axis of a node that runs along it, or -1. */
type Axes = readonly number[];
interface Term {
  readonly node: Node;
  readonly axes: Axes;
}

/** How many pairs of nodes are looked at to find two circuits equal. */
const equalityFuel = 48;
/** How many terms one sum may have; and one of which a part has other consumers, and so may be walked again and again. */
const mostTerms = 4096;
const mostSharedTerms = 64;

export class Match {
  /** The node that each operand stands for. */
  readonly bound: (Node | undefined)[];
  /** Every place where an operand was found: equal circuits may stand in several. */
  readonly places: Node[] = [];
  /** The first fold on the way. */
  fold: Node | undefined;
  /** How many operands more a variadic pattern needs to fit. */
  missing = 0;
  readonly #pattern: Pattern;
  readonly #around: Surroundings;
  readonly #strict: boolean;
  readonly #trail: number[] = [];

  /** `bound`: for a strict match, in which shapes, types, attributes and axes must agree and the operands are known. */
  constructor(pattern: Pattern, around: Surroundings, bound?: readonly (Node | undefined)[]) {
    this.#pattern = pattern;
    this.#around = around;
    this.#strict = bound !== undefined;
    this.bound = bound ? [...bound] : [];
  }

  fits(node: Node): boolean {
    const { root } = this.#pattern;
    return this.#fits(term(root), term(node));
  }

  // The recursion goes no deeper than the pattern does.
  #fits(given: Term, found: Term): boolean {
    const p = through(given);
    const leaf = this.#pattern.leaves.get(p.node);
    if (leaf !== undefined) return this.#bind(leaf, p, this.#upTo(leaf, found, p.steps));
    const u = through(found);
    const number = numberOf(p.node);
    if (number !== undefined) return numberOf(u.node) === number;
    const { op } = p.node;
    if (op.involution) {
      const inner = this.#pattern.leaves.get(p.node.src[0]!);
      const plain = u.node.op === op && (inner === undefined || this.#around.canMake(u.node.src[0]!));
      if (!plain) return inner !== undefined && this.#bind(inner, p, { node: op.rebuild!([u.node], p.node), axes: u.axes });
    }
    if (op !== u.node.op || p.node.src.length === 0 !== (u.node.src.length === 0)) return false;
    const elementwise = op.form === "gate";
    if (op.form === "fold") this.fold ??= u.node;
    if (this.#strict) {
      if (p.node.dtype !== u.node.dtype) return false;
      if (!elementwise && !(sameValue(p.axes, u.axes) && sameValue(p.node.attrs, u.node.attrs))) return false;
      if (p.node.src.length === 0 && !sameShape(p.node.shape, u.node.shape)) return false;
    }
    const inside = (src: Node, outer: Term): Term => (elementwise ? { node: src, axes: outer.axes } : term(src));
    if (op.commutative) return this.#fitsInAnyOrder(p, u);
    if (p.node.src.length !== u.node.src.length) return false;
    return p.node.src.every((src, i) => this.#fits(inside(src, p), inside(u.node.src[i]!, u)));
  }

  #fitsInAnyOrder(p: Term, u: Term): boolean {
    const wanted = this.#terms(p, Infinity, () => false)!;
    const most = this.#pattern.variadic ? mostTerms : wanted.length;
    const there = this.#terms(u, most, (node) => this.#around.isShared(node));
    if (there === undefined) return false;
    if (wanted.length !== there.length) {
      this.missing = there.length - wanted.length;
      return false;
    }
    if (wanted.length === 2) {
      const [a, b] = wanted as [Term, Term];
      const [x, y] = there as [Term, Term];
      return this.#try(() => this.#fits(a, x) && this.#fits(b, y)) || this.#try(() => this.#fits(a, y) && this.#fits(b, x));
    }
    return sameKinds(wanted, there) && this.#fitsGreedily(wanted, there);
  }

  /** Each wanted term takes the first that fits; those whose operands are known choose first. */
  #fitsGreedily(wanted: readonly Term[], there: readonly Term[]): boolean {
    const isKnown = (node: Node): boolean => {
      const leaf = this.#pattern.leaves.get(node);
      return leaf === undefined ? node.src.every(isKnown) : this.bound[leaf] !== undefined;
    };
    const known = wanted.filter(({ node }) => isKnown(node));
    const open = this.#strict ? [] : wanted.filter(({ node }) => !isKnown(node));
    const used = new Array<boolean>(there.length).fill(false);
    let first = 0;
    return [...known, ...open].every((p) => {
      while (used[first]) first++;
      for (let i = first; i < there.length; i++) {
        if (used[i] || !this.#try(() => this.#fits(p, there[i]!))) continue;
        used[i] = true;
        return true;
      }
      return false;
    });
  }

  /** The terms of nested gates of one associative operation, from left to right, unless there are more than `most`. */
  #terms(from: Term, most: number, isShared: (node: Node) => boolean): readonly Term[] | undefined {
    const { op } = from.node;
    const operands = ({ node, axes }: Term): Term[] => node.src.map((src) => ({ node: src, axes }));
    if (!op.associative) return operands(from);
    const terms: Term[] = [];
    const open = operands(from).reverse();
    let limit = isShared(from.node) ? Math.min(most, mostSharedTerms) : most;
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const inner = through(next);
      if (inner.node.op === op && !this.#pattern.leaves.has(inner.node)) {
        if (isShared(inner.node)) limit = Math.min(limit, mostSharedTerms);
        open.push(...operands(inner).reverse());
      } else terms.push(next);
      if (terms.length + open.length > limit) return undefined;
    }
    return terms;
  }

  /** What a leaf stands for: below as many nodes of plumbing as the pattern has there, or just the node that is known. */
  #upTo(leaf: number, found: Term, steps: number): Term {
    let at = found;
    if (!this.#strict) {
      for (let i = 0; i < steps; i++) at = step(at) ?? at;
      return at;
    }
    const known = this.bound[leaf]!;
    for (let next: Term | undefined = at; next !== undefined; next = step(next)) if (next.node === known) return next;
    for (let i = 0; i < steps; i++) at = step(at) ?? at;
    return at;
  }

  #bind(leaf: number, p: Term, u: Term): boolean {
    const before = this.bound[leaf];
    if (this.#strict && !sameValue(p.axes, u.axes)) return false;
    if (before === undefined) {
      this.bound[leaf] = u.node;
      this.#trail.push(leaf);
    } else if (!this.#same(before, u.node)) return false;
    this.places.push(u.node);
    return true;
  }

  #try(attempt: () => boolean): boolean {
    const [trail, places, { fold }] = [this.#trail.length, this.places.length, this];
    if (attempt()) return true;
    while (this.#trail.length > trail) this.bound[this.#trail.pop()!] = undefined;
    this.places.length = places;
    this.fold = fold;
    return false;
  }

  /** Equal lines make equal circuits of different nodes; those count as one operand, unless a name would be lost. */
  #same(a: Node, b: Node): boolean {
    const open: [Node, Node][] = [[a, b]];
    for (let fuel = equalityFuel; open.length > 0; fuel--) {
      const [x, y] = open.pop()!;
      if (x === y) continue;
      if (fuel === 0 || x.op !== y.op || x.op.placeholder || x.src.length !== y.src.length) return false;
      if (this.#around.isNamed(x) || this.#around.isNamed(y)) return false;
      if (x.dtype !== y.dtype || !sameShape(x.shape, y.shape) || !sameValue(x.attrs, y.attrs)) return false;
      x.src.forEach((src, i) => open.push([src, y.src[i]!]));
    }
    return true;
  }
}

/** Axes of size 1 carry nothing: it does not matter what they are aligned with. */
const term = (node: Node): Term => ({ node, axes: node.shape.map((n, i) => (n === 1 ? -1 : i)) });

/** What a node of plumbing moves. */
const step = ({ node, axes }: Term): Term | undefined => {
  const along = node.op.align?.(node);
  if (along === undefined) return undefined;
  const src = node.src[0]!;
  return { node: src, axes: axes.map((i) => (i < 0 || along[i]! < 0 || src.shape[along[i]!] === 1 ? -1 : along[i]!)) };
};

const through = (given: Term): Term & { readonly steps: number } => {
  // Most nodes are no plumbing.
  if (given.node.op.align === undefined) return { node: given.node, axes: given.axes, steps: 0 };
  let at = given;
  let steps = 0;
  for (let next = step(at); next !== undefined; next = step(at)) {
    at = next;
    steps++;
  }
  return { node: at.node, axes: at.axes, steps };
};

/** A cheap refusal before terms are paired: as many of each operation. */
const sameKinds = (wanted: readonly Term[], there: readonly Term[]): boolean => {
  const count = new Map<unknown, number>();
  for (const p of wanted) {
    const { op } = through(p).node;
    if (op.placeholder || op.involution) return true;
    count.set(op, (count.get(op) ?? 0) + 1);
  }
  for (const u of there) {
    const { op } = through(u).node;
    const left = count.get(op) ?? 0;
    if (left === 0) return false;
    count.set(op, left - 1);
  }
  return true;
};
