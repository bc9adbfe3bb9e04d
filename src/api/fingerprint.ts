/**
 * What a graph looks like, in a few bytes for each node: enough to tell whether a second trace gave the same one, without
 * keeping the first.
 */
import { shapeText } from "../ir/diagnostic.ts";
import { noAttrs, type Node, type Op } from "../ir/node.ts";
import { NodeNumbers } from "../ir/node-numbers.ts";

export class Fingerprint {
  readonly #ops = new Map<Op, number>();
  readonly #nodes: Int32Array;
  readonly #outputs: Int32Array;

  /** `order`: all nodes that the outputs need, operands first. */
  constructor(outputs: readonly Node[], order: readonly Node[]) {
    const { nodes, ends } = this.#of(order, outputs);
    this.#nodes = nodes;
    this.#outputs = ends;
  }

  /** The first node at which another graph differs; `order`: all its nodes. */
  difference(outputs: readonly Node[], order: readonly Node[]): Node | undefined {
    const { nodes, ends } = this.#of(order, outputs);
    const at = nodes.findIndex((hash, i) => hash !== this.#nodes[i]);
    if (at >= 0) return order[at];
    if (nodes.length < this.#nodes.length) return order.at(-1);
    // The same nodes, but not the same results.
    return outputs.find((_, i) => ends[i] !== this.#outputs[i]);
  }

  #of(order: readonly Node[], outputs: readonly Node[]): { readonly nodes: Int32Array; readonly ends: Int32Array } {
    const place = new NodeNumbers(order);
    const nodes = new Int32Array(order.length);
    order.forEach((node, i) => {
      place.set(node, i);
      nodes[i] = this.#hash(node, place);
    });
    return { nodes, ends: Int32Array.from(outputs, (node) => place.get(node)!) };
  }

  #hash(node: Node, place: NodeNumbers): number {
    let op = this.#ops.get(node.op);
    if (op === undefined) this.#ops.set(node.op, (op = this.#ops.size));
    let hash = mix(op, node.src.length);
    for (const src of node.src) hash = mix(hash, place.get(src)!);
    // These two letters tell the types apart.
    hash = mix(mix(hash, node.dtype.charCodeAt(0)), node.dtype.charCodeAt(node.dtype.length - 1));
    if (node.shape.length > 0) hash = text(hash, shapeText(node.shape));
    if (node.attrs === noAttrs) return hash;
    const { value, weak } = node.attrs;
    // Most nodes with attributes are numbers of the code.
    return typeof value === "number" && typeof weak === "boolean" ? number(mix(hash, Number(weak)), value) : text(hash, attrsText(node));
  }
}

const mix = (hash: number, x: number): number => {
  const mixed = Math.imul(hash ^ x, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
};

const bits = new Float64Array(1);
const halves = new Int32Array(bits.buffer);

const number = (hash: number, x: number): number => {
  bits[0] = x;
  return mix(mix(hash, halves[0]!), halves[1]!);
};

const text = (hash: number, x: string): number => {
  let mixed = hash;
  for (let i = 0; i < x.length; i++) mixed = mix(mixed, x.charCodeAt(i));
  return mixed;
};

/** Small attributes by value; data by its first numbers, which is where frozen random data shows. */
const attrsText = ({ attrs }: Node): string =>
  JSON.stringify(attrs, (name, x: unknown) => {
    if (name === "body" || name === "lowered" || name === "compilation") return undefined;
    if (typeof x === "number" && (Object.is(x, -0) || !Number.isFinite(x))) return Object.is(x, -0) ? "-0" : String(x);
    return ArrayBuffer.isView(x) ? Array.from((x as Float64Array).subarray(0, 64), String) : x;
  });
