/** What threads do with the stretches of a convolution, here on one: any order, any scratch, the same bits. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { convolutionStretches, convolutionTables } from "../../../src/emit/program/convolution.ts";
import type { Site } from "../../../src/emit/program/stretch.ts";
import { ModuleBuilder } from "../../../src/emit/wasm/module.ts";
import { type Convolution, type ConvolutionPart, resultSize } from "../../../src/ir/convolution.ts";
import type { Buffer, ConvolutionKernel } from "../../../src/ir/kernel.ts";
import { input } from "../../../src/ops/forms/source.ts";
import { Draw } from "../../../src/check/draw.ts";
import { knowsFma } from "../wasm/lanes.ts";
import { instanceOf, memoryOf } from "../wasm/run.ts";

const bufferOf = (id: number, shape: readonly number[]): Buffer => {
  const node = input(shape, "float32");
  return { id, node, dtype: "float32", size: shape.reduce((a, b) => a * b, 1), origin: "made" };
};

/** The numbers that a kernel makes when its calls come in the order that `draw` deals. */
const machine = (part: ConvolutionPart, c: Convolution, examples: number) => {
  const images = bufferOf(0, [examples, c.channels, c.height, c.width]);
  const weights = bufferOf(1, [c.filters, c.channels, ...c.kernel]);
  const results = bufferOf(2, [examples, c.filters, ...resultSize(c)]);
  const kernel: ConvolutionKernel = { kind: "convolution", part, examples, convolution: c, images, weights, results };
  const all = [images, weights, results];
  let end = 64;
  const place = (bytes: number): number => {
    const at = end;
    end += Math.ceil(bytes / 64) * 64;
    return at;
  };
  const offsets = all.map(({ size }) => place(size * 4));
  const module = new ModuleBuilder({ initial: 80 });
  const scratch = module.global("scratch", "i32", 0);
  const tables = convolutionTables(kernel).map((table) => {
    const at = place(table.byteLength);
    module.data(at, new Uint8Array(table.buffer));
    return at;
  });
  const site: Site = { offsets, scratch, shared: end, target: { fma: knowsFma, wide: false, unrolls: false } };
  const stretches = convolutionStretches(module, "kernel", kernel, site, tables);
  stretches.forEach(({ run }, i) => {
    module.function(`stretch${i}`, { params: { room: "i32", from: "i32", to: "i32" }, exported: true }, (f, { room, from, to }) => {
      f.setGlobal(scratch, room);
      f.call(run, from, to);
    });
  });
  const instance = instanceOf(module);
  const memory = memoryOf(instance);
  const own = Math.ceil((end + Math.max(...stretches.map(({ shared = 0 }) => shared))) / 64) * 64;
  const room = Math.ceil(Math.max(...stretches.map((stretch) => stretch.scratch ?? 0)) / 64) * 64;
  const needed = own + 4 * room + 64 - memory.buffer.byteLength;
  if (needed > 0) memory.grow(Math.ceil(needed / 65536));
  const made = kernel[part];
  return (draw: Draw, mixed: boolean): Uint8Array => {
    const numbers = (buffer: Buffer): Float32Array => new Float32Array(memory.buffer, offsets[buffer.id]!, buffer.size);
    const fixed = new Draw(5, 5);
    for (const buffer of all) numbers(buffer).forEach((_, i, list) => (list[i] = buffer === made ? NaN : fixed.normal()));
    // Nothing may depend on what was left where a thread works.
    new Float32Array(memory.buffer, own, room).fill(mixed ? NaN : 3);
    stretches.forEach(({ size, block }, i) => {
      const starts = Array.from({ length: Math.ceil(size / block) }, (_, k) => k * block);
      const calls: (readonly [number, number])[] = [];
      if (!mixed) calls.push([0, size]);
      else {
        for (let at = 0; at < starts.length; ) {
          const next = Math.min(starts.length, at + 1 + draw.below(2));
          calls.splice(draw.below(calls.length + 1), 0, [starts[at]!, Math.min(size, next * block)]);
          at = next;
        }
      }
      const run = instance.exports[`stretch${i}`] as (room: number, from: number, to: number) => void;
      for (const [from, to] of calls) run(own + (mixed ? draw.below(4) : 0) * room, from, to);
    });
    return new Uint8Array(memory.buffer.slice(offsets[made.id]!, offsets[made.id]! + made.size * 4));
  };
};

const pair = (min: number, max: number): fc.Arbitrary<readonly [number, number]> => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
const shape: fc.Arbitrary<Convolution> = fc
  .record({
    channels: fc.constantFrom(1, 3, 8),
    filters: fc.constantFrom(1, 5, 16),
    height: fc.integer({ min: 1, max: 12 }),
    width: fc.integer({ min: 1, max: 40 }),
    kernel: pair(1, 3),
    stride: pair(1, 2),
    dilation: pair(1, 2),
    padding: fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 0, max: 2 }))) as fc.Arbitrary<[number, number, number, number]>,
  })
  .filter((c) => resultSize(c).every((n) => n > 0));

for (const part of ["results", "images", "weights"] as const) {
  test(`${part}: the same bits in any order of calls and from any thread's room`, () => {
    fc.assert(
      fc.property(shape, fc.integer({ min: 1, max: 40 }), fc.nat(), (c, examples, seed) => {
        const run = machine(part, c, examples);
        const draw = new Draw(3, seed);
        const once = run(draw, false);
        assert.ok(new Float32Array(once.buffer).every(Number.isFinite), "every number is made");
        for (let i = 0; i < 3; i++) assert.deepEqual(run(draw, true), once);
      }),
      { numRuns: 15 },
    );
  });
}

test("large images are summed over some lines at a time", () => {
  const c: Convolution = { channels: 4, filters: 6, height: 60, width: 50, kernel: [3, 2], stride: [1, 1], dilation: [1, 1], padding: [1, 1, 0, 0] };
  const run = machine("weights", c, 3);
  const draw = new Draw(3, 1);
  const once = run(draw, false);
  assert.deepEqual(run(draw, true), once);
});
