/** The point that a loop's code is being written for, and the vectors of points beside it: what they read, and where they write. */
import { bytesOf } from "../../ir/dtype.ts";
import type { Access, Line, LoopKernel } from "../../ir/kernel.ts";
import type { Row } from "../../ir/work.ts";
import type { FunctionBuilder } from "../wasm/function.ts";
import type { Value } from "../wasm/values.ts";
import type { LaneCode, Reach, Typed } from "./lane-code.ts";
import type { LoopShape } from "./loop-shape.ts";
import type { Place } from "./places.ts";

export class LoopPoint {
  /** The index along each axis that is being run, at the first lane. */
  readonly index: (Value<"i32"> | undefined)[];
  /** For each vector that is worked on side by side how many of its lanes hold points; of pairs of vectors for both. */
  valid: readonly number[];
  readonly #f: FunctionBuilder;
  readonly #shape: LoopShape;
  /** Axes whose index is asked for, and not only where it leads. */
  readonly #asked: ReadonlySet<number>;

  constructor(f: FunctionBuilder, { axes, lines }: LoopKernel, shape: LoopShape) {
    this.#f = f;
    this.#shape = shape;
    this.index = axes.map(() => undefined);
    this.valid = [shape.count];
    const rows = lines.flatMap((line): readonly Row[] => (line.kind === "load" ? line.access.guards : line.kind === "position" || line.kind === "fold" ? [line.row] : []));
    this.#asked = new Set(axes.flatMap((_, axis) => (rows.some(({ coef }) => coef[axis] !== 0) ? [axis] : [])));
  }

  /** Whether the index along an axis is a number of its own in the code. */
  asks(axis: number): boolean {
    return this.#asked.has(axis);
  }

  /** Vectors along the lanes, each with so many valid lanes. */
  side(valid: readonly number[]): void {
    this.valid = this.#shape.pair === undefined ? valid : valid.flatMap((lanes) => [lanes, lanes]);
  }

  /** Whether a store's numbers lie between those of the vector beside it. */
  isPaired({ strides }: Access, code: LaneCode): boolean {
    const { pair, lanes } = this.#shape;
    return code.count > 1 && pair !== undefined && strides[pair] === 1 && strides[lanes!] === 2;
  }

  /** Valid lanes of each vector; scalar code has one. */
  vectors(code: LaneCode): readonly number[] {
    return code.count === 1 ? [1] : this.valid;
  }

  /** The positions of all vectors: what they have in common is computed once, so that V8 sees the same number in each. */
  positions({ row, dtype, kind }: Extract<Line, { kind: "position" | "fold" }>, code: LaneCode): readonly Typed[] {
    const first = this.#affine(row.offset, row.coef);
    const along = code.count === 1 ? 0 : row.coef[this.#shape.lanes!]!;
    return this.vectors(code).map((_, u) => code.position(first, along, this.#before(row.coef, code, u), kind === "fold" ? "float64" : dtype));
  }

  reach({ strides, buffer }: Access, code: LaneCode, valid: number, u: number): Reach {
    const stride = code.count === 1 ? 0 : strides[this.#shape.lanes!]!;
    return { stride, valid, offset: this.#before(strides, code, u) * bytesOf(buffer.dtype) };
  }

  /** The numbers of each vector, or of all of them where they are the same. */
  load(access: Access, code: LaneCode, { pointer, offset }: Place): readonly Typed[] {
    const { buffer, guards, fill, strides } = access;
    const { dtype } = buffer;
    const { lanes, pair } = this.#shape;
    const isOne = code.count > 1 && strides[lanes!] === 0 && guards.every(({ coef }) => coef[lanes!] === 0) && (pair === undefined || strides[pair] === 0);
    const all = this.vectors(code).map((valid, u) => ({ u, reach: this.reach(access, code, valid, u) }));
    const vectors = isOne ? all.slice(0, 1) : all;
    if (guards.length === 0) {
      const loaded = vectors.map(({ u, reach }) => (this.#repeats(strides, u) ? undefined : code.load(pointer, dtype, { ...reach, offset: reach.offset + offset })));
      return loaded.map((value, u) => value ?? loaded[u - 1]!);
    }
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

  /** Whether the second vector of a pair has the same numbers as the first. */
  #repeats(strides: readonly number[], u: number): boolean {
    return this.#shape.pair !== undefined && u % 2 === 1 && strides[this.#shape.pair] === 0;
  }

  /** How far in front of a vector's first lane the first vector's lies, along the coefficients of an index. */
  #before(coef: readonly number[], code: LaneCode, u: number): number {
    const { lanes, count, pair } = this.#shape;
    if (code.count === 1) return 0;
    return pair === undefined ? coef[lanes!]! * u * count : coef[lanes!]! * Math.floor(u / 2) * count + coef[pair]! * (u % 2);
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
