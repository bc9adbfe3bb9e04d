/**
 * From nodes to kernels. Consumers are visited before their operands: a gate joins the loop that needs it first, if that
 * loop visits the same points; other loops read what it stores. A fold joins the loop of its result, and the gates in
 * front of it run inside; rows that are folded and then read again along all of the row stay in one loop. Many gates of
 * single numbers are circuits beside the loops. Views cost nothing, and whatever cannot join begins a kernel of its own.
 *
 * A kernel that is begun later runs earlier, so in reverse they are in order.
 */
import { topological } from "../ir/graph.ts";
import type { Buffer, Kernel, KernelList } from "../ir/kernel.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node } from "../ir/node.ts";
import { sizeOf, stridesOf } from "../ir/shape.ts";
import type { Work } from "../ir/work.ts";
import { alike, inOrder } from "./affine.ts";
import { isComputedAgain } from "./again.ts";
import { Circuit, isSingleGate, type Stages, stagesOf } from "./circuit.ts";
import { Draft, rowsOf, type Place, type Reading, type Rows } from "./draft.ts";
import { singleKernel } from "./single.ts";
import { Views, type View } from "./views.ts";

/** The kernels of a lowered graph; each root has a buffer. `order`: all nodes that the roots need. */
export const fuse = (roots: readonly Node[], order: readonly Node[] = topological(roots)): KernelList => new Fusion(roots, order).list();

interface Use extends Reading {
  /** When the kernel was begun, and so how long before the end it runs. */
  readonly begun: number;
  readonly draft: Draft | undefined;
}

type Waiting = Draft | Circuit | Node;

class Fusion {
  readonly #roots: readonly Node[];
  readonly #views: Views;
  readonly #kept = new NodeMap<Node>();
  readonly #uses = new NodeMap<Use[]>();
  readonly #buffers = new NodeMap<Buffer>();
  /** Of what gates compute from the results of a fold, one number for each: what was folded. */
  readonly #rows = new NodeMap<Rows>();
  readonly #begun: Waiting[] = [];
  /** By their stages. */
  readonly #circuits = new Map<number, { readonly circuit: Circuit; readonly begun: number }>();
  readonly #stages: Stages | undefined;
  #folds = 0;
  #numbered = 0;

  constructor(roots: readonly Node[], order: readonly Node[]) {
    this.#roots = roots;
    for (const root of roots) this.#keep(root);
    for (const node of order) if (workOf(node).kind in readsBuffers) for (const src of node.src) this.#keep(src);
    this.#views = new Views(order, this.#kept.values());
    for (const node of order) this.#findRows(node);
    this.#stages = stagesOf(order, this.#views);
    const lists = this.#stages?.lists ?? [order];
    for (let stage = lists.length - 1; stage >= 0; stage--) {
      const list = lists[stage]!;
      for (let i = list.length - 1; i >= 0; i--) this.#place(list[i]!, stage);
    }
  }

  list(): KernelList {
    const bufferOf = (node: Node): Buffer => this.#bufferOf(this.#views.of(node).base);
    const kernels = this.#begun.reverse().flatMap((waiting): readonly Kernel[] => {
      if (waiting instanceof Circuit) return waiting.kernels(this.#views, bufferOf);
      return [waiting instanceof Draft ? waiting.kernel(this.#views, bufferOf) : singleKernel(waiting, bufferOf)];
    });
    return { kernels, results: this.#roots.map(bufferOf), buffers: this.#buffers.values().sort((a, b) => a.id - b.id) };
  }

  /** What only has another shape lies where its operand does. */
  #keep(node: Node): void {
    let at = node;
    while (workOf(at).kind === "same") at = at.src[0]!;
    this.#kept.set(at, at);
  }

  #place(node: Node, stage: number): void {
    if (this.#stages && isSingleGate(node)) return this.#joinCircuit(node, stage, this.#stages);
    const work = workOf(node);
    const stored = this.#views.stored(node);
    if (stored) {
      const draft = new Draft(node.shape);
      draft.target({ view: stored, over: node.shape, buffer: node, row: { offset: 0, coef: stridesOf(node.shape) } });
      this.#use(stored, node, this.#begin(draft), draft, plain);
    } else if (work.kind === "gate" || work.kind === "words" || work.kind === "convert") this.#gate(node);
    else if (work.kind === "fold") this.#fold(node);
    else if (work.kind === "concat") this.#concat(node, work.axis);
    else if (work.kind in readsBuffers) {
      const begun = this.#begin(node);
      for (const src of node.src) this.#use(this.#views.of(src), src, begun, undefined, plain);
    }
  }

  #gate(node: Node): void {
    const first = this.#first(node);
    const taken = first?.draft?.takesGate(node, first.uses, this.#rows.get(node));
    if (!this.#kept.has(node)) this.#computeAgain(node, first?.draft, taken === undefined);
    const draft = taken === undefined ? new Draft(node.shape) : first!.draft!;
    const begun = taken === undefined ? this.#begin(draft) : first!.begun;
    const place = taken ?? plain;
    draft.add(node, place, this.#isStored(node, draft));
    for (const src of node.src) this.#use(this.#views.of(src), src, begun, draft, place);
  }

  /** In the kernels that need it after the first, where that is quicker than to load it; these then do not use it. `isRead`: whether the first loads it. */
  #computeAgain(node: Node, first: Draft | undefined, isRead: boolean): void {
    const uses = (this.#uses.get(node) ?? []).filter(({ draft }) => draft !== first);
    const others = new Map(uses.flatMap(({ draft, begun }) => (draft === undefined ? [] : [[draft, begun] as const])));
    const canAgain = (draft: Draft, most: number): boolean => isComputedAgain(node, (src) => this.#views.of(src).base, (base) => draft.reads.has(base) && base !== node, most);
    // Where it is stored in any case, to load it costs no more than to load what it is computed from.
    const isStored = isRead || uses.some(({ draft }) => draft === undefined || !canAgain(draft, 1));
    for (const [draft, begun] of others) {
      if (isStored && !canAgain(draft, 0)) continue;
      const place = draft.takesGate(node, this.#readingsOf(node, begun), this.#rows.get(node));
      if (place === undefined) continue;
      draft.add(node, place, false);
      this.#uses.set(node, this.#uses.get(node)!.filter((use) => use.draft !== draft));
      for (const src of node.src) this.#use(this.#views.of(src), src, begun, draft, place);
    }
  }

  #joinCircuit(node: Node, stage: number, { lists, of }: Stages): void {
    let home = this.#circuits.get(stage);
    if (home === undefined) {
      const circuit = new Circuit();
      this.#circuits.set(stage, (home = { circuit, begun: this.#begin(circuit) }));
    }
    home.circuit.gate(node, this.#kept.has(node) || this.#uses.get(node) !== undefined);
    if (lists.length === 1) return;
    for (const src of node.src) {
      if (of(this.#views.baseOf(src)) !== stage) this.#use(this.#views.of(src), src, home.begun, undefined, plain);
    }
  }

  #fold(node: Node): void {
    const first = this.#first(node);
    const taken = first?.draft?.takesFold(node, first.uses);
    const draft = taken ? first!.draft! : new Draft(node.shape);
    const operand = taken ?? draft.takesFold(node, [])!;
    const begun = taken ? first!.begun : this.#begin(draft);
    draft.add(node, { part: "outer" }, this.#isStored(node, draft));
    this.#use(this.#views.of(node.src[0]!), node.src[0]!, begun, draft, operand);
  }

  #findRows(node: Node): void {
    const { kind } = workOf(node);
    if (kind === "fold") {
      this.#folds++;
      this.#rows.set(node, rowsOf(node));
    }
    if (this.#folds === 0 || (kind !== "gate" && kind !== "convert")) return;
    for (const src of node.src) {
      const rows = this.#rows.get(this.#views.baseOf(src));
      if (rows && alike(this.#views.baseOf(src).shape, src.shape) && isInOrder(this.#views.of(src), src)) this.#rows.set(node, rows);
    }
  }

  /** Each part is a loop that stores into its stretch. */
  #concat(node: Node, axis: number): void {
    const strides = stridesOf(node.shape);
    let start = 0;
    for (const src of node.src) {
      const draft = new Draft(src.shape);
      const view = this.#views.of(src);
      draft.target({ view, over: src.shape, buffer: node, row: { offset: start * strides[axis]!, coef: strides } });
      this.#use(view, src, this.#begin(draft), draft, plain);
      start += src.shape[axis]!;
    }
  }

  /** The kernel that needs a node first, and how it reads it. */
  #first(node: Node): { readonly begun: number; readonly draft: Draft | undefined; readonly uses: readonly Reading[] } | undefined {
    const all = this.#uses.get(node) ?? [];
    if (all.length === 0) return undefined;
    const begun = all.reduce((latest, use) => Math.max(latest, use.begun), -1);
    return { begun, draft: all.find((use) => use.begun === begun)!.draft, uses: this.#readingsOf(node, begun) };
  }

  /** How a kernel reads a node. */
  #readingsOf(node: Node, begun: number): readonly Reading[] {
    const there = (this.#uses.get(node) ?? []).filter((use) => use.begun === begun);
    return there.map((use) => ({ ...use, part: use.draft?.partNow(use.part) ?? use.part }));
  }

  #isStored(node: Node, home: Draft): boolean {
    return this.#kept.has(node) || (this.#uses.get(node) ?? []).some((use) => use.draft !== home);
  }

  #use(view: View, of: Node, begun: number, draft: Draft | undefined, place: Place): void {
    draft?.reads.set(view.base, view.base);
    const uses = this.#uses.get(view.base) ?? [];
    uses.push({ ...place, begun, draft, view, over: of.shape, direct: draft !== undefined && isInOrder(view, of) });
    this.#uses.set(view.base, uses);
  }

  #begin(waiting: Waiting): number {
    return this.#begun.push(waiting) - 1;
  }

  #bufferOf(node: Node): Buffer {
    let buffer = this.#buffers.get(node);
    if (buffer === undefined) {
      const origin = workOf(node).kind !== "given" ? "made" : node.op.placeholder ? "fed" : "held";
      buffer = { id: this.#numbered++, node, dtype: node.dtype, size: sizeOf(node.shape), origin };
      this.#buffers.set(node, buffer);
    }
    return buffer;
  }
}

const plain: Place = { part: "plain" };

/** Whether a view gives all numbers of its base in order, if in another shape. */
const isInOrder = ({ base, row, guards }: View, of: Node): boolean => guards.length === 0 && sizeOf(base.shape) === sizeOf(of.shape) && inOrder(row, of.shape);

/** Kernels that want their operands in one piece. */
const readsBuffers: Partial<Record<Work["kind"], true>> = { contract: true, convolve: true, gather: true, scatter: true, write: true };

const workOf = (node: Node): Work => node.op.work!(node)!;
