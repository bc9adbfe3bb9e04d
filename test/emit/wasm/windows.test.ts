/** Convolution and both gradients against plain loops in float64: any sizes, strides, dilations and borders. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { resultSize, type Convolution } from "../../../src/ir/convolution.ts";
import { channelsFirst } from "../../../src/emit/wasm/channels-first.ts";
import { inputGradient, paddedImage, windowTable, type PaddedImage } from "../../../src/emit/wasm/geometry.ts";
import { ModuleBuilder } from "../../../src/emit/wasm/module.ts";
import { gatherPacker, packer } from "../../../src/emit/wasm/pack.ts";
import { padImage } from "../../../src/emit/wasm/pad.ts";
import type { Signature } from "../../../src/emit/wasm/function.ts";
import { fittingTile, tileName, type Tile } from "../../../src/emit/wasm/tile.ts";
import { windowGradient, windowGradientScratch, windowProduct, windowProductScratch, windowRows, windowSlack } from "../../../src/emit/wasm/windows.ts";
import { tilesHere, type Floats } from "./matmul.ts";
import { instanceOf, memoryOf } from "./run.ts";

interface Results {
  readonly forward: Floats;
  /** The same with windows as rows, of as many columns as whole tiles have. */
  readonly rows: Floats;
  readonly weights: Floats;
  readonly image: Floats;
}

/** A memory that hands out places front to back. */
const machine = (tile: Tile) => {
  const m = new ModuleBuilder({ initial: 40 });
  const outside = (name: string, callee: Signature): void =>
    void m.function(name, { params: Object.fromEntries(callee.params.map((type, i) => [`p${i}`, type])), exported: true }, (f, p) => void f.call(callee, ...Object.values(p)));
  outside("pack", packer(m, tile.width, tile.rows));
  outside("gather", gatherPacker(m, tile.width, tile.rows));
  outside("pad", padImage(m, tile.width));
  outside("product", windowProduct(m, tile));
  outside("gradient", windowGradient(m, tile));
  outside("packItems", packer(m, tile.width, tile.columns));
  outside("rows", windowRows(m, tile));
  outside("turn", channelsFirst(m, tile.width));
  const instance = instanceOf(m);
  const memory = memoryOf(instance);
  const run = instance.exports as unknown as Readonly<Record<string, (...args: number[]) => void>>;
  const ArrayType = tile.width === 32 ? Float32Array : Float64Array;
  return { run, memory, ArrayType };
};

const convolve = (tile: Tile, { run, memory, ArrayType }: ReturnType<typeof machine>, c: Convolution, image: Floats, weights: Floats, upstream: Floats): Results => {
  const size = (tile.width / 8) as 4 | 8;
  let top = 64;
  const place = (bytes: number): number => {
    const at = top;
    top = Math.ceil((top + bytes) / 64) * 64;
    if (top > memory.buffer.byteLength) memory.grow(Math.ceil((top - memory.buffer.byteLength) / 65536));
    new Uint8Array(memory.buffer, at, top - at).fill(0);
    return at;
  };
  const put = (data: Floats | Int32Array): number => {
    const at = place(data.byteLength);
    new Uint8Array(memory.buffer, at, data.byteLength).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return at;
  };
  const padded = (from: number, p: PaddedImage, channels: number, height: number, width: number): number => {
    const to = place(p.bytes + windowSlack(tile) * size);
    run["pad"]!(to, p.toChannel, p.toPart, p.toRow, from, channels, height, width, p.top, p.left, ...p.stride);
    return to;
  };
  /** A result between walls of numbers that must stay. */
  const result = (length: number): { at: number; take: () => Floats } => {
    const start = put(new ArrayType(length + 32).fill(777));
    return {
      at: start + 16 * size,
      take: () => {
        const all = new ArrayType(memory.buffer, start, length + 32);
        assert.ok([...all.subarray(0, 16), ...all.subarray(length + 16)].every((x) => x === 777), "written beside its place");
        return all.slice(16, length + 16);
      },
    };
  };
  const [lines, columns] = resultSize(c);
  const taps = c.channels * c.kernel[0] * c.kernel[1];
  const up = (x: number): number => Math.ceil(x / tile.rows) * tile.rows;
  const [imageAt, weightsAt, upstreamAt] = [put(image), put(weights), put(upstream)];
  const geometry = paddedImage(c, size);
  const paddedAt = padded(imageAt, geometry, c.channels, c.height, c.width);
  const table = put(windowTable(c, size));
  const scratch = place(windowProductScratch(tile) + windowGradientScratch(tile, taps, c.filters, lines, columns));

  const left = place(up(c.filters) * taps * size);
  run["pack"]!(weightsAt, taps * size, size, c.filters, taps, left);
  const forward = result(c.filters * lines * columns);
  run["product"]!(forward.at, lines * columns * size, columns * size, size, left, c.filters, table, taps, paddedAt, geometry.toRow, lines, columns, scratch, 0);

  const whole = columns - (columns % tile.rows);
  const items = Math.ceil(c.filters / tile.columns) * tile.columns;
  const right = place(items * taps * size);
  run["packItems"]!(weightsAt, taps * size, size, c.filters, taps, right);
  const pixels = result(lines * whole * items);
  run["rows"]!(pixels.at, whole * items * size, items * size, right, items, table, taps, paddedAt, geometry.toRow, lines, whole);
  const rows = result(c.filters * lines * whole);
  run["turn"]!(rows.at, lines * whole * size, pixels.at, items * size, c.filters, lines * whole);
  pixels.take();

  const slopes = result(c.filters * taps);
  run["gradient"]!(slopes.at, size, taps * size, table, taps, paddedAt, geometry.toRow, lines, columns, upstreamAt, lines * columns * size, c.filters, scratch, 0);
  // Once more on top of it: an image more of the batch.
  run["gradient"]!(slopes.at, size, taps * size, table, taps, paddedAt, geometry.toRow, lines, columns, upstreamAt, lines * columns * size, c.filters, scratch, 1);

  const back = inputGradient(c, size);
  const borderedAt = padded(upstreamAt, back.upstream, c.filters, lines, columns);
  const gradient = result(c.channels * c.height * c.width);
  for (const part of back.parts) {
    const partTable = put(part.table);
    const partLeft = place(up(c.channels) * part.weights.length * size);
    run["gather"]!(weightsAt, c.kernel[0] * c.kernel[1] * size, put(part.weights), c.channels, part.weights.length, partLeft);
    const to = gradient.at + (part.firstLine * c.width + part.firstColumn) * size;
    run["product"]!(to, c.height * c.width * size, c.stride[0] * c.width * size, c.stride[1] * size, partLeft, c.channels, partTable, part.table.length, borderedAt, back.upstream.toRow, part.lines, part.columns, scratch, 0);
  }
  return { forward: forward.take(), rows: rows.take(), weights: slopes.take(), image: gradient.take() };
};

const meant = (c: Convolution, image: Floats, weights: Floats, upstream: Floats): Omit<Results, "rows"> => {
  const [lines, columns] = resultSize(c);
  const forward = new Float64Array(c.filters * lines * columns);
  const slopes = new Float64Array(weights.length);
  const back = new Float64Array(image.length);
  for (let o = 0; o < c.filters; o++) {
    for (let line = 0; line < lines; line++) {
      for (let column = 0; column < columns; column++) {
        const at = (o * lines + line) * columns + column;
        for (let channel = 0; channel < c.channels; channel++) {
          for (let i = 0; i < c.kernel[0]; i++) {
            for (let j = 0; j < c.kernel[1]; j++) {
              const y = line * c.stride[0] + i * c.dilation[0] - c.padding[0];
              const x = column * c.stride[1] + j * c.dilation[1] - c.padding[2];
              if (y < 0 || x < 0 || y >= c.height || x >= c.width) continue;
              const from = (channel * c.height + y) * c.width + x;
              const weight = ((o * c.channels + channel) * c.kernel[0] + i) * c.kernel[1] + j;
              forward[at]! += weights[weight]! * image[from]!;
              slopes[weight]! += 2 * upstream[at]! * image[from]!;
              back[from]! += weights[weight]! * upstream[at]!;
            }
          }
        }
      }
    }
  }
  return { forward, weights: slopes, image: back };
};

const pair = (max: number, min = 1): fc.Arbitrary<readonly [number, number]> => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

const convolution: fc.Arbitrary<Convolution> = fc
  .record({
    channels: fc.integer({ min: 1, max: 5 }),
    filters: fc.integer({ min: 1, max: 20 }),
    height: fc.integer({ min: 1, max: 12 }),
    width: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(270)),
    kernel: pair(4),
    stride: pair(3),
    dilation: pair(2),
    padding: fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 0, max: 3 }))) as fc.Arbitrary<[number, number, number, number]>,
  })
  .filter((c) => resultSize(c).every((n) => n > 0));

const random = (length: number, seed: number): number[] => {
  let state = seed;
  return Array.from({ length }, () => (state = (Math.imul(state, 1664525) + 1013904223) | 0) / 2 ** 31);
};

for (const tile of tilesHere) {
  test(`${tileName(tile)}: convolution, and the gradients of its weights and of its image`, () => {
    const here = machine(tile);
    const { ArrayType } = here;
    fc.assert(
      fc.property(convolution, fc.nat(), (c, seed) => {
        const [lines, columns] = resultSize(c);
        const image = ArrayType.from(random(c.channels * c.height * c.width, seed));
        const weights = ArrayType.from(random(c.filters * c.channels * c.kernel[0] * c.kernel[1], seed + 1));
        const upstream = ArrayType.from(random(c.filters * lines * columns, seed + 2));
        const got = convolve(tile, here, c, image, weights, upstream);
        const expected = meant(c, image, weights, upstream);
        const whole = columns - (columns % tile.rows);
        assert.deepEqual(got.rows, got.forward.filter((_, i) => i % columns < whole), "windows as rows: the same bits");
        for (const name of ["forward", "weights", "image"] as const) {
          const tolerance = 500 * (tile.width === 32 ? 2 ** -23 : 2 ** -52) * (name === "weights" ? 20 : 1);
          expected[name].forEach((value, i) => {
            assert.ok(Math.abs(got[name][i]! - value) <= tolerance, `${name}[${i}] is ${got[name][i]}, not ${value}`);
          });
        }
      }),
      { numRuns: 60 },
    );
  });
}

test("sums of more steps than a block: 40 channels, 7 x 7", () => {
  for (const tile of tilesHere) {
    const c: Convolution = { channels: 40, filters: 7, height: 9, width: 11, kernel: [7, 7], stride: [1, 1], dilation: [1, 1], padding: [3, 3, 3, 3] };
    const here = machine(fittingTile(tile, c.filters));
    const [image, weights, upstream] = [40 * 99, 7 * 40 * 49, 7 * 99].map((length, i) => here.ArrayType.from(random(length, i))) as [Floats, Floats, Floats];
    const got = convolve(fittingTile(tile, c.filters), here, c, image, weights, upstream);
    const expected = meant(c, image, weights, upstream);
    for (const name of ["forward", "weights", "image"] as const) {
      expected[name].forEach((value, i) => assert.ok(Math.abs(got[name][i]! - value) <= (tile.width === 32 ? 1e-3 : 1e-11), `${name}[${i}] is ${got[name][i]}, not ${value}`));
    }
  }
});

test("tiles that fit: so few rows stick out as may be, at the same bits", () => {
  const tile: Tile = { width: 32, rows: 6, columns: 16, fma: true, steps: 4 };
  assert.deepEqual([16, 32, 10, 6, 1, 128].map((rows) => fittingTile(tile, rows).rows), [4, 4, 5, 6, 4, 6]);
  assert.equal(fittingTile({ ...tile, rows: 5 }, 6).rows, 4);
});
