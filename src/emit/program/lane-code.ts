/**
 * Numbers of every type in the lanes of one loop. Narrow lanes hold float32 and 32-bit words side by side; wide ones hold
 * float64, and everything else as a float64 that is rounded to its own type after each operation, which is the meaning
 * that the interpreter gives it. Truth values are 0 and 1 with the mask behind them.
 */
import { type DType, bytesOf, isFloat, store as stored } from "../../ir/dtype.ts";
import type { GateWork } from "../../ir/kernel.ts";
import type { Int, Mask, Num } from "../../ir/lanes.types.ts";
import type { FunctionBuilder } from "../wasm/function.ts";
import { WasmIntLanes } from "../wasm/int-lanes.ts";
import { WasmLanes } from "../wasm/lanes.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import { pack, packedConstant, packedConstants, partsOf } from "../wasm/packed.ts";
import type { TileTarget } from "../wasm/tile.ts";
import type { Value, Variable } from "../wasm/values.ts";

/** What stands in the lanes, and as what type. Words of narrow lanes are whole numbers, all else is a `Num`. */
export interface Typed {
  readonly dtype: DType;
  readonly lanes: Num | Int;
}

/** Where lanes lie: the first so many bytes behind an address, the others so many numbers apart, and how many there are. */
export interface Reach {
  readonly stride: number;
  readonly offset: number;
  /** Lanes that hold numbers; whole vectors are loaded all the same where they lie side by side. */
  readonly valid: number;
}

/** What changes the code, and not what it does, but for fused multiply-add. */
const narrow: Pick<TileTarget, "fma" | "wide"> = { fma: false, wide: false };

const two32 = 2 ** 32;
const upperHalf = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];

export class LaneCode {
  readonly k: WasmLanes;
  readonly width: 32 | 64;
  /** How many numbers stand side by side: 1 in scalar code. */
  readonly count: number;
  readonly #f: FunctionBuilder;
  readonly #module: ModuleBuilder;
  readonly #words: WasmIntLanes;
  /** Vectors that were read one after the other from places that hold the same numbers still. */
  readonly #loaded = new Map<string, Value<"v128">>();

  constructor(module: ModuleBuilder, f: FunctionBuilder, width: 32 | 64, vectors: 0 | 1, { fma, wide } = narrow) {
    this.#module = module;
    this.#f = f;
    this.width = width;
    this.k = new WasmLanes(module, f, { width, vectors, fma, wide: wide && vectors > 0 });
    this.#words = new WasmIntLanes(f, { width: 32, vectors, fma: false });
    this.count = this.k.count;
  }

  constant(value: number, dtype: DType): Typed {
    const number = stored(dtype, value);
    return { dtype, lanes: this.#isWord(dtype) ? this.#words.constant(number | 0) : dtype === "bool" ? this.k.number(this.k.ne(this.k.constant(number), 0)) : this.k.constant(number) };
  }

  /** A gate of operands of its types. */
  gate(work: GateWork, operands: readonly Typed[], dtype: DType): Typed {
    if (work.kind === "convert") return this.convert(operands[0]!, dtype);
    if (work.kind === "words") {
      const words = work.formula(this.#words, ...operands.map((x) => this.#toWords(x)));
      return dtype === "bool" ? this.convert(this.#fromWords(words, "int32"), dtype) : this.#fromWords(words, dtype);
    }
    return this.#settled(work.formula(this.k, ...operands.map((x) => x.lanes as Num)), dtype);
  }

  /** As `cast`: towards 0 and modulo 2^32 for whole numbers, 1 for whatever is not 0 as a truth value. */
  convert(x: Typed, dtype: DType): Typed {
    if (dtype === x.dtype) return x;
    const number = this.#isWord(x.dtype) ? this.#numberOfWords(x.lanes as Int, x.dtype) : (x.lanes as Num);
    if (dtype === "bool") return { dtype, lanes: x.dtype === "bool" ? number : this.k.number(this.k.ne(number, 0)) };
    if (isFloat(dtype)) return this.#settled(number, dtype);
    // Words change their sign without another operation.
    if (this.#isWord(dtype) && this.#isWord(x.dtype)) return { dtype, lanes: x.lanes };
    return this.#wrapped(number, dtype);
  }

  /** A result of a fold, whose state is no bool and no word yet. */
  folded(x: Num, dtype: DType): Typed {
    return dtype === "bool" ? { dtype, lanes: this.k.number(this.k.gt(x, 0)) } : this.#settled(x, dtype);
  }

  /** The number that a fold begins with: of its operand's type, or wide enough for it. */
  number(x: Typed): Num {
    return this.#isWord(x.dtype) ? this.#numberOfWords(x.lanes as Int, x.dtype) : (x.lanes as Num);
  }

  /** Positions that are so far behind the first one. */
  position(first: Value<"i32">, steps: readonly number[], dtype: DType): Typed {
    const f = this.#f;
    if (this.count === 1) return this.#decodeWord(first, dtype);
    const behind = packedConstants(f, this.width === 64 ? "f64" : "i32", steps);
    if (this.width === 64) return this.#settled(pack<Num>([f.f64x2.add(f.f64x2.splat(f.f64.convertI32S(first)), behind)]), dtype);
    const words = f.i32x4.add(f.i32x4.splat(first), behind);
    return this.#isWord(dtype) ? { dtype, lanes: pack<Int>([words]) } : { dtype, lanes: pack<Num>([f.f32x4.convertI32x4S(words)]) };
  }

  /** The first `valid` lanes. */
  firstLanes(valid: number): Mask {
    const f = this.#f;
    const bits = Uint8Array.from({ length: 16 }, (_, byte) => (byte < (valid * this.width) / 8 ? 255 : 0));
    return pack<Mask>([f.atHead(`first ${valid} of ${this.count}`, () => f.v128Const(bits))]);
  }

  /** The states of all lanes as one, in a fixed order: halves first. Every lane holds the result. */
  across(state: readonly Num[], combine: (s: readonly Num[], t: readonly Num[]) => readonly Num[]): readonly Num[] {
    const f = this.#f;
    const turned = (by: readonly number[]) => (x: Num): Num => pack<Num>([f.i8x16.shuffle(this.#vector(x), this.#vector(x), by)]);
    const halves = combine(state, state.map(turned(upperHalf)));
    if (this.width === 64) return halves;
    return combine(halves, halves.map(turned([4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11])));
  }

  /** The first lane in scalar code. */
  first(x: Num, to: LaneCode): Num {
    const f = this.#f;
    if (this.count === 1) return x;
    return to.k.ofParts([this.width === 64 ? f.f64x2.extractLane(this.#vector(x), 0) : f.f32x4.extractLane(this.#vector(x), 0)]);
  }

  /** Numbers in the lanes from memory, the first `offset` bytes behind the address and the others `stride` numbers apart; 0 repeats one. */
  load(address: Value<"i32">, dtype: DType, { stride, offset, valid }: Reach): Typed {
    if (this.count === 1) return this.#loadScalar(address, dtype, offset);
    if (stride === 0 && offset >= 0 && dtype === (this.width === 32 ? "float32" : "float64")) return { dtype, lanes: this.k.loadSplat(address, offset) };
    if (stride === 0) return this.spread(this.#scalar.load(address, dtype, { stride, offset, valid: 1 }));
    if (stride === 1) return this.decode(this.#loadWhole(address, dtype, offset), dtype);
    const raw = this.raw(dtype);
    this.loadLanes(raw, address, dtype, { stride, offset, valid });
    return this.decode(raw, dtype);
  }

  /** All lanes as they lie in memory. */
  loadLanes(raw: Variable<"v128"> | Variable<"i32">, address: Value<"i32">, dtype: DType, reach: Reach): void {
    const { stride, offset, valid } = reach;
    if (stride === 1) this.#f.set(raw as Variable<"v128">, this.#loadWhole(address, dtype, offset) as Value<"v128">);
    else if (stride === 2 && raw.type === "v128" && this.count === 16 / bytesOf(dtype)) this.#f.set(raw, this.#everySecond(address, bytesOf(dtype), offset));
    else for (let lane = 0; lane < valid; lane++) this.loadLane(raw, address, dtype, reach, lane);
  }

  /** In scalar code: a number, or `fill` where the condition does not hold. */
  loadIf(condition: Value<"i32">, address: Value<"i32">, dtype: DType, fill: number): Typed {
    // Somewhere a number can be read whatever the condition is; the arena does not begin at 0.
    const x = this.#loadScalar(this.#f.select(address, this.#f.copy<"i32">(0, "i32"), condition), dtype);
    const otherwise = this.constant(fill, dtype);
    const mask = pack<Mask>([condition]);
    return { dtype, lanes: this.#isWord(dtype) ? this.#words.select(mask, x.lanes as Int, otherwise.lanes as Int) : this.k.select(mask, x.lanes as Num, otherwise.lanes as Num) };
  }

  /** Numbers as they lie in memory, for lanes that are filled one by one; `fill` at first. */
  raw(dtype: DType, fill = 0): Variable<"v128"> | Variable<"i32"> {
    const f = this.#f;
    const number = stored(dtype, fill);
    if (dtype === "bool") return f.variable("i32", number === 0 ? 0 : 0x01010101);
    if (bytesOf(dtype) === 8) return f.variable("v128", packedConstant(f, 64, number));
    return f.variable("v128", packedConstant(f, 32, dtype === "float32" ? number : BigInt(number | 0)));
  }

  loadLane(raw: Variable<"v128"> | Variable<"i32">, address: Value<"i32">, dtype: DType, reach: Reach, lane: number): void {
    const f = this.#f;
    const [at, offset] = this.#laneAt(address, dtype, reach, lane);
    if (raw.type === "i32") {
      const other = f.i32.and(raw, ~(0xff << (8 * lane)));
      return f.set(raw, f.i32.or(other, f.i32.shl(f.i32.load8U(at, offset), 8 * lane)));
    }
    f.set(raw, bytesOf(dtype) === 8 ? f.v128.load64Lane(at, raw, lane, offset) : f.v128.load32Lane(at, raw, lane, offset));
  }

  /** Offsets are never negative. */
  #laneAt(address: Value<"i32">, dtype: DType, { stride, offset }: Reach, lane: number): readonly [Value<"i32">, number] {
    const by = offset + stride * lane * bytesOf(dtype);
    return by < 0 ? [this.#f.i32.add(address, by), 0] : [address, by];
  }

  /** Numbers as they lie in memory, in lanes. */
  decode(raw: Value<"v128"> | Value<"i32">, dtype: DType): Typed {
    const f = this.#f;
    if (raw.type === "i32") return { dtype, lanes: this.k.number(this.#spread(raw)) };
    if (this.width === 32 || dtype === "float64") return { dtype, lanes: pack<Num>([raw]) };
    const wide = dtype === "float32" ? f.f64x2.promoteLowF32x4(raw) : dtype === "int32" ? f.f64x2.convertLowI32x4S(raw) : f.f64x2.convertLowI32x4U(raw);
    return { dtype, lanes: pack<Num>([wide]) };
  }

  /** The lanes into memory, as they are loaded; only the valid ones. */
  store(address: Value<"i32">, x: Typed, reach: Reach): void {
    if (this.count === 1) return this.#storeScalar(address, x, reach.offset);
    const raw = this.#encode(x);
    if (reach.stride === 1 && reach.valid === this.count) this.#storeWhole(address, raw, x.dtype, reach.offset);
    else for (let lane = 0; lane < reach.valid; lane++) this.#storeLane(address, raw, x.dtype, reach, lane);
  }

  /** The numbers of one half of the lanes, each in two lanes. */
  twice({ dtype, lanes }: Typed, half: number): Typed {
    const f = this.#f;
    const isBool = dtype === "bool";
    const x = this.#vector(isBool ? this.k.truth(lanes as Num) : lanes);
    let turned: Value<"v128">;
    if (this.k.options.wide && this.width === 32) {
      // V8 makes one of two vectors that are widened, and none of two that are shuffled.
      const apart = half === 0 ? f.i64x2.extendLowI32x4U(x) : f.i64x2.extendHighI32x4U(x);
      turned = f.v128.or(apart, f.i64x2.shl(apart, 32));
    } else turned = this.#lanesOf(x, x, (lane) => (half * this.count) / 2 + Math.floor(lane / 2));
    return { dtype, lanes: isBool ? this.k.number(pack<Mask>([turned])) : pack<Num | Int>([turned]) };
  }

  /** Every second number of two vectors. */
  everySecond(x: Num, y: Num, odd: number): Num {
    return pack<Num>([this.#lanesOf(this.#vector(x), this.#vector(y), (lane) => 2 * lane + odd)]);
  }

  /** A vector of lanes out of those of two. */
  #lanesOf(x: Value<"v128">, y: Value<"v128">, from: (lane: number) => number): Value<"v128"> {
    const size = 16 / this.count;
    return this.#f.i8x16.shuffle(x, y, Array.from({ length: 16 }, (_, byte) => size * from(Math.floor(byte / size)) + (byte % size)));
  }

  /**
   * Two vectors, of whose numbers every second one is taken; those before and behind them, which nobody asked for, may be
   * read too. An odd offset takes the others of the two vectors that the even one in front of it takes.
   */
  #everySecond(address: Value<"i32">, size: number, by: number): Value<"v128"> {
    const f = this.#f;
    const [at, offset] = by < 0 ? [f.i32.add(address, by), 0] : [address, by];
    const odd = (offset / size) % 2;
    return this.#lanesOf(this.#loadOnce(at, offset - odd * size), this.#loadOnce(at, offset - odd * size + 16), (lane) => 2 * lane + odd);
  }

  /** A vector that may have been read a moment ago. */
  #loadOnce(address: Value<"i32">, offset: number): Value<"v128"> {
    const key = `${address.id} ${offset}`;
    const known = this.#loaded.get(key) ?? this.#f.v128.load(address, offset);
    this.#loaded.set(key, known);
    return known;
  }

  /** Since then something was stored, or a pointer has moved, or code may have been passed over. */
  forget(): void {
    this.#loaded.clear();
  }

  /** Scalar code of the same width. */
  get #scalar(): LaneCode {
    return new LaneCode(this.#module, this.#f, this.width, 0);
  }

  #isWord(dtype: DType): boolean {
    return this.width === 32 && (dtype === "int32" || dtype === "uint32");
  }

  #vector(x: Num | Int | Mask): Value<"v128"> {
    return partsOf(x)[0] as Value<"v128">;
  }

  /** A number of scalar code in every lane. */
  spread(x: Typed): Typed {
    const f = this.#f;
    if (x.dtype === "bool") {
      const mask = f.i32x4.splat(f.i32.sub(0, partsOf(this.#scalar.k.truth(x.lanes as Num))[0] as Value<"i32">));
      return { dtype: "bool", lanes: this.k.number(pack<Mask>([mask])) };
    }
    const [part] = partsOf(x.lanes);
    if (this.#isWord(x.dtype)) return { dtype: x.dtype, lanes: pack<Int>([f.i32x4.splat(part as Value<"i32">)]) };
    return { dtype: x.dtype, lanes: this.k.splat(part as Value<"f32">) };
  }

  /** A float64 or float32 result as its type holds it. */
  #settled(x: Num, dtype: DType): Typed {
    if (this.width === 32 || dtype === "float64" || dtype === "bool") return { dtype, lanes: x };
    if (dtype !== "float32") return this.#wrapped(x, dtype);
    const f = this.#f;
    const rounded =
      this.count === 1
        ? f.f64.promoteF32(f.f32.demoteF64(partsOf(x)[0] as Value<"f64">))
        : f.f64x2.promoteLowF32x4(f.f32x4.demoteF64x2Zero(this.#vector(x)));
    return { dtype, lanes: pack<Num>([rounded]) };
  }

  /** A float as a whole number: towards 0, modulo 2^32; 0 for what is not finite. */
  #wrapped(x: Num, dtype: DType): Typed {
    const { k } = this;
    const whole = k.trunc(x);
    // Exact, and of the sign of x; NaN for what is not finite.
    const rest = k.sub(whole, k.mul(k.trunc(k.mul(whole, 1 / two32)), two32));
    if (this.width === 64) {
      const positive = k.select(k.lt(rest, 0), k.add(rest, two32), k.select(k.eq(rest, rest), k.add(rest, 0), 0));
      return { dtype, lanes: dtype === "int32" ? k.select(k.ge(positive, two32 / 2), k.sub(positive, two32), positive) : positive };
    }
    const f = this.#f;
    const size = partsOf(k.abs(rest))[0]!;
    const word = pack<Int>([this.count === 1 ? f.i32.truncSatF32U(size as Value<"f32">) : f.i32x4.truncSatF32x4U(size as Value<"v128">)]);
    return { dtype, lanes: this.#words.select(k.lt(rest, 0), this.#words.sub(0, word), word) };
  }

  #toWords({ dtype, lanes }: Typed): Int {
    if (this.#isWord(dtype)) return lanes as Int;
    const f = this.#f;
    const unsigned = dtype === "uint32";
    if (this.count === 1) {
      const x = partsOf(lanes)[0] as Value<"f64">;
      return pack<Int>([unsigned ? f.i32.truncSatF64U(x) : f.i32.truncSatF64S(x)]);
    }
    const x = this.#vector(lanes);
    return pack<Int>([unsigned ? f.i32x4.truncSatF64x2UZero(x) : f.i32x4.truncSatF64x2SZero(x)]);
  }

  #fromWords(x: Int, dtype: DType): Typed {
    if (this.width === 32) return { dtype, lanes: x };
    if (this.count === 1) return this.#decodeWord(partsOf(x)[0] as Value<"i32">, dtype);
    return this.decode(this.#vector(x), dtype);
  }

  #decodeWord(word: Value<"i32">, dtype: DType): Typed {
    const f = this.#f;
    if (this.#isWord(dtype)) return { dtype, lanes: pack<Int>([word]) };
    if (this.width === 32) return { dtype, lanes: pack<Num>([f.f32.convertI32S(word)]) };
    return this.#settled(pack<Num>([dtype === "uint32" ? f.f64.convertI32U(word) : f.f64.convertI32S(word)]), dtype);
  }

  #numberOfWords(x: Int, dtype: DType): Num {
    const f = this.#f;
    const signed = dtype === "int32";
    if (this.count === 1) {
      const word = partsOf(x)[0] as Value<"i32">;
      return pack<Num>([signed ? f.f32.convertI32S(word) : f.f32.convertI32U(word)]);
    }
    return pack<Num>([signed ? f.f32x4.convertI32x4S(this.#vector(x)) : f.f32x4.convertI32x4U(this.#vector(x))]);
  }

  /** A mask of the lanes from the bytes of a word. */
  #spread(bytes: Value<"i32">): Mask {
    const f = this.#f;
    const each = this.width === 32 ? [0, 8, 16, 24] : [0, 0, 8, 8];
    const byte = f.atHead(`bytes ${this.width}`, () => each.reduce((v, by, lane) => f.i32x4.replaceLane(v, 0xff << by, lane), f.i32x4.splat(0)));
    const zero = f.atHead("zero", () => f.i32x4.splat(0));
    return pack<Mask>([f.i32x4.ne(f.v128.and(f.i32x4.splat(bytes), byte), zero)]);
  }

  /** The lanes as they lie in memory. */
  #encode({ dtype, lanes }: Typed): Value<"v128"> | Value<"i32"> {
    const f = this.#f;
    if (dtype === "bool") {
      const mask = this.#vector(this.k.truth(lanes as Num));
      if (this.width === 32) return f.i32.and(f.i32.mul(f.i32x4.bitmask(mask), 0x00204081), 0x01010101);
      return f.i32.and(f.i32.mul(f.i64x2.bitmask(mask), 0x81), 0x0101);
    }
    const x = this.#vector(lanes);
    if (this.width === 32 || dtype === "float64") return x;
    return dtype === "float32" ? f.f32x4.demoteF64x2Zero(x) : dtype === "int32" ? f.i32x4.truncSatF64x2SZero(x) : f.i32x4.truncSatF64x2UZero(x);
  }

  #loadWhole(address: Value<"i32">, dtype: DType, by: number): Value<"v128"> | Value<"i32"> {
    const f = this.#f;
    const [at, offset] = by < 0 ? [f.i32.add(address, by), 0] : [address, by];
    if (dtype === "bool") return this.width === 32 ? f.i32.load(at, offset) : f.i32.load16U(at, offset);
    return this.width === 32 || dtype === "float64" ? f.v128.load(at, offset) : f.v128.load64Zero(at, offset);
  }

  #storeWhole(address: Value<"i32">, raw: Value<"v128"> | Value<"i32">, dtype: DType, offset: number): void {
    const f = this.#f;
    if (raw.type === "i32") return this.width === 32 ? f.i32.store(address, raw, offset) : f.i32.store16(address, raw, offset);
    if (this.width === 32 || dtype === "float64") f.v128.store(address, raw, offset);
    else f.v128.store64Lane(address, raw, 0, offset);
  }

  #storeLane(address: Value<"i32">, raw: Value<"v128"> | Value<"i32">, dtype: DType, reach: Reach, lane: number): void {
    const f = this.#f;
    const [at, offset] = this.#laneAt(address, dtype, reach, lane);
    if (raw.type === "i32") f.i32.store8(at, lane === 0 ? raw : f.i32.shrU(raw, 8 * lane), offset);
    else if (bytesOf(dtype) === 8) f.v128.store64Lane(at, raw, lane, offset);
    else f.v128.store32Lane(at, raw, lane, offset);
  }

  #loadScalar(address: Value<"i32">, dtype: DType, by = 0): Typed {
    const f = this.#f;
    const [at, offset] = by < 0 ? [f.i32.add(address, by), 0] : [address, by];
    if (dtype === "bool") return { dtype, lanes: this.k.number(pack<Mask>([f.i32.load8U(at, offset)])) };
    if (dtype === "float64") return { dtype, lanes: pack<Num>([f.f64.load(at, offset)]) };
    if (dtype === "float32") return { dtype, lanes: pack<Num>([this.width === 32 ? f.f32.load(at, offset) : f.f64.promoteF32(f.f32.load(at, offset))]) };
    return this.#decodeWord(f.i32.load(at, offset), dtype);
  }

  #storeScalar(address: Value<"i32">, { dtype, lanes }: Typed, offset: number): void {
    const f = this.#f;
    if (dtype === "bool") return f.i32.store8(address, partsOf(this.k.truth(lanes as Num))[0] as Value<"i32">, offset);
    const x = partsOf(lanes)[0]!;
    if (dtype === "float64") return f.f64.store(address, x as Value<"f64">, offset);
    if (dtype === "float32") return f.f32.store(address, this.width === 32 ? (x as Value<"f32">) : f.f32.demoteF64(x as Value<"f64">), offset);
    f.i32.store(address, partsOf(this.#toWords({ dtype, lanes }))[0] as Value<"i32">, offset);
  }
}
