/**
 * Puts the numbers into a draft: every value by the reference interpreter, every gradient by `differentiate`, with every
 * node wanted. The graphs stay at hand, so that other inputs need only what depends on them.
 */
import { builder } from "../api/builder.ts";
import { Diagnostic, nearest, shapeText, type Place } from "../ir/diagnostic.ts";
import { allocate, isFloat, type Value } from "../ir/dtype.ts";
import { dependents, topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node, NodeLookup } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";
import type { Shape } from "../ir/shape.types.ts";
import { constant } from "../ops/forms/source.ts";
import { differentiate } from "../passes/differentiate.ts";
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
  readonly wires: readonly (readonly (Node | undefined)[])[];
}

/** A circuit that can be evaluated again with other inputs. */
export interface LiveCircuit extends Circuit {
  readonly plan: Plan;
}

/** The numbers of one evaluation, by index of node and operand position. */
interface Numbers {
  readonly values: readonly Value[];
  readonly grads: readonly Value[];
  readonly wires: readonly (readonly Value[])[];
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
  const { of, wires } = differentiate(new Map([[out, constant(seed, out.shape, out.dtype)]]), wanted, builder);
  const plan: Plan = {
    draft,
    rules: new LocalRules(),
    grads: wanted.map((node) => of.get(node)),
    wires: draft.nodes.map(({ node, operands }) => {
      const back = wires.get(node);
      return operands.map((_, position) => back?.[position]);
    }),
  };
  return assemble(plan, seed, evaluate(plan, draft.feeds, observe));
};

const evaluate = (plan: Plan, feeds: NodeLookup<Value>, observe?: Observer, before?: Numbers, changed?: (node: Node) => boolean): Numbers => {
  const outputs: Node[] = [];
  const ask = (node: Node): void => {
    if (changed?.(node) ?? true) outputs.push(node);
  };
  const { draft, grads, wires } = plan;
  for (const { value } of draft.nodes) ask(value);
  for (const node of grads) if (node) ask(node);
  for (const row of wires) for (const node of row) if (node) ask(node);
  const found = new NodeMap<Value>();
  interpret(outputs, feeds, observe).forEach((value, i) => found.set(outputs[i]!, value));
  // What was not asked for has not changed.
  const numberOf = (node: Node, old: Value | undefined): Value => found.get(node) ?? old!;
  return {
    values: draft.nodes.map(({ value }, i) => numberOf(value, before?.values[i])),
    grads: grads.map((node, i) => (node ? numberOf(node, before?.grads[i]) : zeros(draft.nodes[i]!.value.shape))),
    wires: wires.map((row, i) =>
      row.map((node, k) => (node ? numberOf(node, before?.wires[i]![k]) : zeros(draft.nodes[i]!.node.src[k]!.shape))),
    ),
  };
};

const zeros = (shape: Shape): Value => (shape.length === 0 ? 0 : allocate("float64", sizeOf(shape)));

class CircuitGate implements CircuitNode {
  readonly index: number;
  readonly name: string;
  readonly named: boolean;
  readonly kind: CircuitNode["kind"];
  readonly op: string;
  readonly operands: readonly Operand[];
  readonly value: Value;
  readonly grad: Value;
  readonly uses: Edge[] = [];
  readonly edges: Edge[] = [];
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

const assemble = (plan: Plan, seed: number, numbers: Numbers): LiveCircuit => {
  const { draft, rules } = plan;
  const nodes = draft.nodes.map((_, index) => new CircuitGate(draft, index, numbers.values[index]!, numbers.grads[index]!));
  for (const gate of nodes) {
    const { index, node, operands } = gate;
    if (operands.length === 0) continue;
    const locals = isScalarGate(node) ? rules.of(node).at(operandValues(nodes, gate)) : undefined;
    operands.forEach((operand, position) => {
      if (!("at" in operand)) return;
      const edge: Edge = {
        gate: index,
        input: operand.at,
        position,
        local: locals?.[position],
        upstream: gate.grad,
        contribution: numbers.wires[index]![position]!,
      };
      gate.edges.push(edge);
      nodes[operand.at]!.uses.push(edge);
    });
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

/** The value of an input as another evaluation needs it: a number for a scalar, else all numbers row by row. */
export type Changes = Readonly<Record<string, Value>> | ReadonlyMap<string, Value>;

/**
 * The same circuit with other values for some inputs. Only what depends on them is computed again; `observe` sees each
 * node that is.
 * @throws Diagnostic `unknown-input`, `does-not-fit`
 */
export const withInputs = (circuit: LiveCircuit, changes: Changes, observe?: Observer): LiveCircuit => {
  const { plan } = circuit;
  const given = changes instanceof Map ? changes : new Map(Object.entries(changes));
  const feeds = new NodeMap<Value>();
  const inputs = circuit.inputs.map((index) => circuit.nodes[index]!);
  const roots: Node[] = [];
  for (const [name, value] of given as ReadonlyMap<string, Value>) {
    const at = findInput(circuit, name);
    if (sizeOf(at.shape) !== (typeof value === "number" ? 1 : value.length) || (at.shape.length === 0) !== (typeof value === "number")) {
      throw new Diagnostic("does-not-fit", `The input "${name}" has shape ${shapeText(at.shape)}, and the new value does not.`, {
        place: at.place,
        help: `give ${at.shape.length === 0 ? "one number" : `${sizeOf(at.shape)} numbers, row by row`}`,
      });
    }
    if (!Object.is(at.value, value)) roots.push(at.node);
    feeds.set(at.node, value);
  }
  const { grads, wires, draft } = plan;
  const all = [...draft.nodes.map(({ value }) => value), ...grads, ...wires.flat()].filter((node) => node !== undefined);
  const affected = dependents(topological(all), roots);
  // What did not change is fed, so that nothing behind it runs again.
  for (const node of inputs) if (!feeds.has(node.node)) feeds.set(node.node, node.value);
  circuit.nodes.forEach((node, i) => {
    const { value } = draft.nodes[i]!;
    if (!affected.has(value)) feeds.set(value, node.value);
    const grad = grads[i];
    if (grad && !affected.has(grad)) feeds.set(grad, node.grad);
  });
  const before: Numbers = {
    values: circuit.nodes.map(({ value }) => value),
    grads: circuit.nodes.map(({ grad }) => grad),
    wires: circuit.nodes.map((node) => {
      const row: Value[] = [];
      for (const edge of node.edges) row[edge.position] = edge.contribution;
      return row;
    }),
  };
  return assemble(plan, circuit.seed, evaluate(plan, feeds, observe, before, (node) => affected.has(node)));
};

/**
 * The input of that name.
 * @throws Diagnostic `unknown-input`
 */
export const findInput = (circuit: Circuit, name: string): CircuitNode => {
  const names = circuit.inputs.map((index) => circuit.nodes[index]!.name);
  const at = names.indexOf(name);
  if (at >= 0) return circuit.nodes[circuit.inputs[at]!]!;
  const near = nearest(name, names);
  throw new Diagnostic("unknown-input", `There is no input "${name}".`, {
    help: near === undefined ? `the inputs are ${names.join(", ") || "none"}` : `did you mean "${near}"?`,
  });
};
