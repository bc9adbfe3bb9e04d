/** The point that a loop's code is being written for, and the vectors of points beside it: what they read, and where they write. */
import { bytesOf } from "../../ir/dtype.ts";
import type { Access, Line, LoopKernel } from "../../ir/kernel.ts";
import type { Num } from "../../ir/lanes.types.ts";
import type { Row } from "../../ir/work.ts";
import type { FunctionBuilder } from "../wasm/function.ts";
import type { Value } from "../wasm/values.ts";
import type { LaneCode, Reach, Typed } from "./lane-code.ts";
import type { LoopShape } from "./loop-shape.ts";
import type { Place, Spot } from "./places.ts";

export class LoopPoint {
  /** The index along each axis that is being run, at the first lane. */
  readonly index: (Value<"i32"> | undefined)[];
  /** For each vector that is worked on side by side how many of its lanes hold points, or pairs of them. */
  valid: readonly number[];
  /** Whether both points of a pair stand in lanes, one beside the other: not where their axis is folded, and only those that are kept are run. */
  inPairs: boolean;
  readonly #f: FunctionBuilder;
  readonly #shape: LoopShape;
  /** Axes whose index is asked for, and not only where it leads. */
  readonly #asked: ReadonlySet<number>;

  constructor(f: FunctionBuilder, { axes, kept, lines }: LoopKernel, shape: LoopShape) {
    this.#f = f;
    this.#shape = shape;
    this.index = axes.map(() => undefined);
    this.valid = [shape.count];
    this.inPairs = shape.pair !== undefined && shape.pair < kept;
    const rows = lines.flatMap((line): readonly Row[] => (line.kind === "load" ? line.access.guards : line.kind === "position" || line.kind === "fold" ? [line.row] : []));
    this.#asked = new Set(axes.flatMap((_, axis) => (rows.some(({ coef }) => coef[axis] !== 0) ? [axis] : [])));
  }

  /** Whether the index along an axis is a number of its own in the code. */
  asks(axis: number): boolean {
    return this.#asked.has(axis);
  }

  /** Valid lanes of each vector; scalar code has one. */
  vectors(code: LaneCode): readonly number[] {
    if (code.count === 1) return [1];
    if (!this.inPairs) return this.valid;
    const numbers = 2 * this.valid.reduce((sum, lanes) => sum + lanes, 0);
    return Array.from({ length: Math.ceil(numbers / code.count) }, (_, u) => Math.min(code.count, numbers - u * code.count));
  }

  /** What stands once for both points of a pair in the lanes of both. Numbers that are the same in all vectors are so still. */
  twice(values: readonly Typed[], code: LaneCode): readonly Typed[] {
    return values.length < this.valid.length ? values : this.vectors(code).map((_, u) => code.twice(values[Math.floor(u / 2)]!, u % 2));
  }

  /** States of both points of each pair as one, for each vector of pairs. */
  ofPairs(states: readonly (readonly Num[])[], code: LaneCode, combine: (s: readonly Num[], t: readonly Num[]) => readonly Num[]): readonly (readonly Num[])[] {
    return this.valid.map((_, v) => {
      const [low, high] = [states[2 * v]!, states[2 * v + 1] ?? states[2 * v]!];
      const points = (odd: number): readonly Num[] => low.map((part, i) => code.everySecond(part, high[i]!, odd));
      return combine(points(0), points(1));
    });
  }

  /** The positions of all vectors: what they have in common is computed once, so that V8 sees the same number in each. */
  positions({ row, dtype, kind }: Extract<Line, { kind: "position" | "fold" }>, code: LaneCode): readonly Typed[] {
    const { lanes, count, pair } = this.#shape;
    const first = this.#affine(row.offset, row.coef);
    const step = code.count === 1 ? 0 : row.coef[lanes!]!;
    const behind = (i: number): number => (this.inPairs ? row.coef[pair!]! * (i % 2) + step * Math.floor(i / 2) : step * i);
    return this.vectors(code).map((_, u) => code.position(first, Array.from({ length: count }, (_, lane) => behind(u * count + lane)), kind === "fold" ? "float64" : dtype));
  }

  reach({ strides, buffer }: Spot, code: LaneCode, valid: number, u: number): Reach {
    return { stride: this.#step(strides, code), valid, offset: this.#before(strides, code, u) * bytesOf(buffer.dtype) };
  }

  /** The numbers of each vector, or of all of them where they are the same. */
  load(access: Access, code: LaneCode, { pointer, offset }: Place): readonly Typed[] {
    const { buffer, guards, fill, strides } = access;
    const { dtype } = buffer;
    const { lanes, pair } = this.#shape;
    if (this.inPairs && strides[pair!] === 0 && strides[lanes!] !== 0) {
      this.inPairs = false;
      const once = this.load(access, code, { pointer, offset });
      this.inPairs = true;
      return this.twice(once, code);
    }
    const isOne = code.count > 1 && strides[lanes!] === 0 && guards.every(({ coef }) => coef[lanes!] === 0);
    const all = this.vectors(code).map((valid, u) => ({ u, reach: this.reach(access, code, valid, u) }));
    const vectors = isOne ? all.slice(0, 1) : all;
    if (guards.length === 0) return vectors.map(({ reach }) => code.load(pointer, dtype, { ...reach, offset: reach.offset + offset }));
    if (code.count === 1) return [code.loadIf(this.#inside(access, code, 0, 0), pointer, dtype, fill)];
    const f = this.#f;
    const raws = vectors.map(() => code.raw(dtype, fill));
    // Where the first lane is outside its address may be below 0, and no offset leads back from there.
    const at = (by: number): Value<"i32"> => (by === 0 ? pointer : f.i32.add(pointer, by));
    const load = (i: number): void => code.loadLanes(raws[i]!, at(vectors[i]!.reach.offset), dtype, { ...vectors[i]!.reach, offset: 0 });
    if (guards.every(({ coef }) => coef[this.#shape.lanes!] === 0)) f.if(this.#inside(access, code, 0, 0), () => vectors.forEach((_, i) => load(i)));
    else {
      vectors.forEach(({ u, reach }, i) => {
        const one = (lane: number): void =>
          code.loadLane(raws[i]!, at(reach.offset + reach.stride * lane * bytesOf(dtype)), dtype, { stride: 0, offset: 0, valid: reach.valid }, lane);
        // Between two lanes that are inside there is none outside.
        f.if(f.i32.and(this.#inside(access, code, u, 0), this.#inside(access, code, u, reach.valid - 1)), () => load(i), () => {
          for (let lane = 0; lane < reach.valid; lane++) f.if(this.#inside(access, code, u, lane), () => one(lane));
        });
      });
    }
    code.forget();
    return raws.map((raw) => code.decode(raw, dtype));
  }

  /** From one lane to the next, along the coefficients of an index. Two points of a pair and those of the next one are equally far apart. */
  #step(coef: readonly number[], code: LaneCode): number {
    const { lanes, pair } = this.#shape;
    return code.count === 1 ? 0 : coef[this.inPairs ? pair! : lanes!]!;
  }

  /** How far in front of a vector's first lane the first vector's lies. */
  #before(coef: readonly number[], code: LaneCode, u: number): number {
    return this.#step(coef, code) * u * this.#shape.count;
  }

  /** An affine function of the index at the first lane of the first vector. */
  #affine(offset: number, coef: readonly number[]): Value<"i32"> {
    const f = this.#f;
    return coef.reduce<Value<"i32">>((sum, c, axis) => {
      const i = this.index[axis];
      return c === 0 || i === undefined ? sum : f.i32.add(sum, c === 1 ? i : f.i32.mul(i, c));
    }, f.copy<"i32">(offset, "i32"));
  }

  #inside({ guards }: Access, code: LaneCode, u: number, lane: number): Value<"i32"> {
    const step = (coef: readonly number[]): number => (lane === 0 ? 0 : coef[this.#shape.lanes!]! * lane);
    return guards
      .map(({ offset, coef, size }) => this.#f.i32.ltU(this.#affine(offset + this.#before(coef, code, u) + step(coef), coef), size))
      .reduce((a, b) => this.#f.i32.and(a, b));
  }
}
