/** Runs what the module builder made. */
import assert from "node:assert/strict";
import type { ModuleBuilder } from "../../../src/emit/wasm/module.ts";

export type Exports = Readonly<Record<string, (...args: (number | bigint)[]) => number | bigint>>;

export const instanceOf = (m: ModuleBuilder, imports?: WebAssembly.Imports): WebAssembly.Instance => {
  const bytes = m.toBytes();
  assert.ok(WebAssembly.validate(bytes), "the module is valid");
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports);
};

export const exportsOf = (m: ModuleBuilder, imports?: WebAssembly.Imports): Exports => instanceOf(m, imports).exports as unknown as Exports;

export const memoryOf = (instance: WebAssembly.Instance): WebAssembly.Memory => instance.exports["memory"] as WebAssembly.Memory;
