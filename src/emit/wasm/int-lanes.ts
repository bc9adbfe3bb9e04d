/** Whole numbers in lanes. */
import type { Int, IntLanes, IntLike, Mask, Num } from "../../ir/lanes.types.ts";
import type { FunctionBuilder } from "./function.ts";
import { pack, packedConstant, partsOf, type LaneOptions } from "./packed.ts";
import type { Operand, Value } from "./values.ts";

export class WasmIntLanes implements IntLanes {
  readonly #f: FunctionBuilder;
  readonly #options: LaneOptions;

  constructor(f: FunctionBuilder, options: LaneOptions) {
    this.#f = f;
    this.#options = options;
  }

  constant(x: number | bigint): Int {
    const { vectors, width } = this.#options;
    if (vectors === 0) return pack([width === 32 ? this.#f.copy<"i32">(Number(x), "i32") : this.#f.copy<"i64">(BigInt(x), "i64")]);
    const value = packedConstant(this.#f, width, BigInt(x));
    return pack(Array.from({ length: vectors }, () => value));
  }

  add(a: Int, b: IntLike): Int {
    return this.#binary("add", a, b);
  }
  sub(a: IntLike, b: IntLike): Int {
    return this.#binary("sub", a, b);
  }
  mul(a: Int, b: IntLike): Int {
    return this.#binary("mul", a, b);
  }
  and(a: Int, b: IntLike): Int {
    return this.#binary("and", a, b);
  }
  or(a: Int, b: IntLike): Int {
    return this.#binary("or", a, b);
  }
  xor(a: Int, b: IntLike): Int {
    return this.#binary("xor", a, b);
  }

  shl(a: Int, by: number): Int {
    return this.#shift("shl", a, by);
  }
  shrU(a: Int, by: number): Int {
    return this.#shift("shrU", a, by);
  }
  shrS(a: Int, by: number): Int {
    return this.#shift("shrS", a, by);
  }

  shlEach(a: Int, by: Int): Int {
    return this.#shiftEach("shl", a, by);
  }
  shrUEach(a: Int, by: Int): Int {
    return this.#shiftEach("shrU", a, by);
  }

  eq(a: Int, b: IntLike): Mask {
    return this.#compare("eq", a, b);
  }
  lt(a: Int, b: IntLike): Mask {
    return this.#compare("ltS", a, b);
  }

  select(mask: Mask, a: IntLike, b: IntLike): Int {
    return this.choose(mask, this.#parts(a), this.#parts(b));
  }

  /** `select` on whatever the parts mean. A mask holds ones or zeros only, so the relaxed choice is the same one. */
  choose<T extends Int | Num>(mask: Mask, a: readonly Value[], b: readonly Value[]): T {
    const f = this.#f;
    return pack(
      partsOf(mask).map((m, i) => {
        if (m.type !== "v128") return f.select(a[i]!, b[i]!, m as Value<"i32">);
        const [x, y] = [a[i] as Value<"v128">, b[i] as Value<"v128">];
        const mask128 = m as Value<"v128">;
        if (!this.#options.fma) return f.v128.bitselect(x, y, mask128);
        return this.#options.width === 32 ? f.i32x4.relaxedLaneselect(x, y, mask128) : f.i64x2.relaxedLaneselect(x, y, mask128);
      }),
    );
  }

  #parts(x: IntLike): readonly Value[] {
    return partsOf(typeof x === "object" ? x : this.constant(x));
  }

  #binary(name: "add" | "sub" | "mul" | "and" | "or" | "xor", a: IntLike, b: IntLike): Int {
    const { i32, i64, i32x4, i64x2, v128 } = this.#f;
    const { vectors, width } = this.#options;
    if (vectors > 0) {
      const [x, y] = [this.#parts(a), this.#parts(b)] as [readonly Value<"v128">[], readonly Value<"v128">[]];
      if (name === "and" || name === "or" || name === "xor") return pack(x.map((part, i) => v128[name](part, y[i]!)));
      return pack(x.map((part, i) => (width === 32 ? i32x4 : i64x2)[name](part, y[i]!)));
    }
    if (width === 32) return pack([i32[name](this.#scalar(a) as Operand<"i32">, this.#scalar(b) as Operand<"i32">)]);
    return pack([i64[name](this.#scalar(a) as Operand<"i64">, this.#scalar(b) as Operand<"i64">)]);
  }

  #shift(name: "shl" | "shrU" | "shrS", a: Int, by: number): Int {
    const { i32, i64, i32x4, i64x2 } = this.#f;
    const { vectors, width } = this.#options;
    if (vectors > 0) return pack(partsOf(a).map((part) => (width === 32 ? i32x4 : i64x2)[name](part as Value<"v128">, by)));
    return pack(partsOf(a).map((v) => (width === 32 ? i32[name](v as Value<"i32">, by) : i64[name](v as Value<"i64">, BigInt(by)))));
  }

  #shiftEach(name: "shl" | "shrU", a: Int, by: Int): Int {
    const { i32, i64, i32x4, i64x2 } = this.#f;
    const counts = partsOf(by);
    return pack(
      partsOf(a).map((part, i) => {
        const count = counts[i]!;
        if (part.type === "i32") return i32[name](part as Value<"i32">, count as Value<"i32">);
        if (part.type === "i64") return i64[name](part as Value<"i64">, count as Value<"i64">);
        const [x, n] = [part as Value<"v128">, count as Value<"v128">];
        if (this.#options.width === 32) {
          return [0, 1, 2, 3].reduce((out, lane) => i32x4.replaceLane(out, i32[name](i32x4.extractLane(x, lane), i32x4.extractLane(n, lane)), lane), x);
        }
        return [0, 1].reduce((out, lane) => i64x2.replaceLane(out, i64[name](i64x2.extractLane(x, lane), i64x2.extractLane(n, lane)), lane), x);
      }),
    );
  }

  #compare(name: "eq" | "ltS", a: Int, b: IntLike): Mask {
    const { i32, i64, i32x4, i64x2 } = this.#f;
    const { vectors, width } = this.#options;
    if (vectors > 0) {
      const y = this.#parts(b) as readonly Value<"v128">[];
      return pack(partsOf(a).map((part, i) => (width === 32 ? i32x4 : i64x2)[name](part as Value<"v128">, y[i]!)));
    }
    if (width === 32) return pack([i32[name](this.#scalar(a) as Operand<"i32">, this.#scalar(b) as Operand<"i32">)]);
    return pack([i64[name](this.#scalar(a) as Operand<"i64">, this.#scalar(b) as Operand<"i64">)]);
  }

  #scalar(x: IntLike): Operand<"i32"> | Operand<"i64"> {
    if (typeof x === "object") return partsOf(x)[0] as Value<"i32">;
    return this.#options.width === 32 ? Number(x) : (BigInt(x) as unknown as Operand<"i64">);
  }
}
