/**
 * What `chainrule studio model.ts` sends to its pages: types alone, for both ends. Addresses are relative to the first
 * page, need the cookie that the printed address leads to, and answer errors with `ServedError`:
 *
 *     GET  model                      ServedModel
 *     GET  model/circuit              CircuitJson, as `chainrule explain --json` prints it
 *     GET  model/circuit?entry=D[0,1] the circuit of that entry
 *     POST model/circuit              the same at other inputs: an `Asked` as JSON
 *     GET  model/changes              server-sent events `model`: the ServedModel as it is, and again when the file changes
 *
 * The page is shown a model where its own address has `?model`. Whatever is typed there is a number for an input, never
 * code: the function runs in Node alone, once, when it is traced.
 */
import type { DType } from "../ir/dtype.ts";
import type { JsonNumber, JsonValue } from "./json.ts";

/** The version of all of this. */
export type ServedVersion = 1;

/** A file of the user's with the program in it. */
export interface ServedModel {
  readonly version: ServedVersion;
  /** Counts from 1 as the file changes. */
  readonly revision: number;
  /** As it was given to the command, and its text. */
  readonly file: string;
  readonly text: string;
  readonly program: ServedProgram;
  /** Why the file as it is now cannot be shown; then everything above is as it last could. */
  readonly broken: ServedError | null;
}

export type ServedProgram =
  /** A program of the circuit language and its inputs: for the page as if it had been typed there. */
  | { readonly kind: "text"; readonly text: string; readonly inputs: Readonly<Record<string, JsonNumber>> }
  /** A traced function. `graph` is built again in the page; without it, only Node can compute, and `why` says the reason. */
  | { readonly kind: "function"; readonly name: string; readonly graph: GraphJson }
  | { readonly kind: "function"; readonly name: string; readonly graph: null; readonly why: ServedError };

/** A diagnostic, as data and as the command prints it. */
export interface ServedError {
  readonly code: string;
  readonly message: string;
  readonly text: string;
}

/** Inputs by name: a number, or nested arrays for a tensor; those that are not named stay as they are. */
export interface Asked {
  readonly inputs?: Readonly<Record<string, JsonValue>>;
  /** As in `--entry`. */
  readonly entry?: string;
}

/** A graph of known operations that another process builds again, node by node. */
export interface GraphJson {
  /** Operands before those that use them. */
  readonly nodes: readonly GraphNodeJson[];
  /** Indices of the inputs, in the order of the function's parameters, and their values row by row. */
  readonly inputs: readonly number[];
  readonly values: readonly (JsonNumber | readonly JsonNumber[])[];
  readonly output: number;
}

export interface GraphNodeJson {
  readonly op: string;
  readonly src: readonly number[];
  readonly attrs: Readonly<Record<string, AttrJson>>;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly name?: string;
  /** Where it was made, in a file of the user's. */
  readonly place?: { readonly file?: string; readonly line: number; readonly column: number };
}

/** An attribute of a node. What JSON cannot say as itself is in an object with one key that says what it is. */
export type AttrJson =
  | boolean
  | number
  | string
  | null
  | readonly AttrJson[]
  | { readonly number: JsonNumber }
  | { readonly numbers: readonly JsonNumber[]; readonly dtype: DType }
  | { readonly body: { readonly nodes: readonly GraphNodeJson[]; readonly params: readonly number[]; readonly out: number } }
  | { readonly object: Readonly<Record<string, AttrJson>> };
