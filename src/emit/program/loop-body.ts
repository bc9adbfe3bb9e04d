/** What a loop kernel does, point by point, written into a function. */
import { bytesOf } from "../../ir/dtype.ts";
import type { Access, FoldLine, Line, LoopKernel, Placed } from "../../ir/kernel.ts";
import type { Mask, Num } from "../../ir/lanes.types.ts";
import type { FunctionBuilder } from "../wasm/function.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import type { Value, Variable } from "../wasm/values.ts";
import { LaneCode, type Reach, type Typed } from "./lane-code.ts";
import type { LoopShape } from "./loop-shape.ts";

/** Where a loop's accesses stand: one pointer each, which moves with the axes that are being run. */
export type Pointers = ReadonlyMap<Access, Value<"i32">>;

type Bound = Value<"i32"> | number;
/** From one point of an axis up to another. */
type Range = readonly [from: Bound, to: Bound];
/** For each vector the numbers of a state. */
type State = readonly (readonly Variable[])[];

export class LoopBody {
  readonly #f: FunctionBuilder;
  readonly #kernel: LoopKernel;
  readonly #shape: LoopShape;
  readonly #vector: LaneCode;
  readonly #scalar: LaneCode;
  /** Whether folds run along the lanes. */
  readonly #along: boolean;
  /** What each line gives: a value for each vector, or one for all of them. */
  readonly #values: (readonly Typed[])[] = [];
  /** Of what is computed once a row what stands in the lanes. */
  readonly #spread = new Map<number, Typed>();
  /** The index along each axis that is being run, at the first lane. */
  readonly #index: (Value<"i32"> | undefined)[];
  /** For each vector that is worked on side by side how many of its lanes hold points. */
  #valid: readonly number[];
  /** What the ends of a range along the lanes are multiples of. */
  #unit = 0;

  constructor(module: ModuleBuilder, f: FunctionBuilder, kernel: LoopKernel, shape: LoopShape, fma: boolean) {
    const { lanes, width } = shape;
    this.#f = f;
    this.#kernel = kernel;
    this.#shape = shape;
    this.#scalar = new LaneCode(module, f, width, 0);
    this.#vector = lanes === undefined ? this.#scalar : new LaneCode(module, f, width, 1, fma);
    this.#along = lanes !== undefined && lanes >= kernel.kept;
    this.#index = kernel.axes.map(() => undefined);
    this.#valid = [this.#vector.count];
  }

  /** Points `from` to `to` of the outermost axis that is kept. */
  kept(pointers: Pointers, from: Bound, to: Bound): void {
    const [{ kept }, { lines }] = [this.#shape, this.#kernel];
    // Axes that are folded may all have had one point, and are gone.
    if (lines.some(({ inner }) => inner)) return this.#nest(kept, pointers, [[from, to]], [], (at) => this.point(at));
    const all = lines.map((_, i) => i);
    this.#nest(kept, pointers, [[from, to]], all, (at, rest) => this.#write(rest, { pass: 0, inner: false }, this.#vector, at));
  }

  /**
   * A loop without folds from some point up to another along each axis. Along the one in lanes both are multiples of
   * `unit`, but for the end of the axis.
   */
  region(pointers: Pointers, ranges: readonly Range[], unit: number): void {
    this.#unit = unit;
    const { kept } = this.#shape;
    const all = this.#kernel.lines.map((_, i) => i);
    this.#nest(kept, pointers, kept.map((axis) => ranges[axis]), all, (at, rest) => this.#write(rest, { pass: 0, inner: false }, this.#vector, at));
  }

  /** A point of the axes that are kept, or as many as there are lanes. */
  point(pointers: Pointers): void {
    for (let pass = 0; pass <= this.#last; pass++) this.#pass(pass, pointers);
  }

  /** The states that the folds of the first pass have behind points `from` to `to` of the outermost axis, into memory. */
  partial(pointers: Pointers, from: Bound, to: Bound, address: Value<"i32">, slot: number): void {
    // Nothing that is there once is stored here: others do the same.
    for (const i of this.#linesAt({ pass: 0, inner: false })) this.#values[i] = this.#line(this.#kernel.lines[i]!, this.#scalar, pointers);
    const states = this.#inner(0, pointers, [from, to]);
    let offset = 0;
    for (const [i, state] of states) {
      for (const part of this.#together(this.#fold(i), state)) {
        this.#store(this.#vector.first(part, this.#scalar), address, offset);
        offset += slot;
      }
    }
  }

  /** All states one after the other, and what follows from the folds. */
  total(pointers: Pointers, count: number, address: Value<"i32">, slot: number): void {
    const { f, k } = { f: this.#f, k: this.#scalar.k };
    this.#outer(0, pointers);
    const folds = this.#folds(0).map((i) => ({ i, state: this.#begin(this.#fold(i), this.#scalar, 1) }));
    const bytes = slot * folds.reduce((sum, { i }) => sum + this.#fold(i).fold.init.length, 0);
    f.range(0, count * bytes, bytes, (by) => {
      const at = f.i32.add(address, by);
      let offset = 0;
      for (const { i, state } of folds) {
        const loaded = state[0]!.map((_, part) => k.load(at, offset + part * slot));
        this.#combine(this.#fold(i), state[0]!, loaded, this.#scalar);
        offset += state[0]!.length * slot;
      }
    });
    for (const { i, state } of folds) this.#values[i] = [this.#result(i, state[0]!.map((part) => k.ofParts([part])), this.#scalar)];
    for (let pass = 1; pass <= this.#last; pass++) this.#pass(pass, pointers);
  }

  get #last(): number {
    return Math.max(0, ...this.#kernel.stores.map(({ pass }) => pass));
  }

  #fold(i: number): FoldLine {
    return this.#kernel.lines[i] as FoldLine;
  }

  #folds(pass: number): readonly number[] {
    return this.#kernel.lines.flatMap((line, i) => (line.kind === "fold" && line.pass === pass ? [i] : []));
  }

  #pass(pass: number, pointers: Pointers): void {
    this.#outer(pass, pointers);
    for (const [i, state] of this.#inner(pass, pointers)) {
      const code = this.#outerCode;
      if (this.#along) this.#values[i] = [this.#result(i, this.#together(this.#fold(i), state).map((part) => this.#vector.first(part, code)), code)];
      else this.#values[i] = state.map((parts) => this.#result(i, parts.map((part) => code.k.ofParts([part])), code));
    }
  }

  get #outerCode(): LaneCode {
    return this.#along ? this.#scalar : this.#vector;
  }

  #outer(pass: number, pointers: Pointers): void {
    const at = { pass, inner: false };
    // What a fold gives is there before the lines of the next pass.
    this.#write(this.#linesAt(at), at, this.#outerCode, pointers);
  }

  #linesAt({ pass, inner }: Placed): number[] {
    return this.#kernel.lines.flatMap((line, i) => (line.kind !== "fold" && line.pass === pass && line.inner === inner ? [i] : []));
  }

  /** One pass over the axes that are folded; gives the states of its folds. */
  #inner(pass: number, pointers: Pointers, bounds?: Range): ReadonlyMap<number, State> {
    const { lanes, vectors, count } = this.#shape;
    const [here, folds] = [this.#linesAt({ pass, inner: true }), this.#folds(pass)];
    const stores = this.#kernel.stores.filter((store) => store.inner && store.pass === pass);
    const states = new Map<number, State>();
    if (folds.length + stores.length === 0) return states;
    if (this.#along) this.#spreadFor([...here, ...folds], stores.map(({ line }) => line));
    const side = this.#along ? Math.min(vectors, Math.ceil(this.#kernel.axes[lanes!]! / count)) : this.#valid.length;
    for (const i of folds) states.set(i, this.#begin(this.#fold(i), this.#vector, Math.max(1, side)));
    this.#nest(this.#shape.folded, pointers, [bounds], here, (at, rest) => {
      this.#write(rest, { pass, inner: true }, this.#vector, at);
      for (const [i, state] of states) this.#valid.forEach((valid, u) => this.#takeIn(i, state[u]!, valid, u));
    });
    return states;
  }

  /** What is computed once a row, in all lanes. */
  #spreadFor(lines: readonly number[], stored: readonly number[]): void {
    const wanted = new Set(stored);
    for (const i of lines) {
      const line = this.#kernel.lines[i]!;
      if (line.kind === "gate" || line.kind === "fold") for (const operand of line.operands) wanted.add(operand);
    }
    for (const i of wanted) {
      const { kind, inner } = this.#kernel.lines[i]!;
      if ((kind === "fold" || !inner) && !this.#spread.has(i)) this.#spread.set(i, this.#vector.spread(this.#values[i]![0]!));
    }
  }

  #begin({ fold }: FoldLine, code: LaneCode, vectors: number): State {
    const type = code.count > 1 ? "v128" : code.width === 32 ? "f32" : "f64";
    return Array.from({ length: vectors }, () => fold.init.map((init) => this.#f.variable(type, code.k.parts(code.k.constant(init))[0] as never) as Variable));
  }

  #takeIn(i: number, state: readonly Variable[], valid: number, u: number): void {
    const line = this.#fold(i);
    const code = this.#vector;
    const lifted = line.fold.lift(code.k, code.number(this.#value(line.operands[0]!, u)), () => this.#position(line, code, u).lanes as Num);
    this.#combine(line, state, lifted, code, this.#along && valid < code.count ? code.firstLanes(valid) : undefined);
  }

  #combine({ fold }: FoldLine, state: readonly Variable[], other: readonly Num[], { k }: LaneCode, held?: Mask): void {
    const current = state.map((part) => k.ofParts([part]));
    const next = fold.combine(k, current, other).map((part, i) => k.parts(held === undefined ? part : k.select(held, part, current[i]!))[0]!);
    next.forEach((part, i) => this.#f.set(state[i]!, part as never));
  }

  /** The states of all vectors as one, in a fixed order: neighbours first, the lanes at last; the result in every lane. */
  #together({ fold }: FoldLine, state: State): readonly Num[] {
    const { k } = this.#vector;
    let states = state.map((parts) => parts.map((part) => k.ofParts([part])) as readonly Num[]);
    while (states.length > 1) states = states.flatMap((s, i) => (i % 2 === 1 ? [] : i + 1 < states.length ? [fold.combine(k, s, states[i + 1]!)] : [s]));
    return this.#vector.across(states[0]!, (s, t) => fold.combine(k, s, t));
  }

  #result(i: number, state: readonly Num[], code: LaneCode): Typed {
    const { fold, dtype } = this.#fold(i);
    return code.folded(state[fold.out]!, dtype);
  }

  #store(x: Num, address: Value<"i32">, offset: number): void {
    this.#scalar.k.store(address, x, offset);
  }

  /** Runs axes one inside the other, in whole or in part. Loads of `lines` that stay the same along the innermost one are done in front of it; the body does the rest. */
  #nest(axes: readonly number[], pointers: Pointers, [bounds, ...others]: readonly (Range | undefined)[], lines: readonly number[], body: (pointers: Pointers, rest: readonly number[]) => void): void {
    const [axis, ...further] = axes;
    if (axis === undefined) return body(pointers, lines);
    const [from, to] = bounds ?? [0, this.#kernel.axes[axis]!];
    const rest = further.length > 0 ? lines : this.#hoist(axis, lines, pointers);
    const run = axis !== this.#shape.lanes ? this.#run : this.#unit > 0 ? this.#runAnywhere : this.#runLanes;
    run.call(this, axis, from, to, pointers, (at) => this.#nest(further, at, others, rest, body));
  }

  #hoist(axis: number, lines: readonly number[], pointers: Pointers): readonly number[] {
    const valid = this.#valid;
    if (axis === this.#shape.lanes) this.#valid = [this.#vector.count];
    const rest = lines.filter((i) => {
      const line = this.#kernel.lines[i]!;
      if (line.kind !== "load" || line.access.strides[axis] !== 0 || line.access.guards.some(({ coef }) => coef[axis] !== 0)) return true;
      this.#values[i] = this.#line(line, this.#vector, pointers);
      return false;
    });
    this.#valid = valid;
    return rest;
  }

  #run(axis: number, from: Bound, to: Bound, pointers: Pointers, body: (pointers: Pointers) => void): void {
    this.#loop(axis, from, to, 1, pointers, body);
  }

  /** The axis in lanes: all vectors side by side as long as they are full, then once as many as the rest needs. */
  #runLanes(axis: number, from: Bound, to: Bound, pointers: Pointers, body: (pointers: Pointers) => void): void {
    const f = this.#f;
    const { count, vectors } = this.#shape;
    const n = this.#kernel.axes[axis]!;
    const step = count * vectors;
    const full = n - (n % step);
    const before = this.#valid;
    if (full > 0) {
      this.#valid = new Array<number>(vectors).fill(count);
      const end = typeof to === "number" ? Math.min(to, full) : full === n ? to : f.select(to, f.copy<"i32">(full, "i32"), f.i32.ltS(to, full));
      this.#loop(axis, from, end, step, pointers, body);
    }
    if (full < n) {
      const rest = (): void => {
        this.#valid = Array.from({ length: Math.ceil((n - full) / count) }, (_, u) => Math.min(count, n - full - u * count));
        this.#loop(axis, full, full + 1, step, pointers, body);
      };
      if (typeof to === "number") rest();
      else f.if(f.i32.gtS(to, full), rest);
    }
    this.#valid = before;
  }

  /** The axis in lanes between any two points: as many vectors side by side as may be, then single ones, then lane by lane. */
  #runAnywhere(axis: number, from: Bound, to: Bound, pointers: Pointers, body: (pointers: Pointers) => void): void {
    const f = this.#f;
    const { count, vectors } = this.#shape;
    const ends = [this.#unit, this.#kernel.axes[axis]!];
    const before = this.#valid;
    let at = from;
    let done: number | undefined;
    for (const valid of [...(vectors > 1 ? [new Array<number>(vectors).fill(count)] : []), [count], [1]]) {
      if (done !== undefined && ends.every((end) => end % done! === 0)) break;
      const step = (done = valid.reduce((sum, lanes) => sum + lanes, 0));
      const left = f.i32.sub(f.copy<"i32">(to, "i32"), at);
      const end = f.copy<"i32">(f.i32.add(f.i32.sub(left, f.i32.remU(left, step)), at), "i32");
      this.#valid = valid;
      this.#loop(axis, at, end, step, pointers, body);
      at = end;
    }
    this.#valid = before;
  }

  #loop(axis: number, from: Bound, to: Bound, step: number, pointers: Pointers, body: (pointers: Pointers) => void): void {
    const f = this.#f;
    const moving: { readonly pointer: Variable<"i32">; readonly by: number }[] = [];
    const inner = new Map(pointers);
    for (const [access, pointer] of pointers) {
      const by = access.strides[axis]! * bytesOf(access.buffer.dtype);
      if (by === 0) continue;
      const moved = f.variable("i32", from === 0 ? pointer : f.i32.add(pointer, typeof from === "number" ? from * by : f.i32.mul(from, by)));
      inner.set(access, moved);
      moving.push({ pointer: moved, by: by * step });
    }
    if (typeof from === "number" && typeof to === "number" && to - from <= step) {
      if (from < to) {
        this.#index[axis] = f.copy<"i32">(from, "i32");
        body(inner);
      }
    } else {
      f.range(from, to, step, (i) => {
        this.#index[axis] = i;
        body(inner);
        for (const { pointer, by } of moving) f.set(pointer, f.i32.add(pointer, by));
      });
    }
    this.#index[axis] = undefined;
  }

  /** Lines, one after the other for all vectors, and then what is stored of that part of the pass. */
  #write(lines: readonly number[], { pass, inner }: Placed, code: LaneCode, pointers: Pointers): void {
    for (const i of lines) this.#values[i] = this.#line(this.#kernel.lines[i]!, code, pointers);
    for (const store of this.#kernel.stores) {
      if (store.pass !== pass || store.inner !== inner) continue;
      const vectors = this.#vectors(code);
      // V8 joins two stores of neighbours into one only if the upper one is first: what is out of bounds must be seen in the same order.
      for (let u = vectors.length - 1; u >= 0; u--) {
        const value = inner ? this.#value(store.line, u) : this.#plain(store.line, u);
        code.store(pointers.get(store.access)!, value, this.#reach(store.access, code, vectors[u]!, u));
      }
    }
  }

  /** Valid lanes of each vector; scalar code has one. */
  #vectors(code: LaneCode): readonly number[] {
    return code.count === 1 ? [1] : this.#valid;
  }

  /** What a line gave for a vector, also where it was computed once a row. */
  #value(i: number, u: number): Typed {
    return this.#spread.get(i) ?? this.#plain(i, u);
  }

  #plain(i: number, u: number): Typed {
    const values = this.#values[i]!;
    return values[Math.min(u, values.length - 1)]!;
  }

  #line(line: Line, code: LaneCode, pointers: Pointers): readonly Typed[] {
    switch (line.kind) {
      case "load":
        return this.#load(line.access, code, pointers.get(line.access)!);
      case "constant":
        return [code.constant(line.value, line.dtype)];
      case "position":
        return this.#vectors(code).map((_, u) => this.#position(line, code, u));
      case "gate":
        return this.#vectors(code).map((_, u) => code.gate(line.work, line.operands.map((i) => (line.inner ? this.#value(i, u) : this.#plain(i, u))), line.dtype));
      case "fold":
        throw new RangeError("a fold is no line of its own");
    }
  }

  /** An affine function of the index at the first lane of a vector. */
  #affine(offset: number, coef: readonly number[], u: number): Value<"i32"> {
    const f = this.#f;
    const { lanes, count } = this.#shape;
    const start = lanes === undefined ? offset : offset + coef[lanes]! * u * count;
    return coef.reduce<Value<"i32">>((sum, c, axis) => {
      const i = this.#index[axis];
      return c === 0 || i === undefined ? sum : f.i32.add(sum, c === 1 ? i : f.i32.mul(i, c));
    }, f.copy<"i32">(start, "i32"));
  }

  #position({ row, kind, dtype }: Extract<Line, { kind: "position" | "fold" }>, code: LaneCode, u: number): Typed {
    const step = this.#shape.lanes === undefined ? 0 : row.coef[this.#shape.lanes]!;
    return code.position(this.#affine(row.offset, row.coef, code.count === 1 ? 0 : u), step, kind === "fold" ? "float64" : dtype);
  }

  #reach({ strides, buffer }: Access, code: LaneCode, valid: number, u: number): Reach {
    const stride = code.count === 1 ? 0 : strides[this.#shape.lanes!]!;
    return { stride, valid, offset: stride * u * code.count * bytesOf(buffer.dtype) };
  }

  #load(access: Access, code: LaneCode, pointer: Value<"i32">): readonly Typed[] {
    const { buffer, guards, fill } = access;
    const { dtype } = buffer;
    const vectors = this.#vectors(code).map((valid, u) => ({ u, reach: this.#reach(access, code, valid, u) }));
    if (guards.length === 0) return vectors.map(({ reach }) => code.load(pointer, dtype, reach));
    if (code.count === 1) return [code.loadIf(this.#inside(access, 0, 0), pointer, dtype, fill)];
    const f = this.#f;
    const raws = vectors.map(() => code.raw(dtype, fill));
    // Where the first lane is outside its address may be below 0, and no offset leads back from there.
    const at = (by: number): Value<"i32"> => (by === 0 ? pointer : f.i32.add(pointer, by));
    const load = (i: number): void => code.loadLanes(raws[i]!, at(vectors[i]!.reach.offset), dtype, { ...vectors[i]!.reach, offset: 0 });
    if (guards.every(({ coef }) => coef[this.#shape.lanes!] === 0)) f.if(this.#inside(access, 0, 0), () => vectors.forEach((_, i) => load(i)));
    else {
      vectors.forEach(({ u, reach }, i) => {
        const one = (lane: number): void =>
          code.loadLane(raws[i]!, at(reach.offset + reach.stride * lane * bytesOf(dtype)), dtype, { stride: 0, offset: 0, valid: reach.valid }, lane);
        // Between two lanes that are inside there is none outside.
        f.if(f.i32.and(this.#inside(access, u, 0), this.#inside(access, u, reach.valid - 1)), () => load(i), () => {
          for (let lane = 0; lane < reach.valid; lane++) f.if(this.#inside(access, u, lane), () => one(lane));
        });
      });
    }
    return raws.map((raw) => code.decode(raw, dtype));
  }

  #inside({ guards }: Access, u: number, lane: number): Value<"i32"> {
    const step = (coef: readonly number[]): number => (lane === 0 ? 0 : coef[this.#shape.lanes!]! * lane);
    return guards
      .map(({ offset, coef, size }) => this.#f.i32.ltU(this.#affine(offset + step(coef), coef, u), size))
      .reduce((a, b) => this.#f.i32.and(a, b));
  }
}
