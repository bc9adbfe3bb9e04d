/**
 * What an entry is: one constant that says everything about one operation. Functions, methods, types, gradients,
 * checks, documentation and printers are derived from it. An entry is also a function on nodes, so that gradients and
 * bodies are written in the same operations.
 */
import { Diagnostic } from "../../ir/diagnostic.ts";
import { isFloat, type DType } from "../../ir/dtype.ts";
import type { Node, Op, Site } from "../../ir/node.ts";
import type { Recognisable } from "../../ir/recognise.ts";
import type { Shape } from "../../ir/shape.types.ts";
import { constant } from "./source.ts";

export type NodeLike = Node | number;

/** One way to call an operation in the derived checks: operands by shape (or values), then its options as they are. */
export interface Sample {
  readonly operands: readonly OperandSample[];
  readonly options?: readonly unknown[];
}
export type OperandSample = Shape | { readonly shape: Shape; readonly dtype: DType; readonly below?: number };

/** A stretch where an operation has no value or no derivative; named in every report that leaves it out. */
export interface Exclusion {
  readonly where: (...x: number[]) => boolean;
  readonly why: string;
}

/** The laws of a fold's state, for the derived checks: identity and associativity. */
export interface FoldLaws {
  readonly init: unknown;
  lift(x: number, index: number): unknown;
  combine(a: unknown, b: unknown): unknown;
  out(state: unknown): number;
}

export interface EntryInfo<Sig extends string = string> {
  /** The word; the exported constant has the same name in camelCase (with `_` at the end where JavaScript reserves it). */
  readonly word: string;
  /** Which row of signatures types its function and method. */
  readonly sig: Sig;
  /** The operation of its nodes; entries that only spell others (mean, matmul) have none. */
  readonly op: Op | undefined;
  readonly says: string;
  readonly formula: string;
  /**
   * Which arguments are operands (the others are options): so many leading ones, "all", "rest": all but the first, or
   * "list": an array of them comes first. Only where the first argument is an operand is there a method.
   */
  readonly operands: number | "all" | "rest" | "list";
  /** Scalar operands in the circuit language: how few and how many; absent for what is no gate. */
  readonly arity: { readonly min: number; readonly max: number } | undefined;
  /** How the derived checks call it; made when one of them asks. */
  readonly samples: () => readonly Sample[];
  readonly excluded: readonly Exclusion[];
  /** False where an operand's gradient is zero or undefined by nature (comparisons, indices). */
  readonly differentiable: boolean;
  /** Chains of plain gates that are grouped into this operation, where it wants that. */
  readonly recognisable?: readonly Recognisable[];
  /** Of a fold. */
  readonly laws?: FoldLaws;
  /** Only for the machinery: no function, method or word of the language is derived from it. */
  readonly internal: boolean;
  /** Makes the node from arguments as a user gives them; throws a `Diagnostic` when they do not fit. */
  build(args: readonly unknown[], site?: Site): Node;
}

export type Entry<Sig extends string = string, F = (...args: NodeLike[]) => Node> = F & EntryInfo<Sig>;

/** Joins the function on nodes with what is known about it. */
export const entry = <Sig extends string, F extends (...args: never[]) => Node>(
  info: EntryInfo<Sig>,
): Entry<Sig, F> => Object.assign(((...args: unknown[]) => info.build(args)) as unknown as F, info);

/** A table module also exports helpers; entries are what can be built. */
export const isEntry = (x: unknown): x is EntryInfo => typeof x === "function" && "word" in x && "build" in x;

/** A JavaScript number becomes a constant that takes the type of what it meets ("weak"). */
export const lift = (x: unknown, word: string): Node => {
  if (typeof x === "number") return constant(x, [], "float64", true);
  if (typeof x === "object" && x !== null && "op" in x && "src" in x) return x as Node;
  throw new Diagnostic("not-an-operand", `${word}: ${describe(x)} is not a number or a tensor`, {
    help: "pass a number, a tensor, or make one with tensor([...])",
  });
};

/** What a value is, in a sentence. */
export const describe = (x: unknown): string => {
  if (x === null || x === undefined) return String(x);
  if (typeof x === "string") return `the text "${x.slice(0, 40)}"`;
  if (typeof x !== "object") return `a ${typeof x}`;
  const kind = Object.getPrototypeOf(x)?.constructor?.name ?? "object";
  return `${/^(?!Uint)[AEIOU]/i.test(kind) ? "an" : "a"} ${kind === "Object" || kind === "Array" ? kind.toLowerCase() : kind}`;
};

/** What a person calls an operand in an error: its own name, or what it is. */
const operandName = (node: Node, index: number): string =>
  node.name ?? (node.op.form === "source" && !node.op.placeholder ? `operand ${index + 1}` : `operand ${index + 1} (${node.op.name})`);

export const operandNotes = (nodes: readonly Node[]): { name: string; shape: Shape }[] =>
  nodes.map((node, i) => ({ name: operandName(node, i), shape: node.shape }));

export const floatOf = (dtype: DType): DType => (isFloat(dtype) ? dtype : "float64");
