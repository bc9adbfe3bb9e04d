/**
 * A part of a program: points `from` to `to` of `size`, a multiple of `block` at a time, in any order and on any thread.
 * No two points write the same number, and none reads what another one writes.
 */
import type { FunctionBuilder, Global, Signature } from "../wasm/function.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import type { TileTarget } from "../wasm/tile.ts";

export interface Stretch {
  /** A function of the module: (from, to). */
  readonly run: Signature;
  readonly size: number;
  /** Points of one call; a call of less than `size` begins at a multiple of it. */
  readonly block: number;
  /** Bytes of the thread's own room that a call uses as it likes; the writer finds its address in `Site.scratch`. */
  readonly scratch?: number;
  /** Bytes at `Site.shared` that it needs; what it leaves there lasts until another kernel's stretches. */
  readonly shared?: number;
  /** Nanoseconds that all its points take on one thread, roughly; an equal part of the kernel's if it is left out. */
  readonly work?: number;
}

/** Where a kernel's code stands. */
export interface Site {
  /** Where each buffer lies, by its number. */
  readonly offsets: readonly number[];
  /** Address of the thread's own room, at a multiple of 64. */
  readonly scratch: Global<"i32">;
  /** Address of the room that the stretches of one kernel share among all threads, at a multiple of 64. */
  readonly shared: number;
  readonly target: TileTarget;
}

/** What cannot be shared out. */
export const whole = (module: ModuleBuilder, name: string, write: (f: FunctionBuilder) => void, scratch = 0): Stretch => ({
  run: module.function(name, { params: { from: "i32", to: "i32" } }, write),
  size: 1,
  block: 1,
  scratch,
});
