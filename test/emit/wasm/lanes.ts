/** Runs formulas over `Lanes` on arrays, in every width and number of vectors. */
import type { Formula } from "../../../src/ir/lanes.types.ts";
import { WasmLanes } from "../../../src/emit/wasm/lanes.ts";
import { ModuleBuilder } from "../../../src/emit/wasm/module.ts";
import type { LaneOptions } from "../../../src/emit/wasm/packed.ts";
import { instanceOf, memoryOf } from "./run.ts";

type Floats = Float32Array | Float64Array;

/** Relaxed SIMD needs a flag on Node 20. */
export const knowsFma = (() => {
  const m = new ModuleBuilder();
  m.function("f", { params: { x: "v128" } }, (f, { x }) => void f.f32x4.relaxedMadd(x, x, x));
  return WebAssembly.validate(m.toBytes());
})();

export const variants = (width: 32 | 64): readonly LaneOptions[] => [
  { width, vectors: 0, fma: false },
  { width, vectors: 1, fma: false },
  { width, vectors: 2, fma: false },
  { width, vectors: 2, fma: false, wide: true },
  ...(knowsFma ? [{ width, vectors: 2, fma: true }] : []),
];

export const variantName = ({ width, vectors, fma, wide }: LaneOptions): string =>
  `float${width}${vectors === 0 ? " scalar" : ` x ${vectors} vectors`}${fma ? " fma" : ""}${wide ? " wide" : ""}`;

/** A function that maps arrays of equal lengths to one array, through one loop over the formula. */
export const elementwise = (options: LaneOptions, arity: number, formula: Formula): ((...x: Floats[]) => Floats) => {
  const m = new ModuleBuilder({ initial: 1 });
  m.function("run", { params: { from: "i32", to: "i32", stride: "i32" }, exported: true }, (f, { from, to, stride }) => {
    const k = new WasmLanes(m, f, options);
    f.range(from, to, (k.count * options.width) / 8, (i) => {
      let address = i;
      const x = Array.from({ length: arity }, () => {
        const loaded = k.load(address);
        address = f.i32.add(address, stride);
        return loaded;
      });
      k.store(address, formula(k, ...x));
    });
  });
  const instance = instanceOf(m);
  const memory = memoryOf(instance);
  const run = instance.exports["run"] as (from: number, to: number, stride: number) => void;
  const ArrayType = options.width === 32 ? Float32Array : Float64Array;
  const size = options.width / 8;
  return (...x) => {
    const length = x[0]!.length;
    const stride = Math.ceil(length / 8) * 8 * size;
    const missing = stride * (arity + 1) - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    x.forEach((values, i) => new ArrayType(memory.buffer, i * stride, length).set(values));
    run(0, stride, stride);
    return new ArrayType(memory.buffer, arity * stride, length).slice();
  };
};
