/** Measures the kernels in this process: `kind` says which kind of tile is the best that it can run, the kind's name measures it. */
import { median, interleaved, ownTime } from "../measure.ts";
import { convolutions, elementwise, productShapes, products, registers, type Candidate } from "./candidates.ts";
import { tileFor, tileName, type tiles } from "../../src/emit/wasm/tile.ts";
import { ModuleBuilder } from "../../src/emit/wasm/module.ts";
import { targetHere } from "../../src/run/target.ts";

const rounds = 11;

const knowsFma = (): boolean => {
  const m = new ModuleBuilder();
  m.function("f", { params: { x: "v128" } }, (f, { x }) => void f.f32x4.relaxedMadd(x, x, x));
  return WebAssembly.validate(m.toBytes());
};

const wide = process.execArgv.some((flag) => flag.includes("revectorize"));

const report = (title: string, unit: string, candidates: readonly Candidate[], share: boolean): void => {
  console.log(`\n${title} (${unit}: median, smallest, largest${share ? "; share of the first row's median" : ""})`);
  const times = interleaved(candidates.map(({ run }) => run), rounds, ownTime);
  const rates = times.map((list, i) => list.map((ms) => candidates[i]!.work / ms / 1e6).reverse());
  const first = median(rates[0]!);
  rates.forEach((list, i) => {
    const numbers = [median(list), list[0]!, list.at(-1)!].map((x) => x.toFixed(share ? 1 : 2).padStart(6)).join(" ");
    console.log(`  ${candidates[i]!.name.padEnd(44)} ${numbers}${share ? `   ${(median(list) / first).toFixed(2)}` : ""}`);
  });
};

const [, , given] = process.argv;
if (given === "kind") {
  console.log(!knowsFma() ? "plain" : wide ? "wide" : "fma");
} else {
  const kind = given as keyof (typeof tiles)[32];
  const node = ["Node", process.version, ...process.execArgv].join(" ");
  for (const width of [32, 64] as const) {
    const target = { fma: kind !== "plain", wide: kind === "wide", unrolls: targetHere()?.unrolls ?? false };
    const tile = tileFor(width, target);
    const candidates = [registers(tile, kind === "wide"), ...products(width, target, productShapes), ...(width === 32 ? convolutions(tile) : [])];
    report(`${node}, ${tileName(tile)}`, "GFLOP/s", candidates, true);
  }
  report(`${node}, element by element, 4,096 numbers`, "G numbers/s", elementwise(kind !== "plain"), false);
}
