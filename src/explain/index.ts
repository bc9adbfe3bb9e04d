/**
 * Explanations: a function or a program becomes a circuit with a value and a gradient on every wire, which can be read as
 * text, written as data, and tried.
 */
import "../api/run.ts";
import { isFloat } from "../ir/dtype.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import type { EntryCurves } from "../check/curve.ts";
import { checkGraph } from "../check/gradients.ts";
import { sweepGraph, type Sweep, type SweepOptions } from "../check/steps.ts";
import type { CheckOptions, GradientCheck } from "../check/types.ts";
import type { Observer } from "../run/interpret.ts";
import { checkable, curvesOf } from "./checkable.ts";
import { createCircuit, type LiveCircuit } from "./circuit.ts";
import { toCode, type Language } from "./code.ts";
import type { Draft } from "./draft.ts";
import { traceFunction, type AnyFunction, type FunctionInputs, type ReadSource } from "./from-function.ts";
import { draftGraph } from "./from-graph.ts";
import { readGraph } from "./graph-json.ts";
import { draftProgram } from "./from-program.ts";
import { toHTML } from "./html.ts";
import { withInputs, type Changes } from "./inputs.ts";
import { jsonChunks, type CheckPart, type CircuitJson } from "./json.ts";
import { matchInputs, missingInputs } from "./language/match.ts";
import { parse } from "./language/parse.ts";
import { resolve } from "./language/resolve.ts";
import { follow, nudge, type Follow, type Nudge, type NudgeOptions } from "./nudge.ts";
import { openEntry } from "./open-entry.ts";
import { groupDraft, openDraft } from "./regroup.ts";
import type { GraphJson } from "./served.types.ts";
import { foldParts, partsOf } from "./stages.ts";
import { stepsOf, type Step } from "./steps.ts";
import { toSVG, type DrawingOptions } from "./svg.ts";
import { toText } from "./text.ts";
import type { TextOptions } from "./text.types.ts";
import { functionWords } from "./words.ts";

export type { Change, Move, StepState } from "./moves.ts";
export type { Step } from "./steps.ts";
export { stateAfter } from "./moves.ts";
export type { Circuit, CircuitNode, Edge, Grouping, Operand } from "./circuit.types.ts";
export type { LiveCircuit } from "./circuit.ts";
export type { Changes } from "./inputs.ts";
export type { FunctionInputs, InputValue, ReadSource } from "./from-function.ts";
export type { CheckEntry, CheckPart, CircuitJson, JsonNumber, JsonValue } from "./json.ts";
export { jsonChunks, jsonSchema } from "./json.ts";
export type { Language } from "./code.ts";
export type { DrawingOptions } from "./svg.ts";
export type { Follow, Nudge, NudgeOptions } from "./nudge.ts";
export type { Colours, TextOptions } from "./text.types.ts";
export { functionWords } from "./words.ts";
export { profileText, profileTrace } from "./profile.ts";

export interface ExplainOptions {
  /** The gradient that the output starts with. Default 1. */
  readonly seed?: number | undefined;
  /** Fold recognised chains of gates into groups, such as 1 / (1 + exp(-x)) into sigmoid. Default false. */
  readonly group?: boolean | undefined;
  /** Open written groups, such as sigmoid, into their gates. Default false. */
  readonly ungroup?: boolean | undefined;
  /**
   * Fold each stage, a value with a name and all gates that lead to it alone, into one gate; where that leaves more than
   * 50, rows of stages are one gate each. Default false.
   */
  readonly stages?: boolean | undefined;
  /** Explain one entry of a value (`D[0,1]`) or of a gradient (`dW[1,2]`) as a scalar circuit. */
  readonly entry?: string | undefined;
}

export interface FunctionOptions extends ExplainOptions {
  /** The text of a source file: then values take the names of the constants that they are assigned to. */
  readonly readSource?: ReadSource | undefined;
}

export interface ProgramOptions extends ExplainOptions {
  /** The file that the program came from, for errors; without it the bound is that of an argument. */
  readonly file?: string | undefined;
}

/** A circuit with everything that can be said about it. */
export class Explanation {
  readonly circuit: LiveCircuit;

  constructor(circuit: LiveCircuit) {
    this.circuit = circuit;
  }

  /** Values, gradients and the backward pass, for a terminal. */
  toText(options?: TextOptions): string {
    return toText(this.circuit, options);
  }

  /** The circuit as a drawing, values above and gradients below each wire. */
  toSVG(options?: DrawingOptions): string {
    return toSVG(this.circuit, options);
  }

  /** One page that works from disk: the drawing, steppable by keyboard, and the tables. */
  toHTML(options?: DrawingOptions): string {
    return toHTML(this.circuit, options);
  }

  /** Staged forward and backward code that gives the same numbers. */
  toCode(language: Language): string {
    return toCode(this.circuit, language);
  }

  /** The contract `schema: 1` as data, the gradient check included; so also what `JSON.stringify` writes. */
  toJSON(): CircuitJson {
    return JSON.parse([...this.jsonChunks()].join("")) as CircuitJson;
  }

  /** The same as text in pieces, for circuits that are too large for one. */
  jsonChunks(check: () => CheckPart = () => checkPart(this)): Generator<string> {
    return jsonChunks(this.circuit, check);
  }

  /** The gradient check of this circuit, every input. */
  check(options?: CheckOptions): GradientCheck {
    const { out, leaves } = checkable(this.circuit);
    return checkGraph(out, leaves, options);
  }

  /** How good numerical gradients of this circuit are at every step h. */
  sweep(options?: SweepOptions): Sweep {
    const { out, leaves } = checkable(this.circuit);
    return sweepGraph(out, leaves, options);
  }

  /**
   * The error of numeric gradients at every step, for one entry of an input: `x`, `W[0,2]`.
   * @throws Diagnostic `unknown-input`, and `bad-entry` of a name that has no such entry
   */
  curves(entry: string): EntryCurves {
    return curvesOf(this.circuit, entry);
  }

  /** Forward and backward pass one step at a time. */
  steps(options?: TextOptions): Step[] {
    return stepsOf(this.circuit, options);
  }

  /** The same circuit at other inputs; only what depends on them is computed again. */
  withInputs(changes: Changes, observe?: Observer): Explanation {
    return new Explanation(withInputs(this.circuit, changes, observe));
  }

  /** What the gradient predicts when one input moves by `h`, beside what happens. */
  nudge(input: string, h: number, options?: NudgeOptions): Nudge {
    return nudge(this.circuit, input, h, options);
  }

  /** One step of size `step` along the gradient on all inputs. */
  follow(step: number, options?: NudgeOptions): Follow {
    return follow(this.circuit, step, options);
  }
}

/** The part of the contract, which holds numeric slopes alone: a circuit without inputs has nothing that could be wrong. */
const checkPart = (explanation: Explanation): CheckPart => {
  const { leaves } = checkable(explanation.circuit);
  return leaves.some(({ node }) => isFloat(node.dtype)) ? explanation.check({ witnesses: false }) : { verdict: "good", worst: 0, entries: [] };
};

const explainDraft = (written: Draft, options: ExplainOptions): Explanation => {
  const { seed, group = false, ungroup = false, stages = false, entry } = options;
  if (group && ungroup) {
    throw new Diagnostic("contradiction", "A circuit cannot be grouped and ungrouped at the same time.", { help: "choose one of group and ungroup" });
  }
  const grouped = group ? groupDraft(written) : ungroup ? openDraft(written) : written;
  const draft = stages ? foldParts(grouped, partsOf(grouped), () => true) : grouped;
  const circuit = createCircuit(draft, seed === undefined ? {} : { seed });
  return new Explanation(entry === undefined ? circuit : openEntry(circuit, entry));
};

/**
 * Explains a plain function at the given inputs: every operation that it calls is a gate of the circuit.
 * Inputs are numbers, tensors, nested arrays or trees of tensors, by the names of the parameters or in their order.
 * @throws Diagnostic `missing-input`, `unknown-input`, `unnamed-parameters`, `not-a-tensor`, `not-differentiable`
 * @example
 * const f = (x: Tensor, y: Tensor, z: Tensor) => x.add(y).mul(z);
 * explain(f, { x: -2, y: 5, z: -4 }).toText();
 */
export const explain = (f: AnyFunction, inputs: FunctionInputs, options: FunctionOptions = {}): Explanation =>
  explainDraft(draftGraph(traceFunction(f, inputs, options.readSource)), options);

/**
 * Explains a function that another process has traced and written down with `writeGraph`.
 * @throws Diagnostic `unknown-operation`
 */
export const explainGraph = (graph: GraphJson, options: ExplainOptions = {}): Explanation => explainDraft(draftGraph(readGraph(graph)), options);

/**
 * Explains a program: an infix expression or stages `name = expression`, one a line or separated by `;`.
 * @throws Diagnostic with the place of a mistake in the program, or `missing-input`
 * @example
 * explainProgram("(x + y) * z", { x: -2, y: 5, z: -4 }).circuit.nodes.at(-1)!.value; // -12
 */
export const explainProgram = (
  text: string,
  inputs: Readonly<Record<string, number>> | ReadonlyMap<string, number>,
  options: ProgramOptions = {},
): Explanation => {
  const values = inputs instanceof Map ? (inputs as ReadonlyMap<string, number>) : new Map(Object.entries(inputs));
  const program = parse(text, { functions: functionWords(), file: options.file });
  const resolved = resolve(program, values.keys());
  const missing = missingInputs(resolved, matchInputs(resolved, values));
  if (missing) throw missing;
  return explainDraft(draftProgram(resolved, values), options);
};
