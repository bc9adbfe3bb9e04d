/**
 * The contract of `--json`, schema 1. Written piece by piece, so that a circuit of a million gates never stands in memory
 * as one text; what JSON cannot say (NaN, infinities, minus zero) is a string.
 */
import type { Value } from "../ir/dtype.ts";
import { sizeOf } from "../ir/shape.ts";
import type { Shape } from "../ir/shape.types.ts";
import type { Circuit, CircuitNode, Edge } from "./circuit.types.ts";
import { jsonNumber } from "./language/values.ts";

/** The version of the contract. */
export const jsonSchema = 1;

/** The part of the contract that the gradient check fills in. */
export interface CheckPart {
  readonly verdict: string;
  readonly worst: number;
  readonly entries: readonly CheckEntry[];
}

export interface CheckEntry {
  readonly name: string;
  readonly analytic: number;
  readonly numeric: number;
  readonly relativeError: number;
  readonly verdict: string;
  readonly kink: boolean;
}

/** A number as JSON has it, or one of the four that it lacks, as a string. */
export type JsonNumber = number | "NaN" | "Infinity" | "-Infinity" | "-0";
export type JsonValue = JsonNumber | readonly JsonValue[];

interface Shaped {
  /** Only beside tensors. */
  readonly shape?: readonly number[];
}

/** What `--json` prints, as a type. */
export interface CircuitJson {
  readonly schema: 1;
  readonly output: string;
  readonly value: JsonValue;
  readonly shape?: readonly number[];
  readonly nodes: readonly (Shaped & { readonly name: string; readonly op: string; readonly expr: string; readonly value: JsonValue; readonly grad: JsonValue })[];
  readonly edges: readonly (Shaped & {
    readonly gate: string;
    readonly op: string;
    readonly input: string;
    /** `null` between tensors, whose local gradient is a whole Jacobian. */
    readonly local: JsonNumber | null;
    readonly upstream: JsonValue;
    readonly contribution: JsonValue;
  })[];
  readonly check: {
    readonly verdict: string;
    readonly worst: JsonNumber;
    readonly entries: readonly {
      readonly name: string;
      readonly analytic: JsonNumber;
      readonly numeric: JsonNumber;
      readonly relativeError: JsonNumber;
      readonly verdict: string;
      readonly kink: boolean;
    }[];
  };
}

/** Characters that are collected before they are handed on. */
const chunk = 1 << 16;

/** The whole document in pieces of text; `check` is called when its turn comes. */
export function* jsonChunks(circuit: Circuit, check: () => CheckPart): Generator<string> {
  let text = "";
  for (const piece of pieces(circuit, check)) {
    text += piece;
    if (text.length < chunk) continue;
    yield text;
    text = "";
  }
  yield text;
}

function* pieces(circuit: Circuit, check: () => CheckPart): Generator<string> {
  const { nodes, output } = circuit;
  const out = nodes[output]!;
  yield `{\n  "schema": ${jsonSchema},\n  "output": ${JSON.stringify(out.name)},\n  "value": ${valueText(out.value, out.shape)},\n`;
  if (out.shape.length > 0) yield `  "shape": ${JSON.stringify(out.shape)},\n`;
  yield `  "nodes": [`;
  let separator = "\n    ";
  for (const node of nodes) {
    yield separator + nodeText(node);
    separator = ",\n    ";
  }
  yield `\n  ],\n  "edges": [`;
  separator = "\n    ";
  for (const node of nodes) {
    for (const edge of node.edges) {
      yield separator + edgeText(circuit, edge);
      separator = ",\n    ";
    }
  }
  const { verdict, worst, entries } = check();
  yield `${separator.startsWith(",") ? "\n  " : ""}],\n  "check": {\n    "verdict": ${JSON.stringify(verdict)},\n    "worst": ${jsonNumber(worst)},\n    "entries": [`;
  separator = "\n      ";
  for (const entry of entries) {
    yield separator + entryText(entry);
    separator = ",\n      ";
  }
  yield `${separator.startsWith(",") ? "\n    " : ""}]\n  }\n}\n`;
}

const shapeText = (shape: Shape): string => (shape.length === 0 ? "" : `, "shape": ${JSON.stringify(shape)}`);

const nodeText = ({ name, op, expr, value, grad, shape }: CircuitNode): string =>
  `{"name": ${JSON.stringify(name)}, "op": ${JSON.stringify(op)}, "expr": ${JSON.stringify(expr)}, ` +
  `"value": ${valueText(value, shape)}, "grad": ${valueText(grad, shape)}${shapeText(shape)}}`;

const edgeText = ({ nodes }: Circuit, { gate, input, local, upstream, contribution }: Edge): string => {
  const to = nodes[gate]!;
  const from = nodes[input]!;
  return (
    `{"gate": ${JSON.stringify(to.name)}, "op": ${JSON.stringify(to.op)}, "input": ${JSON.stringify(from.name)}, ` +
    `"local": ${local === undefined ? "null" : jsonNumber(local)}, "upstream": ${valueText(upstream, to.shape)}, ` +
    `"contribution": ${valueText(contribution, from.shape)}${shapeText(from.shape)}}`
  );
};

const entryText = ({ name, analytic, numeric, relativeError, verdict, kink }: CheckEntry): string =>
  `{"name": ${JSON.stringify(name)}, "analytic": ${jsonNumber(analytic)}, "numeric": ${jsonNumber(numeric)}, ` +
  `"relativeError": ${jsonNumber(relativeError)}, "verdict": ${JSON.stringify(verdict)}, "kink": ${kink}}`;

/** Nested arrays for a tensor; an empty axis leaves empty brackets. */
const valueText = (value: Value, shape: Shape): string => {
  if (typeof value === "number") return jsonNumber(value);
  let level = Array.from(value, jsonNumber);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const n = shape[axis]!;
    const rows = sizeOf(shape.slice(0, axis));
    level = Array.from({ length: rows }, (_, i) => `[${level.slice(i * n, (i + 1) * n).join(", ")}]`);
  }
  return level[0]!;
};
