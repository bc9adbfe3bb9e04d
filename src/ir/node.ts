/**
 * The one node type. A node is immutable and never shared when it is made: two equal lines are two nodes, each with
 * its own name, line and gradient. Ids grow in order of making, so ascending ids are a topological order.
 */
import type { DType } from "./dtype.ts";
import type { Op } from "./op.ts";
import type { Shape } from "./shape.types.ts";
import type { Place } from "./diagnostic.ts";

/** Where in the user's own code a node was made; found out only when somebody asks. */
export interface Site {
  readonly place: Place | undefined;
}

export type Attrs = Readonly<Record<string, unknown>>;

export const noAttrs: Attrs = Object.freeze({});

let made = 0;

export class Node {
  readonly id: number;
  readonly op: Op;
  readonly src: readonly Node[];
  readonly attrs: Attrs;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly site: Site | undefined;
  readonly name: string | undefined;

  constructor(
    op: Op,
    src: readonly Node[],
    attrs: Attrs,
    shape: Shape,
    dtype: DType,
    site?: Site | undefined,
    name?: string | undefined,
  ) {
    this.id = ++made;
    this.op = op;
    this.src = src;
    this.attrs = attrs;
    this.shape = shape;
    this.dtype = dtype;
    this.site = site;
    this.name = name;
  }

  /** The same computation on other operands (same shapes and types). */
  withSources(src: readonly Node[]): Node {
    return new Node(this.op, src, this.attrs, this.shape, this.dtype, this.site, this.name);
  }

  /** The same computation under a name that people and errors use. */
  named(name: string): Node {
    return new Node(this.op, this.src, this.attrs, this.shape, this.dtype, this.site, name);
  }
}
