/** What a loop kernel does, point by point, written into a function. */
import type { FoldLine, Line, LoopKernel, Placed } from "../../ir/kernel.ts";
import type { Num } from "../../ir/lanes.types.ts";
import { once } from "../../ir/once.ts";
import type { FunctionBuilder } from "../wasm/function.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import type { TileTarget } from "../wasm/tile.ts";
import type { Variable } from "../wasm/values.ts";
import { neededInside } from "./chunks.ts";
import { begin, combine, numbersOf, result, type State, together } from "./fold-states.ts";
import { LaneCode, type Typed } from "./lane-code.ts";
import { LoopPoint } from "./loop-point.ts";
import type { LoopShape } from "./loop-shape.ts";
import { type Bound, movingFrom, type Places, placesAt } from "./places.ts";
import type { Room } from "./room.ts";

/** From one point of an axis up to another. */
type Range = readonly [from: Bound, to: Bound];

export class LoopBody {
  readonly #f: FunctionBuilder;
  readonly #kernel: LoopKernel;
  readonly #shape: LoopShape;
  readonly #vector: LaneCode;
  readonly #scalar: LaneCode;
  /** Whether folds run along the lanes. */
  readonly #along: boolean;
  /** Whether both points of a pair are folded. */
  readonly #inPairs: boolean;
  /** What each line gives: a value for each vector, or one for all of them. */
  readonly #values: (readonly Typed[])[] = [];
  /** Of what is computed once a row, or once for a pair, what stands in the lanes of each vector, or of all of them. */
  readonly #spread = new Map<number, readonly Typed[]>();
  readonly #here: LoopPoint;
  /** Whether all turns run the same code: V8 joins vectors into wider ones for one store, and not for another one again. */
  #inTurns = false;
  /** Of the folds of the pass that is being written. */
  #states: readonly State[] = [];
  /** What the ends of a range along the lanes are multiples of. */
  #unit = 0;

  constructor(module: ModuleBuilder, f: FunctionBuilder, kernel: LoopKernel, shape: LoopShape, target: Pick<TileTarget, "fma" | "wide">) {
    const { lanes, width, pair } = shape;
    this.#f = f;
    this.#kernel = kernel;
    this.#shape = shape;
    this.#scalar = new LaneCode(module, f, width, 0);
    this.#vector = lanes === undefined ? this.#scalar : new LaneCode(module, f, width, 1, target);
    this.#along = lanes !== undefined && lanes >= kernel.kept;
    this.#inPairs = pair !== undefined && pair >= kernel.kept;
    this.#here = new LoopPoint(f, kernel, shape);
  }

  /** Points `from` to `to` of the outermost axis that is kept. */
  kept(places: Places, from: Bound, to: Bound): void {
    const [{ kept }, { lines }] = [this.#shape, this.#kernel];
    // Axes that are folded may all have had one point, and are gone.
    if (lines.some(({ inner }) => inner)) return this.#nest(kept, places, [[from, to]], [], (at) => this.point(at));
    const all = lines.map((_, i) => i);
    this.#nest(kept, places, [[from, to]], all, (at, rest) => this.#write(rest, { pass: 0, inner: false }, this.#vector, at));
  }

  /**
   * A loop without folds from some point up to another along each axis. Along the one in lanes both are multiples of
   * `unit`, but for the end of the axis.
   */
  region(places: Places, ranges: readonly Range[], unit: number): void {
    this.#unit = unit;
    const { kept } = this.#shape;
    const all = this.#kernel.lines.map((_, i) => i);
    this.#nest(kept, places, kept.map((axis) => ranges[axis]), all, (at, rest) => this.#write(rest, { pass: 0, inner: false }, this.#vector, at));
  }

  /** A point of the axes that are kept, or as many as there are lanes. */
  point(places: Places): void {
    this.#spread.clear();
    for (let pass = 0; pass <= this.#last; pass++) this.#pass(pass, places);
  }

  /** The states that the folds of the first pass have behind points `from` to `to` of the outermost axis that is folded, into the room. */
  partial(places: Places, room: Room, from: Bound, to: Bound): void {
    const code = this.#outerCode;
    const outer = neededInside(this.#kernel);
    this.#nest(this.#shape.kept, places, [], [], (at) => {
      this.#spread.clear();
      // Nothing that is there once is stored here: others do the same.
      for (const i of outer) this.#values[i] = this.#line(this.#kernel.lines[i]!, code, at);
      for (const [i, state] of this.#inner(0, at, [from, to])) {
        const numbers = this.#settled(i, state);
        room.states.get(i)!.forEach((spot, part) => {
          const { pointer, offset } = at.get(spot)!;
          this.#here.vectors(code).forEach((valid, u) => {
            const reach = this.#here.reach(spot, code, valid, u);
            code.store(pointer, { dtype: spot.buffer.dtype, lanes: numbers[u]![part]! }, { ...reach, offset: offset + reach.offset });
          });
        });
      }
      code.forget();
    });
  }

  /** The states of all chunks one after the other, and what follows from the folds, for points `from` to `to` of the outermost axis that is kept. */
  total(places: Places, { states, bytes }: Room, chunks: number, from: Bound, to: Bound): void {
    const [f, code] = [this.#f, this.#outerCode];
    this.#nest(this.#shape.kept, places, [[from, to]], [], (at) => {
      this.#spread.clear();
      this.#outer(0, at);
      const vectors = this.#here.vectors(code);
      const folds = [...states].map(([i, spots]) => ({ i, spots, state: begin(f, this.#fold(i), code, vectors.length) }));
      f.range(0, chunks * bytes, bytes, (by) => {
        for (const { i, spots, state } of folds) {
          const loaded = spots.map((spot) => {
            const { pointer, offset } = at.get(spot)!;
            const chunk = f.i32.add(pointer, by);
            return vectors.map((valid, u) => {
              const reach = this.#here.reach(spot, code, valid, u);
              return code.load(chunk, spot.buffer.dtype, { ...reach, offset: offset + reach.offset }).lanes as Num;
            });
          });
          state.forEach((parts, u) => combine(f, this.#fold(i), parts, loaded.map((numbers) => numbers[u]!), code));
        }
      });
      for (const { i, state } of folds) this.#values[i] = state.map((parts) => result(this.#fold(i), numbersOf(parts, code), code));
      for (let pass = 1; pass <= this.#last; pass++) this.#pass(pass, at);
    });
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

  #pass(pass: number, places: Places): void {
    this.#outer(pass, places);
    const code = this.#outerCode;
    for (const [i, state] of this.#inner(pass, places)) this.#values[i] = this.#settled(i, state).map((numbers) => result(this.#fold(i), numbers, code));
  }

  /** The numbers of a state behind a pass, for each vector of what is outside of it. */
  #settled(i: number, state: State): readonly (readonly Num[])[] {
    const code = this.#outerCode;
    if (this.#along) return [together(this.#fold(i), state, this.#vector).map((part) => this.#vector.first(part, code))];
    const states = state.map((parts) => numbersOf(parts, code));
    return this.#inPairs ? this.#here.ofPairs(states, code, (s, t) => this.#fold(i).fold.combine(code.k, s, t)) : states;
  }

  get #outerCode(): LaneCode {
    return this.#along ? this.#scalar : this.#vector;
  }

  #outer(pass: number, places: Places): void {
    const at = { pass, inner: false };
    // What a fold gives is there before the lines of the next pass.
    this.#write(this.#linesAt(at), at, this.#outerCode, places);
  }

  #linesAt({ pass, inner }: Placed): number[] {
    return this.#kernel.lines.flatMap((line, i) => (line.kind !== "fold" && line.pass === pass && line.inner === inner ? [i] : []));
  }

  /** One pass over the axes that are folded; gives the states of its folds. */
  #inner(pass: number, places: Places, bounds?: Range): ReadonlyMap<number, State> {
    const { lanes, vectors, count } = this.#shape;
    const [here, folds] = [this.#linesAt({ pass, inner: true }), this.#folds(pass)];
    const stores = this.#kernel.stores.filter((store) => store.inner && store.pass === pass);
    const states = new Map<number, State>();
    if (folds.length + stores.length === 0) return states;
    if (this.#inPairs) this.#here.inPairs = true;
    this.#inTurns = this.#vector.k.options.wide === true && this.#inPairs && stores.length > 0;
    if (this.#along || this.#inPairs) this.#spreadFor([...here, ...folds], stores.map(({ line }) => line));
    const side = this.#along ? Math.min(vectors, Math.ceil(this.#kernel.axes[lanes!]! / count)) : this.#here.vectors(this.#vector).length;
    for (const i of folds) states.set(i, begin(this.#f, this.#fold(i), this.#vector, Math.max(1, side)));
    this.#states = [...states.values()];
    this.#nest(this.#shape.folded, places, [bounds], here, (at, rest) => {
      this.#write(rest, { pass, inner: true }, this.#vector, at);
      for (const [i, state] of states) this.#takeIn(i, state);
    });
    if (this.#inPairs) {
      this.#beside();
      this.#here.inPairs = false;
    }
    this.#inTurns = false;
    return states;
  }

  /** What is computed once a row in all lanes, and what is computed once for a pair in those of both points. */
  #spreadFor(lines: readonly number[], stored: readonly number[]): void {
    const wanted = new Set(stored);
    for (const i of lines) {
      const line = this.#kernel.lines[i]!;
      if (line.kind === "gate" || line.kind === "fold") for (const operand of line.operands) wanted.add(operand);
    }
    for (const i of wanted) {
      const { kind, inner } = this.#kernel.lines[i]!;
      if ((kind === "fold" || !inner) && !this.#spread.has(i)) this.#spread.set(i, this.#along ? [this.#vector.spread(this.#values[i]![0]!)] : this.#here.twice(this.#values[i]!, this.#vector));
    }
  }

  /**
   * V8 looks for what it can join behind stores, and behind sums of whole numbers: one of each two states, which nobody
   * needs, shows it those that are never stored.
   */
  #beside(): void {
    if (!this.#along && !this.#inPairs) return;
    const { i32x4 } = this.#f;
    for (const state of this.#states) {
      for (let u = 1; u < state.length; u += 2) state[u]!.forEach((part, i) => i32x4.add(state[u - 1]![i] as Variable<"v128">, part as Variable<"v128">));
    }
  }

  #takeIn(i: number, state: State): void {
    const line = this.#fold(i);
    const code = this.#vector;
    const positions = once(() => this.#here.positions(line, code));
    this.#here.vectors(code).forEach((valid, u) => {
      const lifted = line.fold.lift(code.k, code.number(this.#value(line.operands[0]!, u)), () => positions()[u]!.lanes as Num);
      combine(this.#f, line, state[u]!, lifted, code, this.#along && valid < code.count ? code.firstLanes(valid) : undefined);
    });
  }

  /** Runs axes one inside the other, in whole or in part. Loads of `lines` that stay the same along the innermost one are done in front of it; the body does the rest. */
  #nest(axes: readonly number[], places: Places, [bounds, ...others]: readonly (Range | undefined)[], lines: readonly number[], body: (places: Places, rest: readonly number[]) => void): void {
    const [axis, ...further] = axes;
    if (axis === undefined) return body(places, lines);
    const [from, to] = bounds ?? [0, this.#kernel.axes[axis]!];
    const rest = further.length > 0 ? lines : this.#hoist(axis, lines, places);
    const run = axis !== this.#shape.lanes ? this.#run : this.#unit > 0 ? this.#runAnywhere : this.#runLanes;
    run.call(this, axis, from, to, places, (at) => this.#nest(further, at, others, rest, body));
  }

  #hoist(axis: number, lines: readonly number[], places: Places): readonly number[] {
    const valid = this.#here.valid;
    const { lanes, pair } = this.#shape;
    if (axis === lanes) this.#here.valid = [this.#vector.count];
    const rest = lines.filter((i) => {
      const line = this.#kernel.lines[i]!;
      if (line.kind !== "load" || line.access.strides[axis] !== 0 || (pair !== undefined && line.access.strides[pair] !== 0) || line.access.guards.some(({ coef }) => coef[axis] !== 0)) return true;
      this.#values[i] = this.#line(line, this.#vector, places);
      return false;
    });
    this.#here.valid = valid;
    return rest;
  }

  #run(axis: number, from: Bound, to: Bound, places: Places, body: (places: Places) => void): void {
    this.#loop(axis, from, to, 1, places, body);
  }

  /** The axis in lanes: all vectors side by side as long as they are full, then once as many as the rest needs. */
  #runLanes(axis: number, from: Bound, to: Bound, places: Places, body: (places: Places) => void): void {
    const f = this.#f;
    const { count, vectors } = this.#shape;
    const n = this.#kernel.axes[axis]!;
    const step = count * vectors;
    const full = n - (n % step);
    const before = this.#here.valid;
    if (full > 0) {
      this.#here.valid = new Array<number>(vectors).fill(count);
      const end = typeof to === "number" ? Math.min(to, full) : full === n ? to : f.least(to, full);
      this.#loop(axis, from, end, step, places, body);
      this.#beside();
    }
    if (full < n) {
      const rest = (): void => {
        this.#here.valid = Array.from({ length: Math.ceil((n - full) / count) }, (_, u) => Math.min(count, n - full - u * count));
        this.#loop(axis, full, full + 1, step, places, body);
      };
      if (typeof to === "number") rest();
      else f.if(f.i32.gtS(to, full), rest);
      this.#vector.forget();
    }
    this.#here.valid = before;
  }

  /** The axis in lanes between any two points: as many vectors side by side as may be, then single ones, then lane by lane. */
  #runAnywhere(axis: number, from: Bound, to: Bound, places: Places, body: (places: Places) => void): void {
    const f = this.#f;
    const { count, vectors } = this.#shape;
    const ends = [this.#unit, this.#kernel.axes[axis]!];
    const before = this.#here.valid;
    let at = from;
    let done: number | undefined;
    for (const valid of [...(vectors > 1 ? [new Array<number>(vectors).fill(count)] : []), [count], [1]]) {
      if (done !== undefined && ends.every((end) => end % done! === 0)) break;
      const step = (done = valid.reduce((sum, lanes) => sum + lanes, 0));
      const left = f.i32.sub(f.copy<"i32">(to, "i32"), at);
      const end = f.copy<"i32">(f.i32.add(f.i32.sub(left, f.i32.remU(left, step)), at), "i32");
      this.#here.valid = valid;
      this.#loop(axis, at, end, step, places, body);
      at = end;
    }
    this.#here.valid = before;
  }

  #loop(axis: number, from: Bound, to: Bound, step: number, places: Places, body: (places: Places) => void): void {
    const f = this.#f;
    const { index } = this.#here;
    if (typeof from === "number" && typeof to === "number" && (to - from <= step || (this.#shape.short.has(axis) && !this.#inTurns))) {
      for (let i = from; i < to; i += step) {
        index[axis] = f.copy<"i32">(i, "i32");
        body(placesAt(f, places, axis, i));
      }
    } else {
      this.#vector.forget();
      const { places: inner, next, growing } = movingFrom(f, places, axis, from, step);
      if (growing === undefined || this.#here.asks(axis)) {
        f.range(from, to, step, (i) => {
          index[axis] = i;
          body(inner);
          next();
        });
      } else {
        const { pointer, by } = growing;
        const bytes = typeof from === "number" && typeof to === "number" ? (to - from) * by : f.i32.mul(f.i32.sub(f.copy<"i32">(to, "i32"), from), by);
        const end = f.copy<"i32">(f.i32.add(pointer, bytes), "i32");
        // Behind an `if` as in `range`.
        f.if(f.i32.ltS(f.copy<"i32">(from, "i32"), to), () =>
          f.loop((again) => {
            body(inner);
            next();
            f.branchIf(f.i32.ltU(pointer, end), again);
          }),
        );
      }
      this.#vector.forget();
    }
    index[axis] = undefined;
  }

  /** Lines, one after the other for all vectors, and then what is stored of that part of the pass. */
  #write(lines: readonly number[], { pass, inner }: Placed, code: LaneCode, places: Places): void {
    for (const i of lines) this.#values[i] = this.#line(this.#kernel.lines[i]!, code, places);
    for (const store of this.#kernel.stores) {
      if (store.pass !== pass || store.inner !== inner) continue;
      const { pointer, offset } = places.get(store.access)!;
      const vectors = this.#here.vectors(code);
      // V8 joins two stores of neighbours into one only where the upper one is first: it must see the same one go out of bounds.
      for (let u = vectors.length - 1; u >= 0; u--) {
        const reach = this.#here.reach(store.access, code, vectors[u]!, u);
        code.store(pointer, inner ? this.#value(store.line, u) : this.#plain(store.line, u), { ...reach, offset: offset + reach.offset });
      }
      code.forget();
    }
  }

  /** What a line gave for a vector, also where it was computed once a row, or once for a pair. */
  #value(i: number, u: number): Typed {
    const spread = this.#spread.get(i);
    return spread?.[Math.min(u, spread.length - 1)] ?? this.#plain(i, u);
  }

  #plain(i: number, u: number): Typed {
    const values = this.#values[i]!;
    return values[Math.min(u, values.length - 1)]!;
  }

  #line(line: Line, code: LaneCode, places: Places): readonly Typed[] {
    switch (line.kind) {
      case "load":
        return this.#here.load(line.access, code, places.get(line.access)!);
      case "constant":
        return [code.constant(line.value, line.dtype)];
      case "position":
        return this.#here.positions(line, code);
      case "gate": {
        const operands = line.operands.map((i) => (u: number) => (line.inner ? this.#value(i, u) : this.#plain(i, u)));
        // What is the same in all vectors is computed once.
        const isOne = line.operands.every((i) => (this.#spread.get(i) ?? this.#values[i]!).length === 1);
        return this.#here.vectors(code).slice(0, isOne ? 1 : undefined).map((_, u) => code.gate(line.work, operands.map((of) => of(u)), line.dtype));
      }
      case "fold":
        throw new RangeError("a fold is no line of its own");
    }
  }
}
