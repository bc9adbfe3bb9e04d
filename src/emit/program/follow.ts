/**
 * A fold in chunks right behind the loop that stores what it folds: whoever has stored the numbers of a chunk folds them
 * at once, as long as they are in the nearest cache, and threads meet once less.
 */
import { type Access, type Buffer, type LoopKernel, writesOf } from "../../ir/kernel.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import { chunksOf, neededInside } from "./chunks.ts";
import { shapeOf } from "./loop-shape.ts";
import type { Group } from "./phases.ts";
import { nanosecondsOf } from "./work.ts";

/** Groups in order, in which each such fold leaves its first stretch to the loop in front of it. */
export const followed = (module: ModuleBuilder, groups: readonly Group[]): readonly Group[] => {
  const all = [...groups];
  for (let i = 1; i < all.length; i++) {
    const [{ kernel: maker, stretches: makers }, { kernel: folder, stretches: folders }] = [all[i - 1]!, all[i]!];
    const [making, chunks] = [makers[0]!, folders[0]!];
    if (maker.kind !== "loop" || folder.kind !== "loop" || makers.length > 1 || folders.length < 2) continue;
    const points = pointsOf(maker, folder);
    if (points === undefined) continue;
    const run = module.function(`${making.run.name}.${chunks.run.name}`, { params: { from: "i32", to: "i32" } }, (f, { from, to }) =>
      f.range(from, to, 1, (chunk) => {
        const first = f.copy<"i32">(f.i32.mul(chunk, points), "i32");
        f.call(making.run, first, f.i32.add(first, points));
        f.call(chunks.run, chunk, f.i32.add(chunk, 1));
      }),
    );
    all[i - 1] = { kernel: maker, stretches: [{ ...chunks, run, work: nanosecondsOf(maker) + nanosecondsOf(folder) }] };
    all[i] = { kernel: folder, stretches: folders.slice(1) };
  }
  return all;
};

/** Points of the outermost axis of a loop that store all that a chunk of a fold reads, if it reads nothing else. */
const pointsOf = (maker: LoopKernel, folder: LoopKernel): number | undefined => {
  const [shape, of] = [shapeOf(folder), shapeOf(maker)];
  const [outermost] = of.kept;
  const chunks = chunksOf(folder, shape);
  if (chunks === undefined || outermost === undefined || readsElsewhere(folder, writesOf(maker))) return undefined;
  const axis = shape.folded[0]!;
  const n = folder.axes[axis]!;
  const points = (maker.axes[outermost]! * chunks.go) / n;
  // Whole chunks, and whole vectors side by side.
  if (n % chunks.go !== 0 || points % (outermost === of.lanes ? of.count * of.vectors : 1) !== 0) return undefined;
  const isThere = (access: Access): boolean => {
    const step = stepOf(access, axis, folder.axes);
    const stores = maker.stores.filter((store) => store.access.buffer === access.buffer);
    return step !== undefined && stores.every((store) => stepOf(store.access, outermost, maker.axes) === (step * chunks.go) / points);
  };
  return folder.lines.every((line) => line.kind !== "load" || !line.inner || isThere(line.access)) ? points : undefined;
};

/** Whether a chunk of a fold reads or stores anything but some buffers and its states. */
const readsElsewhere = (folder: LoopKernel, buffers: readonly Buffer[]): boolean => {
  const { lines, stores } = folder;
  return (
    stores.some(({ inner }) => inner) ||
    neededInside(folder).some((i) => lines[i]!.kind === "load") ||
    lines.some((line) => line.kind === "load" && line.inner && !buffers.includes(line.access.buffer))
  );
};

/** How far an access moves along an axis, if all it touches at one point lies in front of what it touches at the next. */
const stepOf = ({ offset, strides, guards }: Access, axis: number, axes: readonly number[]): number | undefined => {
  const step = strides[axis]!;
  const rest = strides.reduce((sum, stride, i) => (i === axis ? sum : sum + stride * (axes[i]! - 1)), 0);
  return offset === 0 && guards.length === 0 && strides.every((stride) => stride >= 0) && rest < step ? step : undefined;
};
