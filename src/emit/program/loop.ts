/**
 * A loop kernel as functions over stretches of its outermost axis. The innermost axis runs in lanes, several vectors side
 * by side; which one that is follows from how the numbers lie. A fold is either along the lanes, whose states become one
 * at the end, or beside them, a state for each lane. All of it depends on the kernel alone, and so do the bits.
 */
import type { LoopKernel } from "../../ir/kernel.ts";
import { sizeOf } from "../../ir/shape.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import { LoopBody } from "./loop-body.ts";
import { shapeOf, type LoopShape } from "./loop-shape.ts";
import { placesOf } from "./places.ts";
import type { Site, Stretch } from "./stretch.ts";

/** Numbers that one call works on: enough to be worth a call, few enough for V8 to replace the code while a step runs. */
const perCall = 1024;

/** Numbers that are folded in one go where everything becomes one: so many depend on the kernel, not on the threads. */
const perChunk = 4096;

/** Bytes of each number of a state that waits for the others. */
const slot = 8;

export const loopStretches = (module: ModuleBuilder, name: string, kernel: LoopKernel, site: Site): readonly Stretch[] => {
  const shape = shapeOf(kernel);
  return kernel.kept === 0 && kernel.axes.length > 0 && sizeOf(kernel.axes) >= 2 * perChunk ? inChunks(module, name, kernel, site, shape) : [atOnce(module, name, kernel, site, shape)];
};

/** Points of an axis in one go: whole vectors where it is the one in lanes. */
const goOf = ({ axes }: LoopKernel, { lanes, count, vectors }: LoopShape, axis: number, numbers: number): number => {
  const rest = axes.reduce((product, n, i) => (i === axis ? product : product * n), 1);
  const step = axis === lanes ? count * vectors : 1;
  return Math.max(1, Math.ceil(numbers / Math.max(1, rest) / step)) * step;
};

const atOnce = (module: ModuleBuilder, name: string, kernel: LoopKernel, site: Site, shape: LoopShape): Stretch => {
  const [outermost] = shape.kept;
  const run = module.function(name, { params: { from: "i32", to: "i32" } }, (f, { from, to }) => {
    const body = new LoopBody(module, f, kernel, shape, site.target);
    const start = placesOf(f, kernel, site);
    if (outermost === undefined) body.point(start);
    else body.kept(start, from, to);
  });
  if (outermost === undefined) return { run, size: 1, block: 1 };
  return { run, size: kernel.axes[outermost]!, block: goOf(kernel, shape, outermost, perCall) };
};

/** Everything folded into one: chunks of the outermost axis, whose states wait in the room that the stretches share. */
const inChunks = (module: ModuleBuilder, name: string, kernel: LoopKernel, site: Site, shape: LoopShape): readonly Stretch[] => {
  const outermost = shape.folded[0]!;
  const n = kernel.axes[outermost]!;
  const go = goOf(kernel, shape, outermost, perChunk);
  const chunks = Math.ceil(n / go);
  const states = kernel.lines.reduce((sum, line) => sum + (line.kind === "fold" ? line.fold.init.length : 0), 0);
  const params = { from: "i32", to: "i32" } as const;
  const partial = module.function(`${name}.chunks`, { params }, (f, { from, to }) => {
    const body = new LoopBody(module, f, kernel, shape, site.target);
    const start = placesOf(f, kernel, site);
    f.range(from, to, 1, (chunk) => {
      const first = f.copy<"i32">(f.i32.mul(chunk, go), "i32");
      const end = f.copy<"i32">(f.i32.add(first, go), "i32");
      const last = f.select(end, f.copy<"i32">(n, "i32"), f.i32.ltS(end, n));
      body.partial(start, first, last, f.i32.add(f.i32.mul(chunk, states * slot), site.shared), slot);
    });
  });
  const total = module.function(name, { params }, (f) => {
    const body = new LoopBody(module, f, kernel, shape, site.target);
    body.total(placesOf(f, kernel, site), chunks, f.copy<"i32">(site.shared, "i32"), slot);
  });
  return [
    { run: partial, size: chunks, block: 1, shared: chunks * states * slot },
    { run: total, size: 1, block: 1 },
  ];
};
