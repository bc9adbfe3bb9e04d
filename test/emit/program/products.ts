/** Runs products as a program does: stretch after stretch, the points of each in pieces and in any order. */
import { type TypedArray, bytesOf } from "../../../src/ir/dtype.ts";
import type { Buffer, ProductKernel } from "../../../src/ir/kernel.ts";
import { constant } from "../../../src/ops/forms/source.ts";
import { productStretches } from "../../../src/emit/program/product.ts";
import type { Site } from "../../../src/emit/program/stretch.ts";
import { ModuleBuilder } from "../../../src/emit/wasm/module.ts";
import type { TileTarget } from "../../../src/emit/wasm/tile.ts";
import { knowsFma } from "../wasm/lanes.ts";

export type Floats = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** Everything that this Node can run; wide tiles are only slow where vectors are not joined. */
export const targetsHere: readonly TileTarget[] = [{ fma: false, wide: false, unrolls: false }, ...(knowsFma ? [{ fma: true, wide: false, unrolls: true }, { fma: true, wide: true, unrolls: true }] : [])];

export type Matrix = Omit<ProductKernel["a"], "buffer">;

export interface Product {
  readonly dtype: "float32" | "float64";
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly shared: number;
  readonly a: Matrix;
  readonly b: Matrix;
}

/** Numbers of an operand whose last one is as far as its strides reach. */
export const lengthOf = ({ batch, shared }: Product, items: number, { batch: z, outer, inner }: Matrix): number =>
  (batch - 1) * z + (items - 1) * outer + (shared - 1) * inner + 1;

export const kernelOf = (p: Product): ProductKernel => {
  const buffer = (id: number, size: number): Buffer => ({ id, node: constant(0, [size], p.dtype), dtype: p.dtype, size, origin: "fed" });
  return {
    kind: "product", batch: p.batch, rows: p.rows, columns: p.columns, shared: p.shared,
    a: { ...p.a, buffer: buffer(0, lengthOf(p, p.rows, p.a)) },
    b: { ...p.b, buffer: buffer(1, lengthOf(p, p.columns, p.b)) },
    out: buffer(2, p.batch * p.rows * p.columns),
  };
};

const upTo = (x: number): number => Math.ceil(x / 64) * 64;

/** The product of two arrays. `pieces` deals out the points of a stretch: how they are ordered must not show. */
export const run = (p: Product, target: TileTarget, a: Floats, b: Floats, pieces: (blocks: number) => readonly number[] = (n) => Array.from({ length: n }, (_, i) => i)): Floats => {
  const kernel = kernelOf(p);
  const size = bytesOf(p.dtype);
  const module = new ModuleBuilder({ initial: 1 }, ["env", "memory"]);
  const scratch = module.global("scratch", "i32", 0);
  const gap = 64;
  const offsets = [gap];
  for (const buffer of [kernel.a.buffer, kernel.b.buffer, kernel.out]) offsets.push(offsets.at(-1)! + upTo(buffer.size * size) + gap);
  const site: Site = { offsets, scratch, shared: offsets[3]!, target };
  const stretches = productStretches(module, "product", kernel, site);
  const sharedBytes = Math.max(0, ...stretches.map((stretch) => stretch.shared ?? 0));
  const own = site.shared + upTo(sharedBytes) + gap;
  const ownBytes = Math.max(0, ...stretches.map((stretch) => stretch.scratch ?? 0));
  module.function("start", { params: { at: "i32" }, exported: true }, (f, { at }) => f.setGlobal(scratch, at));
  stretches.forEach(({ run: callee }, i) => module.function(`stretch${i}`, { params: { from: "i32", to: "i32" }, exported: true }, (f, { from, to }) => void f.call(callee, from, to)));
  const end = own + upTo(ownBytes) + gap;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(end / 65536) });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()), { env: { memory } });
  const call = exports as unknown as Readonly<Record<string, (...args: number[]) => void>>;
  const ArrayType = p.dtype === "float32" ? Float32Array : Float64Array;
  const all = new ArrayType(memory.buffer, 0, Math.floor(end / size)).fill(12345);
  const view = (i: number, length: number): Floats => all.subarray(offsets[i]! / size, offsets[i]! / size + length) as Floats;
  view(0, a.length).set(a);
  view(1, b.length).set(b);
  call["start"]!(own);
  stretches.forEach((stretch, i) => {
    for (const piece of pieces(Math.ceil(stretch.size / stretch.block))) {
      call[`stretch${i}`]!(piece * stretch.block, Math.min(stretch.size, (piece + 1) * stretch.block));
    }
  });
  const result = view(2, kernel.out.size).slice() as Floats;
  view(2, kernel.out.size).fill(12345);
  const untouched = (from: number, to: number): boolean => (all.subarray(Math.ceil(from / size), Math.floor(to / size)) as TypedArray as Float64Array).every((x) => x === 12345);
  const beside = [[0, gap], [offsets[0]! + a.length * size, offsets[1]!], [offsets[1]! + b.length * size, site.shared], [site.shared + sharedBytes, own], [own + ownBytes, end]] as const;
  if (!beside.every(([from, to]) => untouched(from, to))) throw new Error("written beside its place");
  return result;
};
