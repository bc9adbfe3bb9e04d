/** What `bench-kernels` measures: each candidate does so much work, floating-point operations or numbers, in one run. */
import { resultSize, type Convolution } from "../../src/ir/convolution.ts";
import { paddedImage, windowTable } from "../../src/emit/wasm/geometry.ts";
import type { Signature } from "../../src/emit/wasm/function.ts";
import { WasmLanes } from "../../src/emit/wasm/lanes.ts";
import { matmul, matmulScratch } from "../../src/emit/wasm/matmul.ts";
import { ModuleBuilder } from "../../src/emit/wasm/module.ts";
import { fittingTile, type Tile } from "../../src/emit/wasm/tile.ts";
import { windowGradient, windowProduct } from "../../src/emit/wasm/windows.ts";
import type { Value } from "../../src/emit/wasm/values.ts";
import type { Op } from "../../src/ir/node.ts";
import * as table from "../../src/ops/table.ts";

export interface Candidate {
  readonly name: string;
  readonly work: number;
  readonly run: () => void;
}

type Run = (...args: number[]) => void;


const outside = (m: ModuleBuilder, name: string, callee: Signature): void =>
  void m.function(name, { params: Object.fromEntries(callee.params.map((type, i) => [`p${i}`, type])), exported: true }, (f, p) => void f.call(callee, ...Object.values(p)));

/** The functions of a module whose memory holds nothing but 0.5. */
const instantiate = (m: ModuleBuilder): { readonly run: Readonly<Record<string, Run>>; readonly memory: WebAssembly.Memory } => {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(m.toBytes()));
  const memory = exports["memory"] as WebAssembly.Memory;
  new Float32Array(memory.buffer).fill(0.5);
  return { run: exports as unknown as Readonly<Record<string, Run>>, memory };
};

/** As often as makes a run of some milliseconds. */
const repeated = (name: string, work: number, once: () => void, workOfRun = 1e8): Candidate => {
  const times = Math.max(1, Math.round(workOfRun / work));
  return {
    name,
    work: work * times,
    run: () => {
      for (let i = 0; i < times; i++) once();
    },
  };
};

/** Multiply-adds of registers only: what the machine could do at best, with as many sums as hide an addition's latency. */
export const registerLoop = (tile: Tile, wide: boolean): Candidate => {
  const m = new ModuleBuilder({ initial: 1 });
  const count = wide ? 24 : 12;
  m.function("loop", { params: { n: "i32" }, exported: true }, (f, { n }) => {
    const k = new WasmLanes(m, f, { width: tile.width, vectors: 1, fma: tile.fma });
    const x = [0, 1].map((i) => k.ofParts([f.v128.load(512 + 16 * i)]));
    const sums = Array.from({ length: count }, () => f.variable("v128"));
    f.if(n, () =>
      f.loop((again) => {
        sums.forEach((sum, i) => f.set(sum, k.parts(k.mulAdd(x[i % 2]!, x[i % 2]!, k.ofParts([sum])))[0] as Value<"v128">));
        f.set(n, f.i32.sub(n, 1));
        f.branchIf(n, again);
      }),
    );
    sums.forEach((sum, i) => f.v128.store(0, sum, 16 * i));
  });
  const { run } = instantiate(m);
  return repeated("registers only", (count * 2 * 128 * 1000) / tile.width, () => run["loop"]!(1000));
};

type ProductShape = readonly [name: string, m: number, n: number, k: number, transposed?: "left" | "right"];

export const productShapes: readonly ProductShape[] = [
  ["64 x 64 x 64", 64, 64, 64],
  ["256 x 256 x 256", 256, 256, 256],
  ["512 x 512 x 512", 512, 512, 512],
  ["512 x 512 x 512, left transposed", 512, 512, 512, "left"],
  ["512 x 512 x 512, right transposed", 512, 512, 512, "right"],
  ["1024 x 1024 x 1024", 1024, 1024, 1024],
  ["128 x 784 times 784 x 512", 128, 512, 784],
  ["784 x 128 times 128 x 512, left transposed", 784, 512, 128, "left"],
  ["128 x 512 times 512 x 784, right transposed", 128, 784, 512, "right"],
  ["256 x 3072 times 3072 x 10", 256, 10, 3072],
  ["3072 x 256 times 256 x 10, left transposed", 3072, 10, 256, "left"],
];

export const products = (tile: Tile, shapes: readonly ProductShape[]): Candidate[] => {
  const module = new ModuleBuilder({ initial: 700 });
  outside(module, "matmul", matmul(module, tile));
  const { run } = instantiate(module);
  const size = tile.width / 8;
  return shapes.map(([name, m, n, k, transposed]) => {
    const out = 64;
    const a = out + m * n * size;
    const b = a + m * k * size;
    const scratch = b + k * n * size;
    if (scratch + matmulScratch(tile, m, n, k) > 700 * 65536) throw new Error(`${name} does not fit`);
    const left = transposed === "left" ? [1, m] : [k, 1];
    const right = transposed === "right" ? [1, k] : [n, 1];
    return repeated(name, 2 * m * n * k, () => run["matmul"]!(out, n, 1, a, ...left, b, ...right, m, n, k, scratch, 0));
  });
};

const square = (channels: number, filters: number, side: number): Convolution => ({
  channels, filters, height: side, width: side, kernel: [3, 3], stride: [1, 1], dilation: [1, 1], padding: [1, 1, 1, 1],
});

/** One image of the two layers of a small net for digits, and a larger layer: the forward pass and the weights' gradient. */
export const convolutions = (base: Tile): Candidate[] =>
  [square(1, 16, 28), square(16, 32, 14), square(32, 64, 28)].flatMap((c) => {
    const taps = c.channels * 9;
    const tile = fittingTile(base, c.filters);
    const tapTile = fittingTile(base, taps);
    const m = new ModuleBuilder({ initial: 200 });
    outside(m, "forward", windowProduct(m, tile));
    outside(m, "gradient", windowGradient(m, tapTile));
    const { run, memory } = instantiate(m);
    const [lines, columns] = resultSize(c);
    const image = paddedImage(c, 4);
    const offsets = windowTable(c, 4);
    new Int32Array(memory.buffer, 64, offsets.length).set(offsets);
    const quarter = 50 * 65536;
    const [left, out, upstream, scratch] = [quarter, 1.5 * quarter, 2 * quarter, 3 * quarter];
    const at = 64 + offsets.byteLength + image.bytes > quarter ? 0 : 64 + Math.ceil(offsets.byteLength / 64) * 64;
    const plane = lines * columns * 4;
    const work = 2 * c.filters * lines * columns * taps;
    const name = `${c.channels} x ${c.height} x ${c.width} to ${c.filters}, 3 x 3`;
    return [
      repeated(`${name}, forward`, work, () => run["forward"]!(out, plane, columns * 4, 4, left, c.filters, 64, taps, at, image.toRow, lines, columns, scratch, 0)),
      repeated(`${name}, weights' gradient`, work, () =>
        run["gradient"]!(out, c.filters * 4, 4, 64, taps, at, image.toRow, lines, columns, upstream, plane, c.filters, scratch, 1),
      ),
    ];
  });

/** Numbers a second through formulas of the table, in a loop over four vectors. */
export const elementwise = (fma: boolean): Candidate[] =>
  (["relu", "exp", "log", "tanh", "sin", "erf"] as const).flatMap((word) =>
    ([32, 64] as const).map((width) => {
      const m = new ModuleBuilder({ initial: 2 });
      const formula = (table[word].op as Op).lanes!;
      m.function("run", { params: { to: "i32" }, exported: true }, (f, { to }) => {
        const k = new WasmLanes(m, f, { width, vectors: 4, fma });
        f.range(0, to, 64, (i) => k.store(i, formula(k, k.load(i)), 65536));
      });
      const { run } = instantiate(m);
      return repeated(`${word} float${width}`, 4096, () => run["run"]!((4096 * width) / 8), 1e6);
    }),
  );
