/**
 * A loop kernel as one function over a stretch of its outermost axis. The innermost axis runs in lanes; which one that is
 * follows from how the numbers lie. A fold is either along the lanes, whose states become one at the end, or beside them,
 * a state for each lane. All of it depends on the kernel alone, and so do the bits.
 */
import { bytesOf } from "../../ir/dtype.ts";
import type { Access, Line, LoopKernel } from "../../ir/kernel.ts";
import type { Num } from "../../ir/lanes.types.ts";
import type { FunctionBuilder } from "../wasm/function.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import type { Value } from "../wasm/values.ts";
import { LaneCode, type Typed } from "./lane-code.ts";
import type { Stretch } from "./stretch.ts";

/** Numbers that one call works on: enough to be worth a call, few enough for V8 to replace the code while a step runs. */
const perCall = 1024;

export const loopFunction = (module: ModuleBuilder, name: string, kernel: LoopKernel, offsets: readonly number[]): Stretch => {
  const shape = shapeOf(kernel);
  const outermost = shape.kept[0] ?? shape.folded[0];
  const size = outermost === undefined || shape.kept.length === 0 ? 1 : kernel.axes[outermost]!;
  const rest = kernel.axes.reduce((product, n, axis) => (axis === outermost && shape.kept.length > 0 ? product : product * n), 1);
  const lanes = outermost === shape.lanes ? 4 : 1;
  const block = Math.max(lanes, Math.ceil(perCall / Math.max(1, rest) / lanes) * lanes);
  const run = module.function(name, { params: { from: "i32", to: "i32" } }, (f, { from, to }) => {
    new LoopWriter(module, f, kernel, offsets, shape).write(from, to);
  });
  return { run, size, block };
};

interface LoopShape {
  /** Axes from the outermost inwards; the one in lanes is the last of its group. */
  readonly kept: readonly number[];
  readonly folded: readonly number[];
  readonly lanes: number | undefined;
}

/** The axis along which most numbers lie side by side; the last among equals, and one of a few points only if it must. */
const shapeOf = ({ axes, kept, lines, stores }: LoopKernel): LoopShape => {
  const fold = lines.findIndex((line) => line.kind === "fold");
  const inner = fold < 0 ? lines : lines.slice(0, fold);
  const accesses = [
    ...inner.flatMap((line) => (line.kind === "load" ? [line.access] : [])),
    ...stores.flatMap(({ line, access }) => (fold < 0 || line < fold ? [access] : [])),
  ];
  let lanes: number | undefined;
  let best = -Infinity;
  axes.forEach((n, axis) => {
    const score = accesses.reduce((sum, { strides, guards }) => {
      const stride = strides[axis]!;
      const guarded = guards.some(({ coef }) => coef[axis] !== 0);
      return sum + (stride === 1 ? (guarded ? 3 : 4) : guarded ? -1 : stride === 0 ? 3 : 0);
    }, n < 4 ? -100 : 0);
    if (score >= best) [best, lanes] = [score, axis];
  });
  const order = axes.map((_, axis) => axis).sort((a, b) => Number(a === lanes) - Number(b === lanes) || a - b);
  return { kept: order.filter((axis) => axis < kept), folded: order.filter((axis) => axis >= kept), lanes };
};

/** The numbers of a loop are wide if one of them is, or if whole numbers are computed with. */
const widthOf = ({ lines }: LoopKernel): 32 | 64 => {
  const wide = lines.some((line) => {
    const operands = line.kind === "gate" || line.kind === "fold" ? line.operands.map((i) => lines[i]!.dtype) : [];
    const types = [line.dtype, ...operands];
    const exact = (line.kind === "gate" && line.work.kind === "gate") || line.kind === "fold";
    return types.includes("float64") || (exact && types.some((dtype) => dtype === "int32" || dtype === "uint32"));
  });
  return wide ? 64 : 32;
};

/** Where a loop's accesses stand: one pointer each, which moves with the axes that are being run. */
type Pointers = ReadonlyMap<Access, Value<"i32">>;

class LoopWriter {
  readonly #f: FunctionBuilder;
  readonly #kernel: LoopKernel;
  readonly #shape: LoopShape;
  readonly #offsets: readonly number[];
  readonly #vector: LaneCode;
  readonly #scalar: LaneCode;
  readonly #values: Typed[] = [];
  /** The index along each axis that is being run. */
  readonly #index: (Value<"i32"> | undefined)[];
  readonly #fold: number;

  constructor(module: ModuleBuilder, f: FunctionBuilder, kernel: LoopKernel, offsets: readonly number[], shape: LoopShape) {
    const width = widthOf(kernel);
    this.#f = f;
    this.#kernel = kernel;
    this.#shape = shape;
    this.#offsets = offsets;
    this.#scalar = new LaneCode(module, f, width, 0);
    this.#vector = shape.lanes === undefined ? this.#scalar : new LaneCode(module, f, width, 1);
    this.#index = kernel.axes.map(() => undefined);
    this.#fold = kernel.lines.findIndex((line) => line.kind === "fold");
  }

  write(from: Value<"i32">, to: Value<"i32">): void {
    const { lines, stores } = this.#kernel;
    const accesses = [...lines.flatMap((line) => (line.kind === "load" ? [line.access] : [])), ...stores.map(({ access }) => access)];
    const start = new Map<Access, Value<"i32">>();
    for (const access of accesses) start.set(access, this.#f.copy<"i32">(this.#base(access), "i32"));
    const [, ...rest] = this.#shape.kept;
    if (this.#shape.kept.length === 0) this.#point(start);
    else this.#run(this.#shape.kept[0]!, from, to, start, (pointers) => this.#nest(rest, pointers, (inner) => this.#point(inner)));
  }

  #base({ buffer, offset }: Access): number {
    return this.#offsets[buffer.id]! + offset * bytesOf(buffer.dtype);
  }

  /** A point of the kept axes, or as many as there are lanes. */
  #point(pointers: Pointers): void {
    const { lanes, folded } = this.#shape;
    if (this.#fold < 0) return this.#lines(0, this.#kernel.lines.length, this.#vector, pointers);
    const along = lanes !== undefined && lanes >= this.#kernel.kept;
    const outer = along ? this.#scalar : this.#vector;
    const line = this.#kernel.lines[this.#fold] as Extract<Line, { kind: "fold" }>;
    const { fold } = line;
    const inner = this.#vector;
    const state = fold.init.map((init) => this.#f.variable(laneType(inner), inner.k.parts(inner.k.constant(init))[0]!));
    const current = (): readonly Num[] => state.map((part) => inner.k.ofParts([part]));
    this.#nest(folded, pointers, (at) => {
      this.#lines(0, this.#fold, inner, at);
      const x = inner.number(this.#values[line.operands[0]!]!);
      const lifted = fold.lift(inner.k, x, () => this.#position(line, inner).lanes as Num);
      const next = fold.combine(inner.k, current(), lifted);
      const held = along && this.#left() !== undefined ? inner.laneMask(this.#index[lanes]!, this.#kernel.axes[lanes]!) : undefined;
      const parts = next.map((part, i) => inner.k.parts(held === undefined ? part : inner.k.select(held, part, current()[i]!))[0]!);
      parts.forEach((part, i) => this.#f.set(state[i]!, part as Value<"v128">));
    });
    const total = along ? inner.across(current(), (s, t) => fold.combine(inner.k, s, t)) : current();
    const result = total[fold.out]!;
    this.#values[this.#fold] = outer.folded(along ? inner.first(result, outer) : result, line.dtype);
    this.#lines(this.#fold + 1, this.#kernel.lines.length, outer, pointers);
  }

  #nest(axes: readonly number[], pointers: Pointers, body: (pointers: Pointers) => void): void {
    const [axis, ...rest] = axes;
    if (axis === undefined) return body(pointers);
    this.#run(axis, 0, this.#kernel.axes[axis]!, pointers, (inner) => this.#nest(rest, inner, body));
  }

  #run(axis: number, from: Value<"i32"> | 0, to: Value<"i32"> | number, pointers: Pointers, body: (pointers: Pointers) => void): void {
    const f = this.#f;
    const step = axis === this.#shape.lanes ? this.#vector.count : 1;
    const moving: { readonly pointer: Value<"i32">; readonly by: number }[] = [];
    const inner = new Map(pointers);
    for (const [access, pointer] of pointers) {
      const by = access.strides[axis]! * bytesOf(access.buffer.dtype);
      if (by === 0) continue;
      const moved = f.variable("i32", from === 0 ? pointer : f.i32.add(pointer, f.i32.mul(from, by)));
      inner.set(access, moved);
      moving.push({ pointer: moved, by: by * step });
    }
    f.range(from, to, step, (i) => {
      this.#index[axis] = i;
      body(inner);
      for (const { pointer, by } of moving) f.set(pointer as never, f.i32.add(pointer, by));
    });
    this.#index[axis] = undefined;
  }

  #lines(from: number, to: number, code: LaneCode, pointers: Pointers): void {
    const { lines, stores } = this.#kernel;
    for (let i = from; i < to; i++) this.#values[i] = this.#line(lines[i]!, code, pointers);
    for (const { line, access } of stores) {
      const ready = line >= from && line < to;
      const folded = line === this.#fold && from === this.#fold + 1;
      if (ready || folded) code.store(pointers.get(access)!, this.#values[line]!, this.#stride(access, code), code.count === 1 ? undefined : this.#left());
    }
  }

  #line(line: Line, code: LaneCode, pointers: Pointers): Typed {
    switch (line.kind) {
      case "load":
        return this.#load(line.access, code, pointers.get(line.access)!);
      case "constant":
        return code.constant(line.value, line.dtype);
      case "position":
        return this.#position(line, code);
      case "gate":
        return code.gate(line.work, line.operands.map((i) => this.#values[i]!), line.dtype);
      case "fold":
        throw new RangeError("a fold is no line of its own");
    }
  }

  /** An affine function of the index at the first lane. */
  #affine(offset: number, coef: readonly number[]): Value<"i32"> {
    const f = this.#f;
    return coef.reduce<Value<"i32">>((sum, c, axis) => {
      const i = this.#index[axis];
      return c === 0 || i === undefined ? sum : f.i32.add(sum, c === 1 ? i : f.i32.mul(i, c));
    }, f.copy<"i32">(offset, "i32"));
  }

  #position({ row, kind, dtype }: Extract<Line, { kind: "position" | "fold" }>, code: LaneCode): Typed {
    const step = this.#shape.lanes === undefined ? 0 : row.coef[this.#shape.lanes]!;
    return code.position(this.#affine(row.offset, row.coef), step, kind === "fold" ? "float64" : dtype);
  }

  /** How many points of the axis in lanes are left, where they may be fewer than lanes. */
  #left(): Value<"i32"> | undefined {
    const { lanes } = this.#shape;
    if (lanes === undefined) return undefined;
    const n = this.#kernel.axes[lanes]!;
    return n % this.#vector.count === 0 ? undefined : this.#f.i32.sub(n, this.#index[lanes]!);
  }

  #stride({ strides }: Access, code: LaneCode): number {
    return code.count === 1 ? 0 : strides[this.#shape.lanes!]!;
  }

  #load(access: Access, code: LaneCode, pointer: Value<"i32">): Typed {
    const { buffer, guards, fill } = access;
    const { dtype } = buffer;
    const stride = this.#stride(access, code);
    if (guards.length === 0) return code.load(pointer, dtype, stride);
    const inside = (lane: number): Value<"i32"> =>
      guards
        .map(({ offset, coef, size }) => this.#f.i32.ltU(this.#affine(offset + (lane === 0 ? 0 : coef[this.#shape.lanes!]! * lane), coef), size))
        .reduce((a, b) => this.#f.i32.and(a, b));
    if (code.count === 1) return code.loadIf(inside(0), pointer, dtype, fill);
    const f = this.#f;
    const raw = code.raw(dtype, fill);
    const all = (): void => code.loadLanes(raw, pointer, dtype, stride);
    if (guards.every(({ coef }) => coef[this.#shape.lanes!] === 0)) f.if(inside(0), all);
    else {
      // Between two lanes that are inside there is none outside.
      f.if(f.i32.and(inside(0), inside(code.count - 1)), all, () => {
        for (let lane = 0; lane < code.count; lane++) f.if(inside(lane), () => code.loadLane(raw, pointer, dtype, stride, lane));
      });
    }
    return code.decode(raw, dtype);
  }
}

const laneType = (code: LaneCode): "v128" | "f32" | "f64" => (code.count > 1 ? "v128" : code.width === 32 ? "f32" : "f64");
