/** Kernels that are no loop over gates: rows picked by index or added into place, and scatters with a constant map. */
import { bytesOf, type DType } from "../../ir/dtype.ts";
import type { Access, PickKernel, WriteKernel } from "../../ir/kernel.ts";
import type { FunctionBuilder } from "../wasm/function.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import type { Value } from "../wasm/values.ts";
import { type Stretch, whole } from "./stretch.ts";

/** Each row is copied from, or added to, the row that its index names; one out of range reads 0 and adds nowhere. */
export const pickFunction = (module: ModuleBuilder, name: string, kernel: PickKernel, offsets: readonly number[]): Stretch => {
  const { batch, rows, picks, width, from, index, out } = kernel;
  const bytes = width * bytesOf(out.dtype);
  const at = (buffer: { readonly id: number }): number => offsets[buffer.id]!;
  return whole(module, name, (f) => {
    if (kernel.kind === "scatter") f.memoryFill(at(out), 0, out.size * bytesOf(out.dtype));
    f.range(0, batch, 1, (z) => {
      f.range(0, picks, 1, (p) => {
        const pick = f.i32.add(f.i32.mul(z, picks), p);
        const row = f.i32.load(f.i32.add(f.i32.mul(pick, 4), at(index)));
        const inside = f.i32.ltU(row, rows);
        const ofRow = f.i32.mul(f.i32.add(f.i32.mul(z, rows), row), bytes);
        const ofPick = f.i32.mul(pick, bytes);
        if (kernel.kind === "scatter") {
          f.if(inside, () => addRow(f, out.dtype, width, f.i32.add(ofRow, at(out)), f.i32.add(ofPick, at(from))));
          return;
        }
        const to = f.i32.add(ofPick, at(out));
        f.if(
          inside,
          () => f.memoryCopy(to, f.i32.add(ofRow, at(from)), bytes),
          () => f.memoryFill(to, 0, bytes),
        );
      });
    });
  });
};

const addRow = (f: FunctionBuilder, dtype: DType, width: number, to: Value<"i32">, from: Value<"i32">): void => {
  const size = bytesOf(dtype);
  f.range(0, width * size, size, (w) => addOne(f, dtype, f.i32.add(to, w), f.i32.add(from, w)));
};

const addOne = (f: FunctionBuilder, dtype: DType, to: Value<"i32">, from: Value<"i32">): void => {
  if (dtype === "float64") f.f64.store(to, f.f64.add(f.f64.load(to), f.f64.load(from)));
  else if (dtype === "float32") f.f32.store(to, f.f32.add(f.f32.load(to), f.f32.load(from)));
  else if (dtype === "bool") f.i32.store8(to, f.i32.add(f.i32.load8U(to), f.i32.load8U(from)));
  else f.i32.store(to, f.i32.add(f.i32.load(to), f.i32.load(from)));
};

/** Numbers added where they were read, in order. */
export const writeFunction = (module: ModuleBuilder, name: string, { axes, from, to }: WriteKernel, offsets: readonly number[]): Stretch =>
  whole(module, name, (f) => {
    const { dtype, size } = to.buffer;
    f.memoryFill(offsets[to.buffer.id]!, 0, size * bytesOf(dtype));
    const index: Value<"i32">[] = [];
    const affine = (offset: number, coef: readonly number[]): Value<"i32"> =>
      coef.reduce<Value<"i32">>((sum, c, axis) => (c === 0 ? sum : f.i32.add(sum, f.i32.mul(index[axis]!, c))), f.copy<"i32">(offset, "i32"));
    const address = ({ buffer, offset, strides }: Access): Value<"i32"> =>
      f.i32.add(f.i32.mul(affine(offset, strides), bytesOf(buffer.dtype)), offsets[buffer.id]!);
    const nest = (axis: number): void => {
      if (axis < axes.length) {
        f.range(0, axes[axis]!, 1, (i) => {
          index[axis] = i;
          nest(axis + 1);
        });
        return;
      }
      const inside = to.guards
        .map((guard) => f.i32.ltU(affine(guard.offset, guard.coef), guard.size))
        .reduce<Value<"i32">>((a, b) => f.i32.and(a, b), f.copy<"i32">(1, "i32"));
      f.if(inside, () => addOne(f, dtype, address(to), address(from)));
    };
    nest(0);
  });
