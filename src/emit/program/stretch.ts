/**
 * A part of a program: points `from` to `to` of `size`, a multiple of `block` at a time, in any order and on any thread.
 * No two points write the same number, and none reads what another one writes.
 */
import type { FunctionBuilder, Signature } from "../wasm/function.ts";
import type { ModuleBuilder } from "../wasm/module.ts";

export interface Stretch {
  /** A function of the module: (from, to). */
  readonly run: Signature;
  readonly size: number;
  /** Points of one call; a call of less than `size` begins at a multiple of it. */
  readonly block: number;
}

/** What cannot be shared out. */
export const whole = (module: ModuleBuilder, name: string, write: (f: FunctionBuilder) => void): Stretch => ({
  run: module.function(name, { params: { from: "i32", to: "i32" } }, write),
  size: 1,
  block: 1,
});
