/**
 * A loop kernel as functions over stretches of its outermost axis. The innermost axis runs in lanes, several vectors side
 * by side; which one that is follows from how the numbers lie. A fold is either along the lanes, whose states become one
 * at the end, or beside them, a state for each lane. All of it depends on the kernel alone, and so do the bits.
 */
import type { LoopKernel } from "../../ir/kernel.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import { type Chunks, chunksOf } from "./chunks.ts";
import { LoopBody } from "./loop-body.ts";
import { shapeOf, type LoopShape } from "./loop-shape.ts";
import { placesOf } from "./places.ts";
import { roomOf } from "./room.ts";
import type { Site, Stretch } from "./stretch.ts";
import { nanosecondsOf } from "./work.ts";

/** Numbers that one call works on: enough to be worth a call, few enough for V8 to replace the code while a step runs. */
const perCall = 1024;

export const loopStretches = (module: ModuleBuilder, name: string, kernel: LoopKernel, site: Site): readonly Stretch[] => {
  const shape = shapeOf(kernel);
  const chunks = chunksOf(kernel, shape);
  return chunks ? inChunks(module, name, kernel, site, shape, chunks) : [atOnce(module, name, kernel, site, shape)];
};

/** Points of the outermost axis that is kept in one call: whole vectors where it is the one in lanes. */
const blockOf = (axes: readonly number[], { kept, lanes, count, vectors }: LoopShape): number => {
  const [outermost] = kept;
  const rest = axes.reduce((product, n, axis) => (axis === outermost ? product : product * n), 1);
  const step = outermost === lanes ? count * vectors : 1;
  return Math.max(1, Math.ceil(perCall / Math.max(1, rest) / step)) * step;
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
  return { run, size: kernel.axes[outermost]!, block: blockOf(kernel.axes, shape) };
};

/** Chunks of the outermost axis that is folded leave their states in the room that the stretches share; then they become one for each point that is kept. */
const inChunks = (module: ModuleBuilder, name: string, kernel: LoopKernel, site: Site, shape: LoopShape, { chunks, go }: Chunks): readonly Stretch[] => {
  const n = kernel.axes[shape.folded[0]!]!;
  const room = roomOf(kernel, shape);
  const params = { from: "i32", to: "i32" } as const;
  const partial = module.function(`${name}.chunks`, { params }, (f, { from, to }) => {
    const body = new LoopBody(module, f, kernel, shape, site.target);
    const start = placesOf(f, kernel, site);
    f.range(from, to, 1, (chunk) => {
      const first = f.copy<"i32">(f.i32.mul(chunk, go), "i32");
      const last = f.least(f.copy<"i32">(f.i32.add(first, go), "i32"), n);
      const states = room.at(f.copy<"i32">(f.i32.add(f.i32.mul(chunk, room.bytes), site.shared), "i32"));
      body.partial(new Map([...start, ...states]), room, first, last);
    });
  });
  const total = module.function(name, { params }, (f, { from, to }) => {
    const body = new LoopBody(module, f, kernel, shape, site.target);
    const states = room.at(f.copy<"i32">(site.shared, "i32"));
    body.total(new Map([...placesOf(f, kernel, site), ...states]), room, chunks, from, to);
  });
  const [outermost] = shape.kept;
  const points = kernel.axes.slice(0, kernel.kept);
  const axes = [...points, chunks];
  const folds = kernel.lines.filter((_, i) => room.states.has(i));
  const shared = chunks * room.bytes;
  return [
    { run: partial, size: chunks, block: 1, shared, work: nanosecondsOf(kernel) },
    { run: total, size: outermost === undefined ? 1 : axes[outermost]!, block: blockOf(axes, shape), shared, work: nanosecondsOf({ ...kernel, axes: points }) + nanosecondsOf({ ...kernel, axes, lines: folds }) },
  ];
};
