/**
 * Recognising groups: a chain of plain gates that spells a known function is replaced by the one gate that computes it in
 * its stable form, with the gradient of the group. Entries state the spellings; this pass knows none of them. Nothing
 * else of the graph changes.
 */
import { Diagnostic } from "../ir/diagnostic.ts";
import { sourcesIn, topological } from "../ir/graph.ts";
import { Replaced } from "../ir/replaced.ts";
import { NodeMap } from "../ir/node-map.ts";
import { Node, noAttrs, type Attrs, type NodeLookup, type Op } from "../ir/node.ts";
import type { Recognisable } from "../ir/recognise.ts";
import { sameShape } from "../ir/shape.ts";
import { Canonical } from "./canonical.ts";
import { Match, type Pattern, type Surroundings } from "./match.ts";

/** A chain that became one gate. */
export interface Found {
  readonly word: string;
  /** The new gate. */
  readonly node: Node;
  /** The old nodes that it stands for, the last being the one whose value it has (or, in a sign, turns). */
  readonly replaced: readonly Node[];
  /** A sentence for people: what is better about one gate. */
  readonly why: string;
}

export interface Grouped {
  /** Old nodes -> new. */
  readonly map: NodeLookup<Node>;
  readonly found: readonly Found[];
}

export interface GroupOptions {
  /** Nodes that must not disappear into a group; by default those with a name. */
  readonly keep?: (node: Node) => boolean;
  /** All nodes that the roots need, for whoever knows them already. */
  readonly order?: readonly Node[];
}

/** One way to write one rule. */
interface Candidate {
  readonly rule: Recognisable;
  readonly spelling: Recognisable["spellings"][number];
  /** For -f where the chain says f: the sign that is put before the group. */
  readonly sign: Node | undefined;
  /** The operation of the chain's last gate, and all others without which none can match. */
  readonly last: Op;
  readonly needs: readonly Op[];
  /** Patterns by number of operands. */
  readonly patterns: Map<number, Pattern & { readonly scalarSuffices: boolean }>;
}

/** A chain with many more nodes than operands is padded with signs and ones; walking it again and again would take long. */
const mostBetween = (operands: number): number => 8 * operands + 64;

/** How far an operand that only the canonical copy has is rebuilt from the user's nodes. */
const depth = 3;

/**
 * Replaces every chain below the roots that one of the rules recognises, from the operands up. A chain whose inner nodes
 * have a name stays as it is; an inner node that something else needs stays alive for it.
 */
export const groupChains = (roots: readonly Node[], rules: readonly Recognisable[], options: GroupOptions = {}): Grouped => {
  const order = options.order ?? topological(roots);
  const pass = new Grouping(order, rules, options.keep ?? ((node) => node.name !== undefined));
  for (const node of order) pass.visit(node);
  if (pass.found.length === 0) return pass;
  // A chain inside a longer one that was replaced as a whole is no longer there.
  const alive = new NodeMap<Node>();
  for (const node of topological(roots.map((root) => pass.map.get(root)))) alive.set(node, node);
  return { map: pass.map, found: pass.found.filter(({ node }) => alive.has(node)) };
};

class Grouping implements Surroundings {
  readonly map = new Replaced();
  readonly found: Found[] = [];
  readonly #canonical: Canonical;
  /** Patterns are no part of what is met. */
  readonly #spelled: Canonical;
  readonly #candidates: readonly Candidate[];
  /** By the last operation: those that can match with the operations met so far. Most circuits are arithmetic alone, and match none. */
  readonly #index = new Map<Op, Candidate[]>();
  #met = 0;
  readonly #known: ReadonlySet<Op>;
  readonly #keep: (node: Node) => boolean;
  /** Old node -> canonical copy, and back to the first old node with that copy, where it is not that copy itself. */
  readonly #copies = new Replaced();
  readonly #owners = new NodeMap<Node>();
  readonly #order: readonly Node[];
  #uses: NodeMap<number> | undefined;
  #within = depth;

  constructor(order: readonly Node[], rules: readonly Recognisable[], keep: (node: Node) => boolean) {
    this.#keep = keep;
    this.#known = new Set(rules.map((rule) => rule.op));
    this.#canonical = new Canonical(this.#known, order.at(-1)?.id);
    this.#spelled = new Canonical(this.#known);
    this.#order = order;
    this.#candidates = rules.flatMap((rule) => rule.spellings.flatMap((spelling) => this.#waysOf(rule, spelling)));
  }

  visit(node: Node): void {
    const copy = this.#canonical.of(node, sourcesIn(this.#copies, node));
    this.#copies.set(node, copy);
    if (copy !== node && this.#ownerOf(copy) === undefined) this.#owners.set(copy, node);
    if (this.#canonical.ops.size > this.#met) this.#meet(this.#canonical.ops);
    this.map.set(node, this.#replacement(node, copy) ?? this.#rebuilt(node));
  }

  /** A node of the graph that is canonical is its own copy, and no earlier one can have it. */
  #ownerOf(copy: Node): Node | undefined {
    return this.#canonical.isGiven(copy) ? copy : this.#owners.get(copy);
  }

  isNamed(copy: Node): boolean {
    const owner = this.#ownerOf(copy);
    return owner !== undefined && this.#keep(owner);
  }

  isShared(copy: Node): boolean {
    const owner = this.#ownerOf(copy);
    return owner !== undefined && ((this.#uses ??= usesIn(this.#order)).get(owner) ?? 0) > 1;
  }

  canMake(copy: Node, within = this.#within): boolean {
    if (this.#ownerOf(copy) !== undefined || copy.op.form === "source") return true;
    return within > 0 && copy.op.rebuild !== undefined && copy.src.every((src) => this.canMake(src, within - 1));
  }

  #waysOf(rule: Recognisable, spelling: Candidate["spelling"]): Candidate[] {
    const { root, leaves } = this.#pattern(rule, spelling, undefined, rule.holes(rule.params), noAttrs);
    const needs = [...new Set(topological([root]).filter((node) => !leaves.has(node) && isNeeded(node)).map(({ op }) => op))];
    const way = (sign: Node | undefined, { op: last }: Node): Candidate => ({ rule, spelling, sign, last, needs, patterns: new Map() });
    return root.op.involution ? [way(undefined, root), way(root, root.src[0]!)] : [way(undefined, root)];
  }

  #meet(ops: ReadonlySet<Op>): void {
    this.#met = ops.size;
    this.#index.clear();
    for (const candidate of this.#candidates) {
      if (!candidate.needs.every((op) => ops.has(op))) continue;
      const list = this.#index.get(candidate.last) ?? [];
      list.push(candidate);
      this.#index.set(candidate.last, list);
    }
  }

  #pattern(rule: Recognisable, spelling: Candidate["spelling"], sign: Node | undefined, holes: readonly Node[], options: Attrs): Pattern {
    const root = this.#spelled.circuit(spelling(holes, options));
    const leaves = new Map(holes.map((hole, i) => [hole, i]));
    return { root: sign ? root.src[0]! : root, leaves, variadic: rule.variadic };
  }

  #rebuilt(node: Node): Node {
    const src = sourcesIn(this.map, node);
    return src === node.src ? node : node.withSources(src);
  }

  #replacement(node: Node, copy: Node): Node | undefined {
    const candidates = this.#index.get(copy.op);
    if (candidates === undefined || this.#ownerOf(copy) !== node || this.#known.has(node.op)) return undefined;
    for (const candidate of candidates) {
      const gate = this.#try(candidate, node, copy);
      if (gate !== undefined) return gate;
    }
    return undefined;
  }

  #try(candidate: Candidate, node: Node, copy: Node, within = depth): Node | undefined {
    const { rule, sign } = candidate;
    this.#within = within;
    let pattern = this.#cached(candidate, rule.params);
    let match = new Match(pattern, this);
    let fits = match.fits(copy);
    if (!fits && rule.variadic && match.missing > 0) {
      pattern = this.#cached(candidate, rule.params + match.missing);
      match = new Match(pattern, this);
      fits = match.fits(copy);
    }
    if (!fits || !match.bound.every((bound) => bound !== undefined && this.canMake(bound, depth))) return undefined;
    const bound = match.bound as Node[];
    const options = match.fold?.attrs ?? noAttrs;
    if (!(pattern.scalarSuffices && node.shape.length === 0) && !this.#agrees(candidate, copy, bound, options)) return undefined;
    const replaced = this.#between(node, match.places);
    // Reaching past the user's own node for a shorter operand may have run into a name; the node itself will do.
    if (replaced === undefined) return within > 0 ? this.#try(candidate, node, copy, 0) : undefined;
    const gate = rule.build(bound.map((b) => this.#make(b)), options);
    if (!sameShape(gate.shape, node.shape) || gate.dtype !== node.dtype) return undefined;
    const signed = sign === undefined ? gate : sign.op.rebuild!([gate], sign);
    const result = new Node(signed.op, signed.src, signed.attrs, signed.shape, signed.dtype, node.site, node.name);
    let group = result;
    while (group.op !== rule.op) group = group.src[0]!;
    this.found.push({ word: rule.op.name, node: group, replaced, why: rule.why });
    return result;
  }

  #cached({ rule, spelling, sign, patterns }: Candidate, count: number): Pattern & { readonly scalarSuffices: boolean } {
    let pattern = patterns.get(count);
    if (pattern === undefined) {
      const plain = this.#pattern(rule, spelling, sign, rule.holes(count), noAttrs);
      // Scalar gates have no axes, and their only types are those of their operands.
      const scalarSuffices = topological([plain.root]).every(({ op, src }) => src.length === 0 || op.form === "gate");
      patterns.set(count, (pattern = { ...plain, scalarSuffices }));
    }
    return pattern;
  }

  /** The chain against the spelling on operands of these very shapes, types and axes. */
  #agrees({ rule, spelling, sign }: Candidate, copy: Node, bound: readonly Node[], options: Attrs): boolean {
    try {
      const pattern = this.#pattern(rule, spelling, sign, rule.holes(bound), options);
      return new Match(pattern, this, bound).fits(copy);
    } catch (error) {
      if (error instanceof Diagnostic) return false;
      throw error;
    }
  }

  /** The old nodes from `node` down to the operands, or nothing if one of them is to be kept. */
  #between(node: Node, places: readonly Node[]): readonly Node[] | undefined {
    const ends = new NodeMap<Node>();
    for (const place of places) this.#owned(place, ends, depth);
    const inside = new NodeMap<Node>([[node, node]]);
    const open = [node];
    let left = mostBetween(places.length);
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const src of next.src) {
        if (src.op.form === "source" || ends.has(src) || inside.has(src)) continue;
        if (this.#keep(src) || --left < 0) return undefined;
        inside.set(src, src);
        open.push(src);
      }
    }
    return inside.values();
  }

  #owned(copy: Node, into: NodeMap<Node>, within: number): void {
    const owner = this.#ownerOf(copy);
    if (owner !== undefined) into.set(owner, owner);
    else if (within > 0) for (const src of copy.src) this.#owned(src, into, within - 1);
  }

  /** A canonical node as a node of the new graph. */
  #make(copy: Node): Node {
    const owner = this.#ownerOf(copy);
    if (owner !== undefined) return this.map.get(owner);
    return copy.src.length === 0 ? copy : copy.op.rebuild!(copy.src.map((src) => this.#make(src)), copy);
  }
}

/** Whether a match must meet the operation of a node of the pattern: it looks for signs in other ways, and through what only aligns axes. */
const isNeeded = ({ op, src }: Node): boolean => src.length > 0 && !op.involution && op.align === undefined;

/** How often each node of an associative operation is used. */
const usesIn = (order: readonly Node[]): NodeMap<number> => {
  const uses = new NodeMap<number>();
  for (const node of order) {
    for (const src of node.src) if (src.op.associative) uses.set(src, (uses.get(src) ?? 0) + 1);
  }
  return uses;
};
