/**
 * A graph as JSON, and back: what a function traced in one process becomes the same circuit in another, which then
 * computes it at other inputs. Only known operations are sent, as their names; no code is.
 */
import { allocate, isTypedArray, numberSpelling, type TypedArray, type Value } from "../ir/dtype.ts";
import { Diagnostic, type Place } from "../ir/diagnostic.ts";
import { topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import { type Attrs, type Body, Node, type NodeLookup } from "../ir/node.ts";
import { nameOfOp, opOfName } from "../ops/known.ts";
import type { LiveCircuit } from "./circuit.ts";
import type { GraphParts } from "./from-graph.ts";
import type { JsonNumber } from "./json.ts";
import type { AttrJson, GraphJson, GraphNodeJson } from "./served.types.ts";

/** Numbers of tensors that a page is sent; more than that is no circuit that anybody looks at. */
const mostNumbers = 1_000_000;

type ShownPlace = (place: Place) => Place | undefined;

const toJson = (x: number): JsonNumber => (Number.isFinite(x) && !Object.is(x, -0) ? x : (numberSpelling(x) as JsonNumber));

class Writer {
  readonly #shown: ShownPlace;
  #numbers = 0;

  constructor(shown: ShownPlace) {
    this.#shown = shown;
  }

  nodes(order: readonly Node[], indexOf: NodeLookup<number>, names: NodeLookup<string>): GraphNodeJson[] {
    return order.map((node) => {
      const { op, src, attrs, shape, dtype, site } = node;
      const place = site?.place && this.#shown(site.place);
      const name = names.get(node) ?? node.name;
      return {
        op: this.#op(node),
        src: src.map((operand) => indexOf.get(operand)!),
        attrs: this.#attrs(attrs, op.name),
        shape,
        dtype,
        ...(name === undefined ? {} : { name }),
        ...(place === undefined ? {} : { place: { ...(place.file === undefined ? {} : { file: place.file }), line: place.line, column: place.column } }),
      };
    });
  }

  value(value: Value): JsonNumber | JsonNumber[] {
    return typeof value === "number" ? toJson(value) : this.#array(value);
  }

  #op({ op }: Node): string {
    const name = nameOfOp(op);
    if (opOfName(name) === op) return name;
    throw new Diagnostic("own-gate", `The function uses ${op.form === "body" ? "the group" : "the gate"} ${op.name}, which a file of yours defines: only Node can compute it.`, {
      help: "new values of inputs are sent to Node and come back",
    });
  }

  #array(values: TypedArray): JsonNumber[] {
    this.#numbers += values.length;
    if (this.#numbers <= mostNumbers) return Array.from(values, toJson);
    throw new Diagnostic("graph-too-large", `The function holds more than ${mostNumbers.toLocaleString("en")} numbers, too many to be sent to a page.`, {
      help: "show it with smaller inputs",
    });
  }

  #attrs(attrs: Attrs, op: string): Record<string, AttrJson> {
    // Numbers that are fetched later are read here; who had them means nothing elsewhere.
    const own = Object.entries(attrs).filter(([key, value]) => value !== undefined && key !== "origin");
    return Object.fromEntries(own.map(([key, value]) => [key, this.#attr(value, op)]));
  }

  #attr(value: unknown, op: string): AttrJson {
    if (typeof value === "boolean" || typeof value === "string" || value === null) return value;
    if (typeof value === "number") {
      const number = toJson(value);
      return typeof number === "number" ? number : { number };
    }
    if (Array.isArray(value)) return value.map((item) => this.#attr(item, op));
    if (isTypedArray(value)) return { numbers: this.#array(value), dtype: dtypeNamed(value) };
    if (isBody(value)) return { body: this.#body(value) };
    if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) return { object: this.#attrs(value as Attrs, op) };
    throw new Diagnostic("not-portable", `The function uses ${op} in a way that only Node can compute.`, {
      help: "new values of inputs are sent to Node and come back",
    });
  }

  #body({ params, out }: Body) {
    const { order, indexOf } = numbered(params, out);
    return { nodes: this.nodes(order, indexOf, new NodeMap()), params: params.map((node) => indexOf.get(node)!), out: indexOf.get(out)! };
  }
}

const dtypes = ["float64", "float32", "int32", "uint32", "bool"] as const;
const dtypeNamed = (values: TypedArray) => dtypes.find((dtype) => allocate(dtype, 0).constructor === values.constructor)!;

const isBody = (value: unknown): value is Body => typeof value === "object" && value !== null && "out" in value && value.out instanceof Node;

/** All nodes that an output hangs on and all that stand for operands, each with its place in the list. */
const numbered = (first: readonly Node[], output: Node) => {
  const isFirst = new NodeMap(first.map((node) => [node, true] as const));
  const order = [...first, ...topological([output]).filter((node) => !isFirst.has(node))];
  return { order, indexOf: new NodeMap(order.map((node, i) => [node, i] as const)) };
};

/**
 * The graph of a traced function. `shown` says how a place is named for the reader, or that it means nothing to them.
 * @throws Diagnostic `own-gate`, `not-portable`, `graph-too-large`
 */
export const writeGraph = ({ plan, nodes: shownNodes, inputs, output }: LiveCircuit, shown: ShownPlace = (place) => place): GraphJson => {
  const { draft } = plan;
  const names = new NodeMap<string>();
  for (const { node, name, named } of draft.nodes) if (named) names.set(node, name);
  const given = inputs.map((index) => draft.nodes[index]!.node);
  const { order, indexOf } = numbered(given, draft.nodes[output]!.node);
  const writer = new Writer(shown);
  return {
    nodes: writer.nodes(order, indexOf, names),
    inputs: given.map((node) => indexOf.get(node)!),
    values: inputs.map((index) => writer.value(shownNodes[index]!.value)),
    output: indexOf.get(draft.nodes[output]!.node)!,
  };
};

const readArray = (numbers: readonly JsonNumber[], dtype: Node["dtype"]): TypedArray => {
  const values = allocate(dtype, numbers.length);
  numbers.forEach((x, i) => (values[i] = Number(x)));
  return values;
};

const readNodes = (written: readonly GraphNodeJson[]): Node[] => {
  const nodes: Node[] = [];
  for (const { op: name, src, attrs, shape, dtype, name: own, place } of written) {
    const op = opOfName(name);
    if (op === undefined) {
      throw new Diagnostic("unknown-operation", `There is no operation "${name}" here: this graph was written by another version of chainrule.`, {
        help: "use the same version on both sides",
      });
    }
    nodes.push(new Node(op, src.map((index) => nodes[index]!), readAttrs(attrs), shape, dtype, place && { place }, own));
  }
  return nodes;
};

const readAttrs = (attrs: Readonly<Record<string, AttrJson>>): Attrs => Object.fromEntries(Object.entries(attrs).map(([key, value]) => [key, readAttr(value)]));

const readAttr = (value: AttrJson): unknown => {
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map(readAttr);
  if ("number" in value) return Number(value.number);
  if ("numbers" in value) return readArray(value.numbers, value.dtype);
  if ("object" in value) return readAttrs(value.object);
  const nodes = readNodes(value.body.nodes);
  return { params: value.body.params.map((index) => nodes[index]!), out: nodes[value.body.out]! } satisfies Body;
};

const isList = (value: object): value is readonly AttrJson[] => Array.isArray(value);

/**
 * The graph again, with its inputs at the values that it was written with.
 * @throws Diagnostic `unknown-operation`
 */
export const readGraph = (graph: GraphJson): GraphParts => {
  const nodes = readNodes(graph.nodes);
  const inputs = graph.inputs.map((index) => nodes[index]!);
  const feeds = new NodeMap<Value>();
  inputs.forEach((node, i) => {
    const value = graph.values[i]!;
    feeds.set(node, Array.isArray(value) ? readArray(value as readonly JsonNumber[], node.dtype) : Number(value));
  });
  return { roots: [], output: nodes[graph.output]!, inputs, feeds };
};
