/** Runs matrix products on arrays. */
import { matmul, matmulScratch } from "../../../src/emit/wasm/matmul.ts";
import { ModuleBuilder } from "../../../src/emit/wasm/module.ts";
import { tileName, tiles, type LeftReading, type Tile } from "../../../src/emit/wasm/tile.ts";
import { knowsFma } from "./lanes.ts";
import { instanceOf, memoryOf } from "./run.ts";

export type Floats = Float32Array | Float64Array;

/** Every tile that this Node can run, once. */
export const tilesHere: readonly Tile[] = ([32, 64] as const)
  .flatMap((width): readonly Tile[] => Object.values(tiles[width]))
  .filter((tile, i, all) => (knowsFma || !tile.fma) && all.findIndex((other) => tileName(other) === tileName(tile)) === i);

/** A matrix inside an array: row i, column j is at start + i * row + j * column. */
export interface Strided {
  readonly start: number;
  readonly row: number;
  readonly column: number;
}

export interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly out: Strided;
  readonly a: Strided;
  readonly b: Strided;
  readonly accumulate: boolean;
}

/** Numbers of padding between what lies in the memory, so that a write beside its place is seen. */
const gap = 16;

const readings: readonly LeftReading[] = ["packed", "direct", "lines", "beside"];

/** A function that runs one product in every way its left matrix can be read: three arrays as they lie in memory, the first of which comes back changed. */
export const product = (tile: Tile) => {
  const module = new ModuleBuilder({ initial: 1 });
  for (const reading of readings) {
    const callee = matmul(module, tile, reading);
    module.function(reading, { params: Object.fromEntries(callee.params.map((type, i) => [`p${i}`, type])), exported: true }, (f, p) => void f.call(callee, ...Object.values(p)));
  }
  const instance = instanceOf(module);
  const memory = memoryOf(instance);
  const size = tile.width / 8;
  const ArrayType = tile.width === 32 ? Float32Array : Float64Array;
  return (p: Product, out: Floats, a: Floats, b: Floats): Floats => {
    const at = { out: gap, a: 2 * gap + out.length, b: 3 * gap + out.length + a.length };
    const scratch = at.b + b.length + gap;
    const scratchNumbers = matmulScratch(tile, p.m, p.n, p.k) / size;
    const bytes = (scratch + scratchNumbers + gap) * size;
    if (bytes > memory.buffer.byteLength) memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / 65536));
    const place = (start: number, x: Strided) => [(start + x.start) * size, x.row, x.column];
    const read = (reading: LeftReading): Floats => {
      const all = new ArrayType(memory.buffer).fill(12345);
      all.set(out, at.out);
      all.set(a, at.a);
      all.set(b, at.b);
      const run = instance.exports[reading] as (...args: number[]) => void;
      run(...place(at.out, p.out), ...place(at.a, p.a), ...place(at.b, p.b), p.m, p.n, p.k, scratch * size, Number(p.accumulate));
      const untouched = (from: number, to: number): boolean => all.subarray(from, to).every((x) => x === 12345);
      if (!untouched(0, gap) || !untouched(at.out + out.length, at.a) || !untouched(scratch + scratchNumbers, all.length)) throw new Error("written beside its place");
      return all.slice(at.out, at.out + out.length) as Floats;
    };
    const fits = { packed: true, direct: true, lines: p.a.column === 1, beside: p.a.row === 1 && p.m % tile.rows === 0 };
    const [packed, ...others] = readings.filter((reading) => fits[reading]).map(read);
    for (const other of others) if (Buffer.compare(Buffer.from(packed!.buffer), Buffer.from(other.buffer)) !== 0) throw new Error("bits depend on how the left matrix is read");
    return packed!;
  };
};
