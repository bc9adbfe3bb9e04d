/** What stands behind the opaque numbers of `Lanes`: the scalar, or each of the vectors. */
import { numberSpelling } from "../../ir/dtype.ts";
import type { Int, Mask, Num } from "../../ir/lanes.types.ts";
import { ByteWriter } from "./bytes.ts";
import type { FunctionBuilder } from "./function.ts";
import type { Value } from "./values.ts";

export interface LaneOptions {
  readonly width: 32 | 64;
  /** How many vectors of 128 bits work side by side; 0 writes scalar code. */
  readonly vectors: number;
  /** Fused multiply-add (relaxed SIMD), for vectors only: it changes bits, so whoever compiles decides and records it. */
  readonly fma: boolean;
  /** Whether the runtime joins vectors to 256 bits, as on x64 alone: it says which code is quick there, and changes no bits. */
  readonly wide?: boolean;
}

interface Packed {
  readonly parts: readonly Value[];
}

export const pack = <T extends Num | Int | Mask>(parts: readonly Value[]): T => ({ parts }) satisfies Packed as unknown as T;

/** Parts that are computed where they are asked for, each time: most often nobody does. */
export const packLater = <T extends Num | Int | Mask>(make: () => readonly Value[]): T =>
  ({
    get parts() {
      return make();
    },
  }) satisfies Packed as unknown as T;

export const partsOf = (x: Num | Int | Mask): readonly Value[] => (x as unknown as Packed).parts;

/**
 * A number in every lane, made once at the head of the function: V8 builds a constant vector out of general registers
 * each time that it meets one.
 */
export const packedConstant = (f: FunctionBuilder, width: 32 | 64, x: number | bigint): Value<"v128"> => {
  const spelled = typeof x === "bigint" ? `${x}n` : numberSpelling(x);
  return f.atHead(`${width} ${spelled}`, () => {
    const bytes = new ByteWriter(16);
    for (let lane = 0; lane < 128 / width; lane++) {
      if (typeof x === "bigint") for (let byte = 0; byte < width / 8; byte++) bytes.byte(Number((x >> BigInt(8 * byte)) & 0xffn));
      else if (width === 32) bytes.f32(x);
      else bytes.f64(x);
    }
    return f.v128Const(bytes.written);
  });
};

/** Numbers in lanes, made once as well. */
export const packedConstants = (f: FunctionBuilder, type: "i32" | "f64", numbers: readonly number[]): Value<"v128"> =>
  f.atHead(`${type} ${numbers.join()}`, () => {
    const lanes = type === "i32" ? Int32Array.from(numbers) : Float64Array.from(numbers);
    return f.v128Const(new Uint8Array(lanes.buffer));
  });
