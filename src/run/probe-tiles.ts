/**
 * Whether the wide register tiles are right and fast here. The narrow tiles are compiled before a flag is set, the wide
 * ones after, and both by V8's last compiler at once: its first one knows nothing of wider vectors, and it would take
 * thousands of calls until the last one is done.
 */
import { ModuleBuilder } from "../emit/wasm/module.ts";
import { type Tile, tileFunction, tiles } from "../emit/wasm/tile.ts";

const depth = 64;
/** Addresses of the packed panels and of the result. */
const [left, right, out] = [1024, 16_384, 49_152];

interface Probe {
  readonly tile: Tile;
  /** Runs the tile so many times. */
  readonly run: (times: number) => void;
  /** The result as it lies in memory, one row after the other. */
  readonly words: Uint32Array;
}

/** Numbers of every kind: rows of small and large ones, infinities, NaN and numbers too small to be normal. */
const number = (row: number, step: number): number => {
  const x = Math.sin(1 + row * 7.3 + step * 1.7);
  if (row === 1 && step === 5) return Infinity;
  if (row === 2 && step === 7) return NaN;
  return row === 3 ? x * 1e-40 : x;
};

const probeOf = (tile: Tile): Probe => {
  const module = new ModuleBuilder({ initial: 1 });
  const callee = tileFunction(module, tile, "packed");
  const row = (tile.columns * tile.width) / 8;
  module.function("run", { params: { times: "i32" }, exported: true }, (f, { times }) =>
    f.range(0, times, 1, () => f.call(callee, depth, left, right, out, row, 0)),
  );
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()));
  const { buffer } = exports["memory"] as WebAssembly.Memory;
  const ArrayType = tile.width === 32 ? Float32Array : Float64Array;
  const [a, b] = [new ArrayType(buffer, left, tile.rows * depth), new ArrayType(buffer, right, tile.columns * depth)];
  for (let step = 0; step < depth; step++) {
    for (let i = 0; i < tile.rows; i++) a[step * tile.rows + i] = number(i, step);
    // The columns of the narrow tile, again and again.
    for (let j = 0; j < tile.columns; j++) b[step * tile.columns + j] = number(9 + (j % narrowColumns(tile.width)), step);
  }
  const run = exports["run"] as (times: number) => void;
  run(1);
  return { tile, run, words: new Uint32Array(buffer, out, (tile.rows * row) / 4) };
};

const narrowColumns = (width: 32 | 64): number => tiles[width].fma.columns;

/** The narrow tiles, in the state of the runtime at the time of the call. */
export const narrowTiles = (): readonly Probe[] => ([32, 64] as const).map((width) => probeOf({ ...tiles[width].fma, rows: tiles[width].wide.rows }));

/** Every row of the wide result is that of the narrow one, over and over. */
const sameBits = (narrow: Probe, wide: Probe): boolean => {
  const [short, long] = [narrow, wide].map(({ tile }) => (tile.columns * tile.width) / 32) as [number, number];
  return wide.words.every((word, i) => word === narrow.words[Math.floor(i / long) * short + (i % short)]);
};

/** Milliseconds of so many multiplications at best. */
const fastest = ({ tile, run }: Probe): number => {
  const times = Math.round(1e6 / (depth * tile.rows * tile.columns));
  let best = Infinity;
  for (let i = 0; i < 12; i++) {
    const start = performance.now();
    run(times);
    best = Math.min(best, performance.now() - start);
  }
  return best;
};

/** What speaks against the wide tiles; nothing where they are right, and faster than the narrow ones by a tenth. */
export const againstWide = (narrow: readonly Probe[]): string | undefined => {
  for (const one of narrow) {
    const wide = probeOf(tiles[one.tile.width].wide);
    if (!sameBits(one, wide)) return `float${one.tile.width} products come out with other bits`;
    if (fastest(wide) * 1.1 > fastest(one)) return "it makes products no faster";
  }
  return undefined;
};
