/**
 * What a graph computes, without its numbers: operations, attributes, types, shapes, and which reads which. Two graphs of
 * one structure differ in nothing but the numbers of their leaves, so that one program runs both.
 */
import type { DType } from "../ir/dtype.ts";
import { topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import { type Attrs, type Body, noAttrs, type Node, type Op } from "../ir/node.ts";
import { sameShape } from "../ir/shape.ts";
import type { Shape } from "../ir/shape.types.ts";
import { sameValue } from "./same-value.ts";

interface Step {
  readonly op: Op;
  /** Numbers of steps; of leaves -1 - their number. */
  readonly src: readonly number[];
  readonly shape: Shape;
  readonly dtype: DType;
  readonly attrs: Attrs;
  /** Of a group its circuit, which stands for its attributes. */
  readonly body: Structure | undefined;
}

/** Of whom a trace was made is not what it computes. */
const ignored: ReadonlySet<string> = new Set(["trace"]);

export class Structure {
  readonly #leaves: readonly { readonly shape: Shape; readonly dtype: DType }[];
  readonly #steps: readonly Step[];
  readonly #roots: readonly number[];

  private constructor(leaves: readonly Node[], steps: readonly Step[], roots: readonly number[]) {
    this.#leaves = leaves.map(({ shape, dtype }) => ({ shape, dtype }));
    this.#steps = steps;
    this.#roots = roots;
  }

  /**
   * The structure of a graph, and its leaves in the order in which they are first read: when they were made does not
   * matter. `params`: leaves that come first, whether or not they are read.
   */
  static of(roots: readonly Node[], isLeaf: (node: Node) => boolean, params: readonly Node[] = []): { readonly structure: Structure; readonly leaves: readonly Node[] } {
    const leaves: Node[] = [...params];
    const places = new NodeMap<number>(leaves.map((node, i) => [node, -1 - i] as const));
    const placeOf = (node: Node): number => {
      let place = places.get(node);
      if (place === undefined) places.set(node, (place = -leaves.push(node)));
      return place;
    };
    const steps: Step[] = [];
    for (const node of topological(roots, isLeaf)) {
      if (isLeaf(node)) continue;
      const { op, shape, dtype, attrs } = node;
      const src = node.src.map(placeOf);
      const body = op.form === "body" ? bodyOf(node) : undefined;
      places.set(node, steps.push({ op, src, shape, dtype, attrs: body ? noAttrs : attrs, body }) - 1);
    }
    return { structure: new Structure(leaves, steps, roots.map(placeOf)), leaves };
  }

  /** Whether both are the same in everything. */
  equals(other: Structure): boolean {
    return (
      samePlaces(this.#roots, other.#roots) &&
      this.#leaves.length === other.#leaves.length &&
      this.#steps.length === other.#steps.length &&
      this.#leaves.every((leaf, i) => sameType(leaf, other.#leaves[i]!)) &&
      this.#steps.every((step, i) => sameStep(step, other.#steps[i]!))
    );
  }
}

/** What is run of a group. Numbers that it has captured are among its attributes, and the same only if they are the same array. */
const bodyOf = (node: Node): Structure | undefined => {
  const work = node.op.work?.(node);
  if (work?.kind !== "open") return undefined;
  const { params, out } = work.body as Body;
  const given = new Set(params);
  return Structure.of([out], (each) => given.has(each), params).structure;
};

const samePlaces = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((place, i) => place === b[i]);

const sameType = (a: { readonly shape: Shape; readonly dtype: DType }, b: typeof a): boolean => a.dtype === b.dtype && sameShape(a.shape, b.shape);

const sameStep = (a: Step, b: Step): boolean =>
  a.op === b.op &&
  samePlaces(a.src, b.src) &&
  sameType(a, b) &&
  (a.body === undefined || b.body === undefined ? a.body === b.body && sameValue(a.attrs, b.attrs, ignored) : a.body.equals(b.body));
