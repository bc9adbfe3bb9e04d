/**
 * Puts the numbers into a draft: every value by the reference interpreter, every gradient by `differentiate`, with every
 * node wanted. The graphs stay at hand, so that other inputs need only what depends on them.
 */
import { builder } from "../api/builder.ts";
import { Diagnostic, type Place } from "../ir/diagnostic.ts";
import { allocate, isFloat, type Value } from "../ir/dtype.ts";
import { dependents, topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node, NodeLookup } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";
import type { Shape } from "../ir/shape.types.ts";
import { constant } from "../ops/forms/source.ts";
import { differentiateWires, type Gradients } from "../passes/differentiate.ts";
import { interpret, type Observer } from "../run/interpret.ts";
import type { Circuit, CircuitNode, Edge, Operand } from "./circuit.types.ts";
import type { Draft } from "./draft.ts";
import { isScalarGate, LocalRules } from "./local.ts";

/** The graphs behind the numbers. */
export interface Plan {
  readonly draft: Draft;
  readonly rules: LocalRules;
  /** For each node of the circuit the node of its gradient; absent: zero. */
  readonly grads: readonly (Node | undefined)[];
  /** For each gate what flows back through each of its operand positions. */
  readonly wires: Gradients["wires"];
}

/** A circuit that can be evaluated again with other inputs. */
export interface LiveCircuit extends Circuit {
  readonly plan: Plan;
}

export interface CircuitOptions {
  /** The gradient that the output starts with. Default 1; a tensor starts with it in every entry. */
  readonly seed?: number;
}

/**
 * Values and gradients of a draft.
 * @throws Diagnostic `not-differentiable` if the output is no real number
 */
export const createCircuit = (draft: Draft, options: CircuitOptions = {}, observe?: Observer): LiveCircuit => {
  const seed = options.seed ?? 1;
  const out = draft.nodes[draft.output]!.value;
  if (!isFloat(out.dtype)) {
    throw new Diagnostic("not-differentiable", `"${draft.nodes[draft.output]!.name}" is ${out.dtype}, which has no gradient`, {
      place: out.site?.place,
      help: "return a real number, or convert it with cast",
    });
  }
  const wanted = draft.nodes.map(({ value }) => value);
  const { of, wires } = differentiateWires(new Map([[out, constant(seed, out.shape, out.dtype)]]), wanted, builder);
  const plan: Plan = { draft, rules: new LocalRules(), grads: wanted.map((node) => of.get(node)), wires };
  return assemble(plan, seed, evaluate(plan, draft.feeds, observe));
};

/** Everything that the circuit shows a number of: values, gradients, and what flows through each wire. */
function* shownNodes({ draft, grads, wires }: Plan): Generator<Node> {
  for (let i = 0; i < draft.nodes.length; i++) {
    const { node, value, operands } = draft.nodes[i]!;
    yield value;
    const grad = grads[i];
    if (grad) yield grad;
    if (operands.length === 0) continue;
    for (const wire of wires.get(node) ?? []) if (wire) yield wire;
  }
}

const evaluate = (plan: Plan, feeds: NodeLookup<Value>, observe?: Observer, only?: NodeLookup<Node>): NodeMap<Value> => {
  const outputs: Node[] = [];
  for (const node of shownNodes(plan)) if (only?.has(node) ?? true) outputs.push(node);
  const found = new NodeMap<Value>();
  interpret(outputs, feeds, observe).forEach((value, i) => found.set(outputs[i]!, value));
  return found;
};

const zeros = (shape: Shape): Value => (shape.length === 0 ? 0 : allocate("float64", sizeOf(shape)));

const noEdges: readonly Edge[] = [];

class CircuitGate implements CircuitNode {
  readonly index: number;
  readonly name: string;
  readonly named: boolean;
  readonly kind: CircuitNode["kind"];
  readonly op: string;
  readonly operands: readonly Operand[];
  readonly value: Value;
  readonly grad: Value;
  uses: readonly Edge[] = noEdges;
  edges: readonly Edge[] = noEdges;
  readonly plumbing: boolean;
  readonly node: Node;
  readonly #draft: Draft;

  constructor(draft: Draft, index: number, value: Value, grad: Value) {
    const from = draft.nodes[index]!;
    this.#draft = draft;
    this.index = index;
    this.name = from.name;
    this.named = from.named;
    this.kind = from.kind;
    this.op = from.op;
    this.operands = from.operands;
    this.plumbing = from.plumbing;
    this.node = from.node;
    this.value = value;
    this.grad = grad;
  }

  get expr(): string {
    return this.#draft.exprOf(this.index);
  }

  get shape(): Shape {
    return this.node.shape;
  }

  get pattern(): CircuitNode["pattern"] {
    return this.node.op.pattern;
  }

  get says(): string {
    return this.node.op.says;
  }

  get place(): Place | undefined {
    return this.node.site?.place;
  }
}

/** `found` holds what was computed; whatever it lacks is as it was `before`. */
const assemble = (plan: Plan, seed: number, found: NodeLookup<Value>, before?: Circuit): LiveCircuit => {
  const { draft, rules, grads, wires } = plan;
  const nodes = draft.nodes.map(({ value }, index) => {
    const old = before?.nodes[index];
    const grad = grads[index];
    return new CircuitGate(draft, index, found.get(value) ?? old!.value, grad ? (found.get(grad) ?? old!.grad) : zeros(value.shape));
  });
  for (const gate of nodes) {
    const { index, node, operands, grad: upstream } = gate;
    if (operands.length === 0) continue;
    const locals = isScalarGate(node) ? rules.of(node).at(operandValues(nodes, gate)) : undefined;
    const back = wires.get(node);
    const edges: Edge[] = [];
    operands.forEach((operand, position) => {
      if (!("at" in operand)) return;
      const wire = back?.[position];
      const old = before?.nodes[index]!.edges[edges.length];
      const contribution = wire ? (found.get(wire) ?? old!.contribution) : zeros(node.src[position]!.shape);
      edges.push({ gate: index, input: operand.at, position, local: locals?.[position], upstream, contribution });
    });
    // Exact sizes: arrays that grow keep room for many, which a million gates would pay for.
    gate.edges = edges.slice();
    for (const edge of edges) {
      const from = nodes[edge.input]!;
      if (from.uses.length === 0) from.uses = [edge];
      else (from.uses as Edge[]).push(edge);
    }
  }
  const { inputs, output, unused, grouped, source } = draft;
  return { nodes, inputs, output, seed, unused, grouped, source, plan };
};

/** The numbers that a scalar gate works on, with the defaults of operands that were left out. */
export const operandValues = (nodes: readonly CircuitNode[], gate: CircuitNode): number[] =>
  gate.node.src.map((src, i) => {
    const operand = gate.operands[i];
    if (operand === undefined) return src.attrs["value"] as number;
    return "at" in operand ? (nodes[operand.at]!.value as number) : operand.literal;
  });

/**
 * The same circuit with other values for some inputs, by index of the node: a number for a scalar, else all numbers row by
 * row. Only what depends on them is computed again; `observe` sees each node that is.
 */
export const withValues = (circuit: LiveCircuit, values: ReadonlyMap<number, Value>, observe?: Observer): LiveCircuit => {
  const { plan } = circuit;
  const feeds = new NodeMap<Value>();
  const roots: Node[] = [];
  for (const index of circuit.inputs) {
    const { node, value: before } = circuit.nodes[index]!;
    const value = values.get(index) ?? before;
    if (!Object.is(before, value)) roots.push(node);
    feeds.set(node, value);
  }
  const { grads, draft } = plan;
  const affected = dependents(topological(shownNodes(plan)), roots);
  // What did not change is fed, so that nothing behind it runs again.
  circuit.nodes.forEach((node, i) => {
    const { value } = draft.nodes[i]!;
    if (!affected.has(value)) feeds.set(value, node.value);
    const grad = grads[i];
    if (grad && !affected.has(grad)) feeds.set(grad, node.grad);
  });
  return assemble(plan, circuit.seed, evaluate(plan, feeds, observe, affected), circuit);
};
