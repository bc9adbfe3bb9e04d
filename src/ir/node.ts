/**
 * The one node type, and what an operation is to it: passes, printers and runtimes read an op's properties and never
 * ask for a name. A form fills most of them in; an entry supplies the rest.
 *
 * A node is immutable and never shared when it is made: two equal lines are two nodes, each with its own name, line and
 * gradient. Ids grow in order of making, so ascending ids are a topological order.
 */
import type { DType, Value } from "./dtype.ts";
import type { Formula, IntFormula } from "./lanes.types.ts";
import { checkSize } from "./shape.ts";
import type { Shape } from "./shape.types.ts";
import type { Place } from "./diagnostic.ts";
import type { Work } from "./work.ts";

/** Where in the user's own code a node was made; found out only when somebody asks. */
export interface Site {
  readonly place: Place | undefined;
  /** Whether it is a node of the gradient of what was called there. */
  readonly isGradient?: boolean;
}

export type Attrs = Readonly<Record<string, unknown>>;

export const noAttrs: Attrs = Object.freeze({});

let made = 0;

/** What nodes that are made for another one take as their own site. */
let behalf: Site | undefined;

/** Nodes without a site of their own that are made meanwhile get this one; without it they keep the one from further out. */
export const onBehalfOf = <T>(site: Site | undefined, make: () => T): T => {
  const before = behalf;
  behalf = site ?? before;
  try {
    return make();
  } finally {
    behalf = before;
  }
};

export class Node {
  readonly id: number;
  readonly op: Op;
  readonly src: readonly Node[];
  readonly attrs: Attrs;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly site: Site | undefined;
  readonly name: string | undefined;

  /** @throws Diagnostic `too-large` */
  constructor(
    op: Op,
    src: readonly Node[],
    attrs: Attrs,
    shape: Shape,
    dtype: DType,
    site?: Site | undefined,
    name?: string | undefined,
  ) {
    if (shape.length > 0) checkSize(shape, op.name);
    this.id = ++made;
    this.op = op;
    this.src = src;
    this.attrs = attrs;
    this.shape = shape;
    this.dtype = dtype;
    this.site = site ?? behalf;
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

/** What readers of a map keyed by nodes need; a plain `Map` will do where a graph is small. */
export interface NodeLookup<T> {
  get(node: Node): T | undefined;
  has(node: Node): boolean;
}

export type FormName = "source" | "gate" | "fold" | "view" | "contract" | "gather" | "body";

/** Evaluates nodes inside a body, with values for its parameters. */
export type RunBody = (outputs: readonly Node[], feeds: NodeLookup<Value>) => Value[];

/** How tightly a text binds, from the loosest to the tightest. */
export const levels = ["choice", "compare", "sum", "product", "unary", "power", "call"] as const;
export type Level = (typeof levels)[number];

/** How a scalar gate is written in a language: `$0`, `$1` stand for operands, `$*` for all of them with commas. */
export interface Spelling {
  readonly js: string;
  readonly python: string;
  /** How tightly the text binds; operands that bind less are put in parentheses. Default "call". */
  readonly level?: Level;
  /** For each of two operands a number that leaves the other exactly as it is: x * 1, x / 1, x ** 1. */
  readonly neutral?: readonly (number | undefined)[];
  /** The function of `emit/helpers.ts` that is called throughout a program in which the plain spelling would not do at one place. */
  readonly helpers?: { readonly js?: string; readonly python?: string };
}

/** A complex number, for the complex step. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** The lecture's names for what a gate does to the gradient that reaches it (slide 36). */
export type Pattern = "distributor" | "router" | "switcher" | "adder";

export interface Op {
  /** The word: unique, snake_case, as in the circuit language and in `--json`. */
  readonly name: string;
  readonly form: FormName;
  /** One sentence: what the gate does to the gradient. */
  readonly says: string;
  /** The function as a formula of its operands, for people. */
  readonly formula: string;
  readonly pattern?: Pattern | undefined;
  /** Moves or copies numbers only; drawings hide it unless asked. */
  readonly plumbing: boolean;
  /** True for a placeholder that has no value until one is fed. */
  readonly placeholder: boolean;
  readonly commutative: boolean;
  /** Linear in all its operands together: its forward-mode rule is itself. */
  readonly linear: boolean;

  /** The float64 meaning. Floats are rounded when they are stored, so float32 nodes hold float32 numbers. */
  evaluate(node: Node, inputs: readonly Value[], run: RunBody): Value;

  /**
   * Gradients for the operands, given the gradient of the node (of its shape): [local gradient] x [gate gradient],
   * written in operations. `undefined` where nothing flows back. Absent: a group that is differentiated through its body.
   */
  gradient?(node: Node, upstream: Node): readonly (Node | undefined)[];

  /** Forward mode: the tangent of the node from the tangents of its operands. Absent: made of two vjps. */
  tangent?(node: Node, tangents: readonly (Node | undefined)[]): Node | undefined;

  /**
   * The node for many examples at once: the operands that are `batched` have a new leading axis of examples, and so has
   * the result. Absent or `undefined`: a group that must be opened first.
   */
  batch?(node: Node, src: readonly Node[], batched: readonly boolean[]): Node | undefined;

  /** The same operation on other operands, shapes inferred anew. Absent for sources. */
  rebuild?(src: readonly Node[], node: Node): Node;

  /** Which smooth piece of a piecewise function each element is on; two pieces meet at a kink. */
  branch?(node: Node, inputs: readonly Value[]): Int32Array;

  /** Scalar spelling; only gates have one, everything else prints from its body. */
  readonly spelling?: Spelling | undefined;
  /** Scalar meaning of a gate. */
  readonly scalar?: ((...x: number[]) => number) | undefined;

  /** The gate as machine code; absent: it has none yet, and the scalar meaning is what there is. */
  readonly lanes?: Formula | undefined;
  /** Instead of it, for a gate of whole numbers of 32 bits. */
  readonly intLanes?: IntFormula | undefined;

  /** The meaning of an analytic gate on complex numbers, for the complex step; absent: the gate is not analytic. */
  readonly complex?: ((...z: Complex[]) => Complex) | undefined;

  /** What the engine has to do for the node; absent or `undefined`: it cannot, and the interpreter runs the whole graph. */
  work?(node: Node): Work<Body> | undefined;

  /** A group's circuit over its parameters, gate by gate; and the stable circuit that is run, if another. */
  body?(node: Node): Body;
  lowered?(node: Node): Body;

  /** An equal spelling in fewer kinds of gates, used only to recognise patterns (a / b = a * inv b). */
  canonical?(node: Node): Node | undefined;
  /** Undoes itself exactly (-(-x) = x). Used, as the next, only to recognise patterns. */
  readonly involution?: boolean;
  /** What done to its operand changes not a bit of it: |-x| = |x|. */
  readonly ignores?: Op | undefined;
  /** A product in which a second operand of 0 gives 0 whatever the first is; where that is finite, it is an ordinary product. */
  readonly masked?: boolean;
  /** How operands are grouped changes nothing but rounding. */
  readonly associative?: boolean;
  /**
   * For a node that only repeats numbers along axes, or adds, drops or reorders axes: the axis of its operand that each
   * of its own axes runs along, -1 where none does. Patterns are the same whichever way such nodes make shapes meet.
   */
  align?(node: Node): readonly number[] | undefined;
}

/** A closed graph: what stands for the operands, and the result. */
export interface Body {
  readonly params: readonly Node[];
  readonly out: Node;
}
