/**
 * A graph whose inputs can be moved by a little: what every numeric gradient is made of. The numbers of the inputs are
 * the probe's own copies, so whoever gave them never sees one changed; a moved entry gets back the very number it had.
 */
import { asArray, copyOf, store, type TypedArray, type Value } from "../ir/dtype.ts";
import { dependents, topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node } from "../ir/node.ts";
import { mapOf } from "../ops/forms/read.ts";
import { constantValue } from "../ops/forms/source.ts";
import { interpret } from "../run/interpret.ts";
import { choicesOf, choosersOf, readBy, type Choices } from "./choosers.ts";

interface State {
  readonly outs: readonly Value[];
  readonly choices: Choices;
}

export class Probe {
  readonly outs: readonly Node[];
  readonly inputs: readonly Node[];
  /** Nodes whose choice tells one smooth piece from another: winners, comparisons, positions. */
  readonly choosers: readonly Node[];
  readonly #order: readonly Node[];
  readonly #index = new NodeMap<number>();
  readonly #sources: readonly (readonly number[])[];
  /** For each input the positions of the nodes that depend on it, computed when it is first moved. */
  readonly #behind: (readonly number[] | undefined)[];
  #values: Value[] = [];
  #given: Value[] = [];
  #weights: readonly TypedArray[] = [];
  #base: State | undefined;

  /** `smooth`: the nodes whose kinks count, the outputs by default. Groups are opened to look for them. */
  constructor(outs: readonly Node[], inputs: readonly Node[], smooth: readonly Node[] = outs) {
    this.outs = outs;
    this.inputs = inputs;
    this.choosers = choosersOf(smooth, inputs);
    this.#order = topological([...outs, ...this.choosers.flatMap(readBy)]);
    this.#order.forEach((node, i) => this.#index.set(node, i));
    this.#sources = this.#order.map((node) => node.src.map((src) => this.#index.get(src)!));
    this.#behind = inputs.map(() => undefined);
  }

  /** Sets the point (a value for each input, which the probe may move entries of) and how the outputs are added up. */
  set(values: readonly Value[], weights: readonly Value[]): void {
    this.#given = [...values];
    this.#weights = weights.map((w, i) => asArray(w, this.outs[i]!.dtype));
    const fed = new NodeMap<Value>(this.inputs.map((node, i) => [node, values[i]!]));
    this.#values = new Array<Value>(this.#order.length);
    this.#order.forEach((node, i) => (this.#values[i] = fed.get(node) ?? this.#evaluate(node, i)));
    this.#base = undefined;
  }

  /** The outputs at the point. */
  values(): readonly Value[] {
    return this.outs.map((node) => this.valueOf(node)!);
  }

  /** Any node's value at the point; `undefined` for a node that is no part of this graph. */
  valueOf(node: Node): Value | undefined {
    const at = this.#index.get(node);
    return at === undefined ? undefined : this.#values[at];
  }

  /**
   * The first node that is not finite though all its operands are. An infinity that is written down, in a mask or around
   * an image, is no accident: it counts only when asked for.
   */
  firstNonFinite(written = false): Node | undefined {
    const isWritten = (node: Node): boolean => constantValue(node) !== undefined || !Number.isFinite(mapOf(node)?.fill ?? 0);
    const finite = (value: Value): boolean => (typeof value === "number" ? Number.isFinite(value) : value.every(Number.isFinite));
    return this.#order.find((node, i) => !finite(this.#values[i]!) && (written || !isWritten(node)) && this.#sources[i]!.every((src) => finite(this.#values[src]!)));
  }

  /** The weighted sum of the outputs at the point. */
  total(): number {
    let sum = 0;
    this.outs.forEach((out, i) => {
      const value = asArray(this.valueOf(out)!, out.dtype);
      for (let k = 0; k < value.length; k++) sum += this.#weights[i]![k]! * value[k]!;
    });
    return sum;
  }

  /** A line through the point along one entry of one input. */
  along(input: number, element: number): Line {
    return new Line((distance) => (distance === 0 ? this.#here() : this.#moved(input, element, distance)), this.#weights, this.choosers);
  }

  /** A line along which every entry of the given inputs moves by the same distance: equal numbers stay equal. */
  together(inputs: readonly number[]): Line {
    return new Line((distance) => this.#allMoved(inputs, distance), this.#weights, this.choosers);
  }

  #allMoved(inputs: readonly number[], distance: number): State {
    const [given, values, base] = [this.#given, this.#values, this.#base];
    const moved = given.map((value, i) => {
      if (!inputs.includes(i)) return value;
      return typeof value === "number" ? value + distance : value.map((x) => x + distance);
    });
    this.set(moved as Value[], this.#weights);
    const state = { outs: this.values(), choices: this.#choices() };
    [this.#given, this.#values, this.#base] = [given, values, base];
    return state;
  }

  #here(): State {
    return (this.#base ??= { outs: this.values(), choices: this.#choices() });
  }

  #moved(input: number, element: number, distance: number): State {
    const node = this.inputs[input]!;
    const given = this.#given[input]!;
    if (typeof given === "number") return this.#rerun(input, store(node.dtype, given + distance));
    const kept = given[element]!;
    given[element] = kept + distance;
    try {
      return this.#rerun(input, given);
    } finally {
      given[element] = kept;
    }
  }

  /** Computes what depends on one input anew, in place, and puts the values at the point back. */
  #rerun(input: number, value: Value): State {
    const moved = this.inputs[input]!;
    const behind = (this.#behind[input] ??= this.#dependsOn(moved));
    const kept = behind.map((i) => this.#values[i]!);
    for (const i of behind) this.#values[i] = this.#order[i] === moved ? value : this.#evaluate(this.#order[i]!, i);
    // Copies: views hand on the very array that is about to be restored.
    const state = { outs: this.outs.map((out) => copyOf(this.valueOf(out)!)), choices: this.#choices() };
    behind.forEach((i, k) => (this.#values[i] = kept[k]!));
    return state;
  }

  #dependsOn(input: Node): readonly number[] {
    const active = dependents(this.#order, [input]);
    const given = new NodeMap<Node>(this.inputs.map((node) => [node, node]));
    return this.#order.flatMap((node, i) => (active.has(node) && (node === input || !given.has(node)) ? [i] : []));
  }

  #evaluate(node: Node, at: number): Value {
    return node.op.evaluate(node, this.#sources[at]!.map((src) => this.#values[src]!), interpret);
  }

  #choices(): Choices {
    return choicesOf(this.choosers, (node) => this.valueOf(node)!);
  }
}

/** Values along one line; each point on it is computed once. */
export class Line {
  readonly #at: (distance: number) => State;
  readonly #weights: readonly TypedArray[];
  readonly #choosers: readonly Node[];
  readonly #known = new Map<number, State>();

  constructor(at: (distance: number) => State, weights: readonly TypedArray[], choosers: readonly Node[]) {
    this.#at = at;
    this.#weights = weights;
    this.#choosers = choosers;
  }

  /** f(x + to) - f(x + from), added up over those outputs that changed: the others bring no rounding error. */
  readonly change = (from: number, to: number): number => this.#sum(from, to, (a, b) => (a === b ? 0 : b - a));

  /**
   * Size of the numbers whose difference was taken: what rounding errors are measured against. Those that did not
   * change count only if none did.
   */
  size(from: number, to: number): number {
    const changed = this.#sum(from, to, (a, b) => (a === b ? 0 : Math.abs(a) + Math.abs(b)), Math.abs);
    return changed > 0 ? changed : this.#sum(from, to, (a, b) => Math.abs(a) + Math.abs(b), Math.abs);
  }

  /** The first node that chose otherwise at one distance than at the other, if any. */
  crossed(from: number, to: number): Node | undefined {
    const a = this.#state(from).choices;
    const b = this.#state(to).choices;
    return this.#choosers.find((_, i) => a[i]!.some((choice, k) => choice !== b[i]![k]));
  }

  /** Whether all outputs are finite there. */
  finite(distance: number): boolean {
    return this.#state(distance).outs.every((out) => (typeof out === "number" ? Number.isFinite(out) : out.every(Number.isFinite)));
  }

  #state(distance: number): State {
    let state = this.#known.get(distance);
    if (state === undefined) this.#known.set(distance, (state = this.#at(distance)));
    return state;
  }

  #sum(from: number, to: number, term: (a: number, b: number) => number, weigh: (w: number) => number = (w) => w): number {
    const a = this.#state(from).outs;
    const b = this.#state(to).outs;
    let sum = 0;
    this.#weights.forEach((weights, i) => {
      const [x, y] = [a[i]!, b[i]!];
      if (typeof x === "number" || typeof y === "number") sum += weigh(weights[0]!) * term(x as number, y as number);
      else for (let k = 0; k < x.length; k++) sum += weigh(weights[k]!) * term(x[k]!, y[k]!);
    });
    return sum;
  }
}
