/**
 * `Lanes` as WebAssembly: one formula writes scalar code, or code on several vectors of 128 bits at once. Two vectors
 * side by side are what V8 joins into one of 256 bits where it can.
 */
import * as math from "../../ir/lanes/math.ts";
import type { Int, IntLike, Lanes, Mask, Num, NumLike, Formula } from "../../ir/lanes.types.ts";
import type { FunctionBuilder } from "./function.ts";
import { WasmIntLanes } from "./int-lanes.ts";
import { apart } from "./apart.ts";
import type { ModuleBuilder } from "./module.ts";
import { pack, packLater, partsOf, packedConstant, type LaneOptions } from "./packed.ts";
import type { Operand, Value } from "./values.ts";

/** Adding this to a number of small magnitude leaves the number, rounded to a whole one, in the low bits. */
const shifter = { 32: 1.5 * 2 ** 23, 64: 1.5 * 2 ** 52 } as const;

type UnaryName = "neg" | "abs" | "sqrt" | "floor" | "ceil" | "trunc" | "nearest";
type BinaryName = "add" | "sub" | "mul" | "div" | "min" | "max";
type CompareName = "lt" | "le" | "gt" | "ge" | "eq" | "ne";

export class WasmLanes implements Lanes {
  readonly width: 32 | 64;
  readonly int: WasmIntLanes;
  readonly math = math;
  readonly options: LaneOptions;
  readonly #module: ModuleBuilder;
  readonly #f: FunctionBuilder;
  /** Masks behind numbers that are 0 or 1, so that a comparison that is chosen by is not turned into numbers first. */
  readonly #masks = new WeakMap<Num, Mask>();
  /** Constants of 0 in every lane. */
  readonly #zeros = new WeakSet<Num>();

  constructor(module: ModuleBuilder, f: FunctionBuilder, options: LaneOptions) {
    this.#module = module;
    this.#f = f;
    this.options = options;
    this.width = options.width;
    this.int = new WasmIntLanes(f, options);
  }

  /** How many numbers one `Num` stands for. */
  get count(): number {
    return this.options.vectors === 0 ? 1 : (this.options.vectors * 128) / this.width;
  }

  /** Numbers that lie one after another. */
  load(address: Operand<"i32">, offset = 0): Num {
    const f = this.#f;
    if (this.options.vectors === 0) return pack([this.width === 32 ? f.f32.load(address, offset) : f.f64.load(address, offset)]);
    return pack(this.#each((i) => f.v128.load(address, offset + 16 * i)));
  }

  store(address: Operand<"i32">, x: NumLike, offset = 0): void {
    const f = this.#f;
    const parts = this.parts(x);
    if (this.options.vectors > 0) f.storeBeside(address, parts as readonly Value<"v128">[], offset);
    else if (this.width === 32) f.f32.store(address, parts[0] as Value<"f32">, offset);
    else f.f64.store(address, parts[0] as Value<"f64">, offset);
  }

  /** One number of the memory in every lane. */
  loadSplat(address: Operand<"i32">, offset = 0): Num {
    if (this.options.vectors === 0) return this.load(address, offset);
    const { v128 } = this.#f;
    const value = this.width === 32 ? v128.load32Splat(address, offset) : v128.load64Splat(address, offset);
    return pack(this.#each(() => value));
  }

  /** One value of the function in every lane. */
  splat(x: Value<"f32"> | Value<"f64">): Num {
    if (this.options.vectors === 0) return pack([x]);
    const value = this.width === 32 ? this.#f.f32x4.splat(x as Value<"f32">) : this.#f.f64x2.splat(x as Value<"f64">);
    return pack(this.#each(() => value));
  }

  /** What the function builder calls the parts: the scalar, or each vector. */
  parts(x: NumLike | Mask): readonly Value[] {
    return typeof x === "number" ? this.parts(this.constant(x)) : partsOf(x);
  }

  /** Values of the function builder as numbers; the inverse of `parts`. */
  ofParts(parts: readonly Value[]): Num {
    return pack(parts);
  }

  constant(x: number): Num {
    const { vectors, width } = this.options;
    if (vectors === 0) return pack([this.#f.copy<"f32" | "f64">(x, width === 32 ? "f32" : "f64")]);
    const value = packedConstant(this.#f, width, x);
    const constant = pack<Num>(this.#each(() => value));
    if (Object.is(x, 0)) this.#zeros.add(constant);
    return constant;
  }

  add(a: NumLike, b: NumLike): Num {
    return this.#binary("add", a, b);
  }
  sub(a: NumLike, b: NumLike): Num {
    return this.#binary("sub", a, b);
  }
  mul(a: NumLike, b: NumLike): Num {
    return this.#binary("mul", a, b);
  }
  div(a: NumLike, b: NumLike): Num {
    return this.#binary("div", a, b);
  }
  min(a: NumLike, b: NumLike): Num {
    return this.options.wide ? this.#extreme("min", a, b) : this.#binary("min", a, b);
  }
  max(a: NumLike, b: NumLike): Num {
    return this.options.wide ? this.#extreme("max", a, b) : this.#binary("max", a, b);
  }

  /**
   * Of two zeros the one that counts as smaller or larger, NaN beside NaN. The pseudo-minimum of both orders differs in these
   * alone: the bits of zeros are joined, and where the sum of both is NaN all are set. V8 writes nine instructions for its own
   * on x64, and these are six; on ARM there is one.
   */
  #extreme(name: "min" | "max", a: NumLike, b: NumLike): Num {
    const { v128 } = this.#f;
    const family = this.width === 32 ? this.#f.f32x4 : this.#f.f64x2;
    const [x, y] = [this.#vectors(a), this.#vectors(b)];
    return pack(
      this.#each((i) => {
        const [one, other] = [family[`p${name}`](x[i]!, y[i]!), family[`p${name}`](y[i]!, x[i]!)];
        const sum = family.add(one, other);
        return v128.or(v128[name === "min" ? "or" : "and"](one, other), family.ne(sum, sum));
      }),
    );
  }

  mulAdd(a: NumLike, b: NumLike, c: NumLike): Num {
    if (!this.options.fma || this.options.vectors === 0) return this.add(this.mul(a, b), c);
    const [x, y, z] = [this.#vectors(a), this.#vectors(b), this.#vectors(c)];
    const family = this.width === 32 ? this.#f.f32x4 : this.#f.f64x2;
    return pack(this.#each((i) => family.relaxedMadd(x[i]!, y[i]!, z[i]!)));
  }

  /** The pseudo-minimum passes on its first operand unless the second is below it: one instruction each. */
  clamp(x: Num, low: number, high: number): Num {
    if (this.options.vectors === 0) {
      const above = low === -Infinity ? x : this.select(this.lt(x, low), low, x);
      return high === Infinity ? above : this.select(this.gt(above, high), high, above);
    }
    const family = this.width === 32 ? this.#f.f32x4 : this.#f.f64x2;
    let parts = this.#vectors(x);
    if (low !== -Infinity) parts = parts.map((part, i) => family.pmax(part, this.#vectors(low)[i]!));
    if (high !== Infinity) parts = parts.map((part, i) => family.pmin(part, this.#vectors(high)[i]!));
    return pack(parts);
  }

  neg(x: Num): Num {
    return this.#unary("neg", x);
  }
  abs(x: Num): Num {
    return this.#unary("abs", x);
  }
  /**
   * One float32 is a vector's root too: for it V8 writes the one instruction of the old kind that is left in its code, and
   * behind instructions of 256 bits that one waits for some hundred cycles.
   */
  sqrt(x: Num): Num {
    if (this.options.vectors > 0 || this.width === 64) return this.#unary("sqrt", x);
    const { f32x4 } = this.#f;
    return pack([f32x4.extractLane(f32x4.sqrt(f32x4.splat(partsOf(x)[0] as Value<"f32">)), 0)]);
  }
  floor(x: Num): Num {
    return this.#unary("floor", x);
  }
  ceil(x: Num): Num {
    return this.#unary("ceil", x);
  }
  trunc(x: Num): Num {
    return this.#unary("trunc", x);
  }
  nearest(x: Num): Num {
    return this.#unary("nearest", x);
  }

  copySign(x: NumLike, sign: Num): Num {
    const mask = this.width === 32 ? 0x8000_0000 : 0x8000_0000_0000_0000n;
    const rest = this.width === 32 ? 0x7fff_ffff : 0x7fff_ffff_ffff_ffffn;
    const magnitude = this.int.and(this.bitsOf(typeof x === "number" ? this.constant(x) : x), rest);
    return this.ofBits(this.int.or(magnitude, this.int.and(this.bitsOf(sign), mask)));
  }

  lt(a: NumLike, b: NumLike): Mask {
    return this.#compare("lt", a, b);
  }
  le(a: NumLike, b: NumLike): Mask {
    return this.#compare("le", a, b);
  }
  gt(a: NumLike, b: NumLike): Mask {
    return this.#compare("gt", a, b);
  }
  ge(a: NumLike, b: NumLike): Mask {
    return this.#compare("ge", a, b);
  }
  eq(a: NumLike, b: NumLike): Mask {
    return this.#compare("eq", a, b);
  }
  ne(a: NumLike, b: NumLike): Mask {
    return this.#compare("ne", a, b);
  }

  and(a: Mask, b: Mask): Mask {
    return this.#logic("and", a, b);
  }
  or(a: Mask, b: Mask): Mask {
    return this.#logic("or", a, b);
  }
  not(a: Mask): Mask {
    const { i32, v128 } = this.#f;
    return pack(partsOf(a).map((x) => (x.type === "v128" ? v128.not(x as Value<"v128">) : i32.eqz(x as Value<"i32">))));
  }

  /** Beside a 0 a mask of ones and zeros needs no choice. */
  select(mask: Mask, a: NumLike, b: NumLike): Num {
    if (this.options.vectors > 0 && this.#isZero(b)) return this.#masked("and", a, mask);
    if (this.options.vectors > 0 && this.#isZero(a)) return this.#masked("andnot", b, mask);
    return this.int.choose(mask, this.parts(a), this.parts(b));
  }

  number(mask: Mask): Num {
    const { f32, f64 } = this.#f;
    const ofOne = (m: Value<"i32">): Value => (this.width === 32 ? f32.convertI32U(m) : f64.convertI32U(m));
    const number = packLater<Num>(() => (this.options.vectors > 0 ? partsOf(this.select(mask, 1, 0)) : partsOf(mask).map((m) => ofOne(m as Value<"i32">))));
    this.#masks.set(number, mask);
    return number;
  }

  truth(x: Num): Mask {
    return this.#masks.get(x) ?? this.ne(x, 0);
  }

  bitsOf(x: Num): Int {
    const { i32, i64 } = this.#f;
    if (this.options.vectors > 0) return pack(partsOf(x));
    return pack(partsOf(x).map((v) => (this.width === 32 ? i32.reinterpretF32(v as Value<"f32">) : i64.reinterpretF64(v as Value<"f64">))));
  }

  ofBits(x: Int): Num {
    const { f32, f64 } = this.#f;
    if (this.options.vectors > 0) return pack(partsOf(x));
    return pack(partsOf(x).map((v) => (this.width === 32 ? f32.reinterpretI32(v as Value<"i32">) : f64.reinterpretI64(v as Value<"i64">))));
  }

  ofInt(x: Int): Num {
    const magic = shifter[this.width];
    return this.sub(this.ofBits(this.int.add(x, magicBits[this.width])), magic);
  }

  wide(x: readonly Num[], formula: Formula): Num {
    if (this.width === 64) return formula(this, ...x);
    const f = this.#f;
    const double = new WasmLanes(this.#module, f, { ...this.options, width: 64, vectors: this.options.vectors * 2 });
    if (this.options.vectors === 0) {
      const promoted = x.map((number) => pack<Num>([f.f64.promoteF32(partsOf(number)[0] as Value<"f32">)]));
      return pack([f.f32.demoteF64(partsOf(formula(double, ...promoted))[0] as Value<"f64">)]);
    }
    const split = (part: Value<"v128">): Value[] => [f.f64x2.promoteLowF32x4(part), f.f64x2.promoteLowF32x4(f.i8x16.shuffle(part, part, upperHalf))];
    const halves = partsOf(formula(double, ...x.map((number) => pack<Num>(partsOf(number).flatMap((part) => split(part as Value<"v128">))))));
    const demoted = halves.map((half) => f.f32x4.demoteF64x2Zero(half as Value<"v128">));
    return pack(this.#each((i) => f.i8x16.shuffle(demoted[2 * i]!, demoted[2 * i + 1]!, lowerHalves)));
  }

  apart(name: string, where: Mask, x: readonly Num[], usual: Num, formula: Formula): Num {
    const scalar = (f: FunctionBuilder, values: readonly Value[]): Value => {
      const k = new WasmLanes(this.#module, f, { width: 64, vectors: 0, fma: false });
      return partsOf(formula(k, ...values.map((value) => pack<Num>([value]))))[0]!;
    };
    const parts = apart(this.#module, this.#f, this.options, name, partsOf(where), x.map(partsOf), partsOf(usual), scalar);
    return pack(parts);
  }

  #unary(name: UnaryName, x: Num): Num {
    const { f32, f64, f32x4, f64x2 } = this.#f;
    if (this.options.vectors > 0) {
      const family = this.width === 32 ? f32x4 : f64x2;
      return pack(partsOf(x).map((part) => family[name](part as Value<"v128">)));
    }
    return pack(partsOf(x).map((v) => (this.width === 32 ? f32[name](v as Value<"f32">) : f64[name](v as Value<"f64">))));
  }

  #binary(name: BinaryName, a: NumLike, b: NumLike): Num {
    const { f32, f64, f32x4, f64x2 } = this.#f;
    if (this.options.vectors > 0) {
      const family = this.width === 32 ? f32x4 : f64x2;
      const [x, y] = [this.#vectors(a), this.#vectors(b)];
      return pack(this.#each((i) => family[name](x[i]!, y[i]!)));
    }
    const [x, y] = [this.#scalar(a), this.#scalar(b)];
    return pack([this.width === 32 ? f32[name](x as Operand<"f32">, y as Operand<"f32">) : f64[name](x as Operand<"f64">, y as Operand<"f64">)]);
  }

  #compare(name: CompareName, a: NumLike, b: NumLike): Mask {
    const { f32, f64, f32x4, f64x2 } = this.#f;
    if (this.options.vectors > 0) {
      const family = this.width === 32 ? f32x4 : f64x2;
      const [x, y] = [this.#vectors(a), this.#vectors(b)];
      return pack(this.#each((i) => family[name](x[i]!, y[i]!)));
    }
    const [x, y] = [this.#scalar(a), this.#scalar(b)];
    return pack([this.width === 32 ? f32[name](x as Operand<"f32">, y as Operand<"f32">) : f64[name](x as Operand<"f64">, y as Operand<"f64">)]);
  }

  #logic(name: "and" | "or", a: Mask, b: Mask): Mask {
    const { i32, v128 } = this.#f;
    const other = partsOf(b);
    return pack(
      partsOf(a).map((x, i) =>
        x.type === "v128" ? v128[name](x as Value<"v128">, other[i] as Value<"v128">) : i32[name](x as Value<"i32">, other[i] as Value<"i32">),
      ),
    );
  }

  #isZero(x: NumLike): boolean {
    return typeof x === "number" ? Object.is(x, 0) : this.#zeros.has(x);
  }

  #masked(name: "and" | "andnot", x: NumLike, mask: Mask): Num {
    const masks = partsOf(mask) as readonly Value<"v128">[];
    return pack(this.#vectors(x).map((part, i) => this.#f.v128[name](part, masks[i]!)));
  }

  #each<T>(make: (i: number) => T): T[] {
    return Array.from({ length: this.options.vectors }, (_, i) => make(i));
  }

  #vectors(x: NumLike): readonly Value<"v128">[] {
    return this.parts(x) as readonly Value<"v128">[];
  }

  #scalar(x: NumLike): Operand<"f32"> | Operand<"f64"> {
    return typeof x === "number" ? x : (partsOf(x)[0] as Value<"f32">);
  }
}

const scratch = new DataView(new ArrayBuffer(8));
scratch.setFloat64(0, shifter[64]);
const bits64 = scratch.getBigUint64(0);
scratch.setFloat32(0, shifter[32]);
const magicBits: Readonly<Record<32 | 64, IntLike>> = { 32: scratch.getInt32(0), 64: bits64 };

const upperHalf = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
const lowerHalves = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
