/**
 * A circuit with all its numbers: what every explanation (terminal, JSON, SVG, HTML, staged code) draws from.
 * Plain data beside the graph; nothing here computes.
 */
import type { Place } from "../ir/diagnostic.ts";
import type { Value } from "../ir/dtype.ts";
import type { Node, Pattern } from "../ir/node.ts";
import type { Shape } from "../ir/shape.types.ts";

/** One operand position of a gate: another node of the circuit, or a literal number of the program. */
export type Operand = { readonly at: number } | { readonly literal: number; readonly text: string };

/** What flows back through one operand position: [local gradient] x [gate gradient] = contribution. */
export interface Edge {
  /** Index of the gate, and of the node that its operand is. */
  readonly gate: number;
  readonly input: number;
  /** Which operand position of the gate. */
  readonly position: number;
  /** For scalars the three numbers; for tensors `local` is absent (a Jacobian is never formed). */
  readonly local: number | undefined;
  readonly upstream: Value;
  readonly contribution: Value;
}

/** One input, constant or gate, with its value, its gradient and its wires. */
export interface CircuitNode {
  readonly index: number;
  /** Unique: the user's name (`y@1` for an earlier value of a name assigned again), else `%1`, `%2`, ... */
  readonly name: string;
  /** The user gave it a name: it never disappears from a drawing. */
  readonly named: boolean;
  readonly kind: "input" | "constant" | "gate";
  /** The operation's word; "input" and "constant" for the other kinds. */
  readonly op: string;
  /** Its text in full parentheses. */
  readonly expr: string;
  readonly operands: readonly Operand[];
  readonly shape: Shape;
  readonly value: Value;
  readonly grad: Value;
  /** Edges that leave this node towards the gates that use it: their contributions add up to `grad`. */
  readonly uses: readonly Edge[];
  /** Edges from this gate to its operands that are nodes. */
  readonly edges: readonly Edge[];
  readonly pattern: Pattern | undefined;
  /** One sentence on what the gate does to the gradient. */
  readonly says: string;
  readonly plumbing: boolean;
  readonly place: Place | undefined;
  /** The node of the graph, for those who compute further (opening, checking, printing code). */
  readonly node: Node;
}

/** A chain of gates that was recognised and folded into one, or could be. */
export interface Grouping {
  readonly word: string;
  readonly name: string;
  /** The text of the chain that it stands for, and why it is better as one gate. */
  readonly expr: string;
  readonly why: string;
}

/** All of it, at one point. */
export interface Circuit {
  /** In order of evaluation: operands before the gates that use them. */
  readonly nodes: readonly CircuitNode[];
  readonly inputs: readonly number[];
  readonly output: number;
  /** The gradient that the output starts with (1 unless asked otherwise). */
  readonly seed: number;
  /** Inputs that nothing uses: gradient 0, worth a warning. */
  readonly unused: readonly string[];
  readonly grouped: readonly Grouping[];
  /** The program as written, one stage a line; absent for a function. */
  readonly source: string | undefined;
}
