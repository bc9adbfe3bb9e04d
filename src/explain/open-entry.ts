/**
 * One entry of a tensor as a scalar circuit: the sum of products that an entry of `W X`, or of its gradient, really is.
 * Its inputs are the entries of the neighbouring tensors, so it opens one gate and carries the same number.
 */
import { builder } from "../api/builder.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import { nearest } from "../ir/nearest.ts";
import { allocate, asArray, isFloat, type Value } from "../ir/dtype.ts";
import { NodeMap } from "../ir/node-map.ts";
import { Node } from "../ir/node.ts";
import { sizeOf, stridesOf } from "../ir/shape.ts";
import type { Equation } from "../ir/work.ts";
import { equationOf } from "../ops/forms/equation.ts";
import { constant, constantValue, data, input } from "../ops/forms/source.ts";
import { add, copy, mul } from "../ops/table.ts";
import { backThrough } from "../passes/differentiate.ts";
import { inline } from "../passes/expand.ts";
import { interpret } from "../run/interpret.ts";
import { createCircuit, type LiveCircuit } from "./circuit.ts";
import { entryNameAt, offsetOf, parseEntry } from "./entry-name.ts";
import { draftGraph, wordOf } from "./from-graph.ts";

const mostGates = 2_000;

/** What is opened: the value or the gradient of a node of the circuit. */
interface Target {
  readonly node: Node;
  readonly value: Value;
  readonly name: string;
  readonly offset: number;
}

/** One entry of one node: what it needs, and how it is made of that. */
interface Rule {
  readonly needs: readonly (readonly [Node, number])[];
  readonly make: (parts: readonly Node[]) => Node;
}

/**
 * The scalar circuit of one entry: `D[0,1]` is an entry of a value, `dW[1,2]` one of a gradient; for an input `W[1,2]`
 * means its gradient as well.
 * @throws Diagnostic `unknown-entry`, `bad-entry`, `entry-too-large`
 */
export const openEntry = (circuit: LiveCircuit, entry: string): LiveCircuit => {
  const target = findTarget(circuit, entry);
  const opener = new Opener(circuit, target);
  const made = opener.open(target.node, target.offset);
  const isSource = made.src.length === 0;
  const output = isSource ? copy(made).named(target.name) : made.named(target.name);
  return createCircuit(draftGraph({ roots: [], output, inputs: opener.inputs, feeds: opener.feeds }));
};

const findTarget = (circuit: LiveCircuit, entry: string): Target => {
  const { name, index } = parseEntry(entry);
  const { nodes, plan } = circuit;
  const byName = (wanted: string) => nodes.find((node) => node.name === wanted);
  const own = byName(name);
  const ofGradient = own === undefined && name.startsWith("d") ? byName(name.slice(1)) : own?.kind === "input" ? own : undefined;
  const node = ofGradient ?? own;
  if (node === undefined) {
    const near = nearest(name, nodes.flatMap((known) => [known.name, `d${known.name}`]));
    throw new Diagnostic("unknown-entry", `There is no "${name}" in this circuit to open an entry of.`, {
      help: near === undefined ? "write D[0,1] for an entry of the value of D, dD[0,1] for one of its gradient" : `did you mean "${near}"?`,
    });
  }
  const offset = offsetOf({ name, index }, node.shape);
  const title = entryNameAt(ofGradient ? `d${node.name}` : node.name, offset, node.shape);
  if (!ofGradient) return { node: plan.draft.nodes[node.index]!.value, value: node.value, name: title, offset };
  const gradient = plan.grads[node.index] ?? constant(0, node.shape, "float64");
  return { node: gradient, value: node.grad, name: title, offset };
};

class Opener {
  readonly inputs: Node[] = [];
  readonly feeds = new NodeMap<Value>();
  /** Where opening ends: nodes that the circuit shows, with their names and numbers. */
  readonly #ends = new NodeMap<{ readonly name: string; readonly value: Value }>();
  readonly #known = new NodeMap<Value>();
  readonly #done = new NodeMap<Map<number, Node>>();
  readonly #target: Target;
  #gates = 0;

  constructor(circuit: LiveCircuit, target: Target) {
    this.#target = target;
    const { draft, grads } = circuit.plan;
    for (const node of circuit.nodes) {
      const { value } = draft.nodes[node.index]!;
      this.#known.set(value, node.value);
      if (!node.plumbing || node.named) this.#ends.set(value, node);
      const grad = grads[node.index];
      // Gates that pass their gradient on share one node: the one nearest to the output gives it its name.
      if (grad && constantValue(grad) === undefined && !node.plumbing) this.#ends.set(grad, { name: `d${node.name}`, value: node.grad });
      if (grad) this.#known.set(grad, node.grad);
    }
    const end = this.#ends.get(target.node);
    // The target itself is opened, unless it is only another name for a neighbour's number.
    if (end && entryNameAt(end.name, target.offset, target.node.shape) === target.name) this.#ends.delete(target.node);
  }

  /** From the entry down to the ends, without recursion. */
  open(root: Node, offset: number): Node {
    const open: { node: Node; offset: number; rule: Rule | undefined }[] = [{ node: root, offset, rule: undefined }];
    while (open.length > 0) {
      const at = open.at(-1)!;
      at.rule ??= this.#rule(at.node, at.offset);
      const missing = at.rule.needs.find(([node, place]) => this.#doneAt(node, place) === undefined);
      if (missing) {
        open.push({ node: missing[0], offset: missing[1], rule: undefined });
        continue;
      }
      open.pop();
      const made = at.rule.make(at.rule.needs.map(([node, place]) => this.#doneAt(node, place)!));
      const row = this.#done.get(at.node) ?? new Map<number, Node>();
      row.set(at.offset, made);
      this.#done.set(at.node, row);
    }
    return this.#doneAt(root, offset)!;
  }

  #doneAt(node: Node, offset: number): Node | undefined {
    return this.#done.get(node)?.get(offset);
  }

  #rule(node: Node, offset: number): Rule {
    const end = this.#ends.get(node);
    if (end) return this.#end(entryNameAt(end.name, offset, node.shape), end.value, offset);
    const { op, src, shape } = node;
    const number = constantValue(node);
    if (number !== undefined) return { needs: [], make: () => constant(number, [], node.dtype, true) };
    const equation = equationOf(node);
    if (equation) return this.#products(node, equation, offset);
    if (op.form === "gate") {
      this.#count(1);
      const nameless = new Node(op, src, node.attrs, shape, node.dtype, node.site);
      return { needs: src.map((s) => [s, offset]), make: (parts) => op.rebuild!(parts, nameless) };
    }
    if (op.linear && src.length > 0) return this.#sum(node, offset);
    if (op.lowered) return { needs: [[inline(op.lowered(node), src), offset]], make: ([part]) => part! };
    const [value] = interpret([node], this.#known);
    return this.#end(entryNameAt(wordOf(node), offset, shape), value!, offset);
  }

  /** An entry that the scalar circuit receives as an input. */
  #end(name: string, value: Value, offset: number): Rule {
    return {
      needs: [],
      make: () => {
        const hole = input([], "float64", name);
        this.inputs.push(hole);
        this.feeds.set(hole, typeof value === "number" ? value : value[offset]!);
        return hole;
      },
    };
  }

  /** A sum over the letters that the result does not have. */
  #products(node: Node, { a, b, out }: Equation, offset: number): Rule {
    const [x, y] = node.src as readonly [Node, Node];
    const at = new Map<string, number>();
    let rest = offset;
    stridesOf(node.shape).forEach((stride, i) => {
      at.set(out[i]!, Math.floor(rest / stride));
      rest %= stride;
    });
    const place = (letters: string, of: Node): number =>
      stridesOf(of.shape).reduce((sum, stride, i) => sum + stride * at.get(letters[i]!)!, 0);
    const summed = [...new Set(a + b)].filter((letter) => !out.includes(letter));
    const sizes = summed.map((letter) => (a.includes(letter) ? x.shape[a.indexOf(letter)]! : y.shape[b.indexOf(letter)]!));
    const terms = sizeOf(sizes);
    this.#count(2 * terms - 1);
    const strides = stridesOf(sizes);
    const needs: [Node, number][] = [];
    for (let term = 0; term < terms; term++) {
      summed.forEach((letter, i) => at.set(letter, Math.floor(term / strides[i]!) % sizes[i]!));
      needs.push([x, place(a, x)], [y, place(b, y)]);
    }
    const make = (parts: readonly Node[]): Node =>
      total(Array.from({ length: terms }, (_, term) => mul(parts[2 * term]!, parts[2 * term + 1]!)));
    return { needs, make };
  }

  /** A linear operation, by what its own gradient says: which numbers an entry is made of, and how often each counts. */
  #sum(node: Node, offset: number): Rule {
    const unit = allocate("float64", sizeOf(node.shape));
    unit[offset] = 1;
    const back = backThrough(node, data(unit, node.shape), builder);
    const present = back.flatMap((gradient, i) => (gradient && isFloat(node.src[i]!.dtype) ? [{ gradient, src: node.src[i]! }] : []));
    const weights: number[] = [];
    const needs: [Node, number][] = [];
    interpret(present.map(({ gradient }) => gradient), this.#known).forEach((value, i) => {
      asArray(value, "float64").forEach((weight, at) => {
        if (weight === 0) return;
        weights.push(weight);
        needs.push([present[i]!.src, at]);
      });
    });
    this.#count(needs.length - 1);
    const make = (parts: readonly Node[]): Node => total(parts.map((part, i) => (weights[i] === 1 ? part : mul(weights[i]!, part))));
    return { needs, make };
  }

  #count(gates: number): void {
    this.#gates += gates;
    if (this.#gates <= mostGates) return;
    throw new Diagnostic("entry-too-large", `The circuit of ${this.#target.name} has more than ${mostGates.toLocaleString("en-US")} gates.`, {
      help: "explain the function on smaller tensors: the same formula holds for every size",
    });
  }
}

const total = (terms: readonly Node[]): Node => {
  const [first = constant(0, [], "float64", true), ...rest] = terms;
  return rest.reduce((sum, term) => add(sum, term), first);
};
