/**
 * The instructions of WebAssembly that take operands from the stack, as a table: code, operand types, result type and
 * what is written behind the code. The typed methods of `FunctionBuilder` and the text printer are made from it.
 * Names are the specification's, with capitals for its underscores: `i32x4.shr_u` is `i32x4.shrU`.
 */

import { once } from "../../ir/once.ts";

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

export const typeCode: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/**
 * What follows the code: nothing; the address's alignment and offset; a lane; both; 16 lanes; an alignment of the whole
 * access, as atomic ones demand, and the offset.
 */
export type Immediate = "none" | "memory" | "lane" | "memoryLane" | "lanes";

export interface Instruction<P extends readonly ValueType[] = readonly ValueType[], R = ValueType | undefined, I extends Immediate = Immediate> {
  /** The prefix, if there is one, in the bits from 24 up; the code below. */
  readonly code: number;
  readonly operands: P;
  readonly result: R;
  readonly immediate: I;
  /** Base-2 logarithm of the alignment that is promised for an address. */
  readonly align: number;
}

type Codes = Readonly<Record<string, number>>;
type Family<C extends Codes, P extends readonly ValueType[], R, I extends Immediate> = { readonly [K in keyof C]: Instruction<P, R, I> };

const simd = 0xfd;
const atomic = 0xfe;
const bulk = 0xfc;

/** Instructions that differ in nothing but their codes. */
const family =
  (prefix: number, align = 0) =>
  <const P extends readonly ValueType[], const R extends ValueType | undefined, const I extends Immediate, const C extends Codes>(
    operands: P,
    result: R,
    immediate: I,
    codes: C,
  ): Family<C, P, R, I> =>
    Object.fromEntries(
      Object.entries(codes).map(([name, code]) => [name, { code: (prefix << 24) | code, operands, result, immediate, align }]),
    ) as Family<C, P, R, I>;

const plain = family(0);
const vector = family(simd);
/** Numbers lie at multiples of their own size, vectors of numbers only at multiples of one number's. */
const aligned = (log2: number) => family(0, log2);
const vectorAt = (log2: number) => family(simd, log2);
const atomicAt = (log2: number) => family(atomic, log2);

const i32 = () => ({
  ...plain(["i32"], "i32", "none", { eqz: 0x45, clz: 0x67, ctz: 0x68, popcnt: 0x69, extend8S: 0xc0, extend16S: 0xc1 }),
  ...plain(["i32", "i32"], "i32", "none", {
    eq: 0x46, ne: 0x47, ltS: 0x48, ltU: 0x49, gtS: 0x4a, gtU: 0x4b, leS: 0x4c, leU: 0x4d, geS: 0x4e, geU: 0x4f,
    add: 0x6a, sub: 0x6b, mul: 0x6c, divS: 0x6d, divU: 0x6e, remS: 0x6f, remU: 0x70, and: 0x71, or: 0x72, xor: 0x73,
    shl: 0x74, shrS: 0x75, shrU: 0x76, rotl: 0x77, rotr: 0x78,
  }),
  ...plain(["i64"], "i32", "none", { wrapI64: 0xa7 }),
  ...plain(["f32"], "i32", "none", { reinterpretF32: 0xbc }),
  ...family(bulk)(["f32"], "i32", "none", { truncSatF32S: 0, truncSatF32U: 1 }),
  ...family(bulk)(["f64"], "i32", "none", { truncSatF64S: 2, truncSatF64U: 3 }),
  ...aligned(2)(["i32"], "i32", "memory", { load: 0x28 }),
  ...aligned(0)(["i32"], "i32", "memory", { load8S: 0x2c, load8U: 0x2d }),
  ...aligned(1)(["i32"], "i32", "memory", { load16S: 0x2e, load16U: 0x2f }),
  ...aligned(2)(["i32", "i32"], undefined, "memory", { store: 0x36 }),
  ...aligned(0)(["i32", "i32"], undefined, "memory", { store8: 0x3a }),
  ...aligned(1)(["i32", "i32"], undefined, "memory", { store16: 0x3b }),
  ...atomicAt(2)(["i32"], "i32", "memory", { atomicLoad: 0x10 }),
  ...atomicAt(2)(["i32", "i32"], undefined, "memory", { atomicStore: 0x17 }),
  ...atomicAt(2)(["i32", "i32"], "i32", "memory", {
    atomicRmwAdd: 0x1e, atomicRmwSub: 0x25, atomicRmwAnd: 0x2c, atomicRmwOr: 0x33, atomicRmwXor: 0x3a, atomicRmwXchg: 0x41,
  }),
  ...atomicAt(2)(["i32", "i32", "i32"], "i32", "memory", { atomicRmwCmpxchg: 0x48 }),
});

const i64 = () => ({
  ...plain(["i64"], "i32", "none", { eqz: 0x50 }),
  ...plain(["i64"], "i64", "none", { clz: 0x79, ctz: 0x7a, popcnt: 0x7b }),
  ...plain(["i64", "i64"], "i32", "none", {
    eq: 0x51, ne: 0x52, ltS: 0x53, ltU: 0x54, gtS: 0x55, gtU: 0x56, leS: 0x57, leU: 0x58, geS: 0x59, geU: 0x5a,
  }),
  ...plain(["i64", "i64"], "i64", "none", {
    add: 0x7c, sub: 0x7d, mul: 0x7e, divS: 0x7f, divU: 0x80, remS: 0x81, remU: 0x82, and: 0x83, or: 0x84, xor: 0x85,
    shl: 0x86, shrS: 0x87, shrU: 0x88, rotl: 0x89, rotr: 0x8a,
  }),
  ...plain(["i32"], "i64", "none", { extendI32S: 0xac, extendI32U: 0xad }),
  ...plain(["f64"], "i64", "none", { reinterpretF64: 0xbd }),
  ...family(bulk)(["f32"], "i64", "none", { truncSatF32S: 4, truncSatF32U: 5 }),
  ...family(bulk)(["f64"], "i64", "none", { truncSatF64S: 6, truncSatF64U: 7 }),
  ...aligned(3)(["i32"], "i64", "memory", { load: 0x29 }),
  ...aligned(3)(["i32", "i64"], undefined, "memory", { store: 0x37 }),
  ...atomicAt(3)(["i32"], "i64", "memory", { atomicLoad: 0x11 }),
  ...atomicAt(3)(["i32", "i64"], undefined, "memory", { atomicStore: 0x18 }),
  ...atomicAt(3)(["i32", "i64"], "i64", "memory", { atomicRmwAdd: 0x1f, atomicRmwSub: 0x26, atomicRmwXchg: 0x42 }),
});

const f32 = () => ({
  ...plain(["f32"], "f32", "none", { abs: 0x8b, neg: 0x8c, ceil: 0x8d, floor: 0x8e, trunc: 0x8f, nearest: 0x90, sqrt: 0x91 }),
  ...plain(["f32", "f32"], "f32", "none", { add: 0x92, sub: 0x93, mul: 0x94, div: 0x95, min: 0x96, max: 0x97, copysign: 0x98 }),
  ...plain(["f32", "f32"], "i32", "none", { eq: 0x5b, ne: 0x5c, lt: 0x5d, gt: 0x5e, le: 0x5f, ge: 0x60 }),
  ...plain(["i32"], "f32", "none", { convertI32S: 0xb2, convertI32U: 0xb3, reinterpretI32: 0xbe }),
  ...plain(["f64"], "f32", "none", { demoteF64: 0xb6 }),
  ...aligned(2)(["i32"], "f32", "memory", { load: 0x2a }),
  ...aligned(2)(["i32", "f32"], undefined, "memory", { store: 0x38 }),
});

const f64 = () => ({
  ...plain(["f64"], "f64", "none", { abs: 0x99, neg: 0x9a, ceil: 0x9b, floor: 0x9c, trunc: 0x9d, nearest: 0x9e, sqrt: 0x9f }),
  ...plain(["f64", "f64"], "f64", "none", { add: 0xa0, sub: 0xa1, mul: 0xa2, div: 0xa3, min: 0xa4, max: 0xa5, copysign: 0xa6 }),
  ...plain(["f64", "f64"], "i32", "none", { eq: 0x61, ne: 0x62, lt: 0x63, gt: 0x64, le: 0x65, ge: 0x66 }),
  ...plain(["i32"], "f64", "none", { convertI32S: 0xb7, convertI32U: 0xb8 }),
  ...plain(["i64"], "f64", "none", { convertI64S: 0xb9, convertI64U: 0xba, reinterpretI64: 0xbf }),
  ...plain(["f32"], "f64", "none", { promoteF32: 0xbb }),
  ...aligned(3)(["i32"], "f64", "memory", { load: 0x2b }),
  ...aligned(3)(["i32", "f64"], undefined, "memory", { store: 0x39 }),
});

const pair = ["v128", "v128"] as const;
const triple = ["v128", "v128", "v128"] as const;
const shift = ["v128", "i32"] as const;

const v128 = () => ({
  ...vector(["v128"], "v128", "none", { not: 0x4d }),
  ...vector(pair, "v128", "none", { and: 0x4e, andnot: 0x4f, or: 0x50, xor: 0x51 }),
  ...vector(triple, "v128", "none", { bitselect: 0x52 }),
  ...vector(["v128"], "i32", "none", { anyTrue: 0x53 }),
  ...vectorAt(2)(["i32"], "v128", "memory", { load: 0x00, load32Splat: 0x09, load32Zero: 0x5c }),
  ...vectorAt(3)(["i32"], "v128", "memory", { load64Splat: 0x0a, load64Zero: 0x5d }),
  ...vectorAt(0)(["i32"], "v128", "memory", { load8Splat: 0x07 }),
  ...vectorAt(2)(["i32", "v128"], undefined, "memory", { store: 0x0b }),
  ...vectorAt(0)(["i32", "v128"], "v128", "memoryLane", { load8Lane: 0x54, load16Lane: 0x55 }),
  ...vectorAt(0)(["i32", "v128"], undefined, "memoryLane", { store8Lane: 0x58, store16Lane: 0x59 }),
  ...vectorAt(2)(["i32", "v128"], "v128", "memoryLane", { load32Lane: 0x56 }),
  ...vectorAt(3)(["i32", "v128"], "v128", "memoryLane", { load64Lane: 0x57 }),
  ...vectorAt(2)(["i32", "v128"], undefined, "memoryLane", { store32Lane: 0x5a }),
  ...vectorAt(3)(["i32", "v128"], undefined, "memoryLane", { store64Lane: 0x5b }),
});

const i8x16 = () => ({
  ...vector(pair, "v128", "lanes", { shuffle: 0x0d }),
  ...vector(pair, "v128", "none", { swizzle: 0x0e, narrowI16x8S: 0x65, narrowI16x8U: 0x66, eq: 0x23, ne: 0x24, add: 0x6e, sub: 0x71 }),
  ...vector(["i32"], "v128", "none", { splat: 0x0f }),
  ...vector(["v128"], "i32", "none", { allTrue: 0x63, bitmask: 0x64 }),
});

const i16x8 = () => ({
  ...vector(pair, "v128", "none", { narrowI32x4S: 0x85, narrowI32x4U: 0x86 }),
  ...vector(["v128"], "v128", "none", { extendLowI8x16U: 0x89, extendHighI8x16U: 0x8a }),
});

const i32x4 = () => ({
  ...vector(["i32"], "v128", "none", { splat: 0x11 }),
  ...vector(["v128"], "i32", "lane", { extractLane: 0x1b }),
  ...vector(["v128", "i32"], "v128", "lane", { replaceLane: 0x1c }),
  ...vector(pair, "v128", "none", {
    eq: 0x37, ne: 0x38, ltS: 0x39, ltU: 0x3a, gtS: 0x3b, gtU: 0x3c, leS: 0x3d, leU: 0x3e, geS: 0x3f, geU: 0x40,
    add: 0xae, sub: 0xb1, mul: 0xb5, minS: 0xb6, minU: 0xb7, maxS: 0xb8, maxU: 0xb9,
  }),
  ...vector(shift, "v128", "none", { shl: 0xab, shrS: 0xac, shrU: 0xad }),
  ...vector(["v128"], "v128", "none", {
    abs: 0xa0, neg: 0xa1, extendLowI16x8S: 0xa7, extendHighI16x8S: 0xa8, extendLowI16x8U: 0xa9, extendHighI16x8U: 0xaa,
    truncSatF32x4S: 0xf8, truncSatF32x4U: 0xf9, truncSatF64x2SZero: 0xfc, truncSatF64x2UZero: 0xfd,
  }),
  ...vector(["v128"], "i32", "none", { allTrue: 0xa3, bitmask: 0xa4 }),
  ...vector(triple, "v128", "none", { relaxedLaneselect: 0x10b }),
});

const i64x2 = () => ({
  ...vector(["i64"], "v128", "none", { splat: 0x12 }),
  ...vector(["v128"], "i64", "lane", { extractLane: 0x1d }),
  ...vector(["v128", "i64"], "v128", "lane", { replaceLane: 0x1e }),
  ...vector(pair, "v128", "none", { add: 0xce, sub: 0xd1, mul: 0xd5, eq: 0xd6, ne: 0xd7, ltS: 0xd8, gtS: 0xd9, leS: 0xda, geS: 0xdb }),
  ...vector(shift, "v128", "none", { shl: 0xcb, shrS: 0xcc, shrU: 0xcd }),
  ...vector(["v128"], "v128", "none", {
    abs: 0xc0, neg: 0xc1, extendLowI32x4S: 0xc7, extendHighI32x4S: 0xc8, extendLowI32x4U: 0xc9, extendHighI32x4U: 0xca,
  }),
  ...vector(["v128"], "i32", "none", { allTrue: 0xc3, bitmask: 0xc4 }),
  ...vector(triple, "v128", "none", { relaxedLaneselect: 0x10c }),
});

const f32x4 = () => ({
  ...vector(["f32"], "v128", "none", { splat: 0x13 }),
  ...vector(["v128"], "f32", "lane", { extractLane: 0x1f }),
  ...vector(["v128", "f32"], "v128", "lane", { replaceLane: 0x20 }),
  ...vector(pair, "v128", "none", {
    eq: 0x41, ne: 0x42, lt: 0x43, gt: 0x44, le: 0x45, ge: 0x46,
    add: 0xe4, sub: 0xe5, mul: 0xe6, div: 0xe7, min: 0xe8, max: 0xe9, pmin: 0xea, pmax: 0xeb,
  }),
  ...vector(["v128"], "v128", "none", {
    ceil: 0x67, floor: 0x68, trunc: 0x69, nearest: 0x6a, abs: 0xe0, neg: 0xe1, sqrt: 0xe3,
    convertI32x4S: 0xfa, convertI32x4U: 0xfb, demoteF64x2Zero: 0x5e,
  }),
  ...vector(triple, "v128", "none", { relaxedMadd: 0x105, relaxedNmadd: 0x106 }),
});

const f64x2 = () => ({
  ...vector(["f64"], "v128", "none", { splat: 0x14 }),
  ...vector(["v128"], "f64", "lane", { extractLane: 0x21 }),
  ...vector(["v128", "f64"], "v128", "lane", { replaceLane: 0x22 }),
  ...vector(pair, "v128", "none", {
    eq: 0x47, ne: 0x48, lt: 0x49, gt: 0x4a, le: 0x4b, ge: 0x4c,
    add: 0xf0, sub: 0xf1, mul: 0xf2, div: 0xf3, min: 0xf4, max: 0xf5, pmin: 0xf6, pmax: 0xf7,
  }),
  ...vector(["v128"], "v128", "none", {
    ceil: 0x74, floor: 0x75, trunc: 0x7a, nearest: 0x94, abs: 0xec, neg: 0xed, sqrt: 0xef,
    promoteLowF32x4: 0x5f, convertLowI32x4S: 0xfe, convertLowI32x4U: 0xff,
  }),
  ...vector(triple, "v128", "none", { relaxedMadd: 0x107, relaxedNmadd: 0x108 }),
});

const memory = () => ({
  ...atomicAt(2)(["i32", "i32", "i64"], "i32", "memory", { atomicWait32: 0x01 }),
  ...atomicAt(2)(["i32", "i32"], "i32", "memory", { atomicNotify: 0x00 }),
});

/** Every instruction by namespace and name. */
export const instructions = once(() => ({
  ...{ i32: i32(), i64: i64(), f32: f32(), f64: f64(), v128: v128(), memory: memory() },
  ...{ i8x16: i8x16(), i16x8: i16x8(), i32x4: i32x4(), i64x2: i64x2(), f32x4: f32x4(), f64x2: f64x2() },
}));

export type Instructions = ReturnType<typeof instructions>;
export type Namespace = keyof Instructions;
