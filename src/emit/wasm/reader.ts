/** Reads the instructions of a function body back, for the text printer. */
import { numberSpelling } from "../../ir/dtype.ts";

const vectorPrefix = 0xfd;
const bulkPrefix = 0xfc;
const atomicPrefix = 0xfe;
const prefixed = (prefix: number, code: number): number => ((prefix << 24) | code) >>> 0;

export class BodyReader {
  static readonly v128Const = prefixed(vectorPrefix, 0x0c);
  static readonly memoryCopy = prefixed(bulkPrefix, 0x0a);
  static readonly memoryFill = prefixed(bulkPrefix, 0x0b);
  static readonly atomicFence = prefixed(atomicPrefix, 0x03);

  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.#at >= this.#view.byteLength;
  }

  byte(): number {
    return this.#view.getUint8(this.#at++);
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  /** As in the table of instructions: the prefix, if there is one, in the highest byte. */
  code(): number {
    const first = this.byte();
    return first === vectorPrefix || first === bulkPrefix || first === atomicPrefix ? prefixed(first, this.u32()) : first;
  }

  u32(): number {
    return Number(BigInt.asUintN(32, this.#leb().bits));
  }

  s32(): number {
    return Number(this.s64());
  }

  s64(): bigint {
    const { bits, count } = this.#leb();
    return BigInt.asIntN(count, bits);
  }

  /** As in JavaScript; a float32 as the shortest text that rounds to it. */
  number(type: "f32" | "f64"): string {
    const x = type === "f32" ? this.#view.getFloat32(this.#at, true) : this.#view.getFloat64(this.#at, true);
    this.skip(type === "f32" ? 4 : 8);
    return type === "f32" ? shortFloat(x) : numberSpelling(x);
  }

  /** Sixteen bytes as one number where all float32 or float64 lanes agree and that reads well, else as four words. */
  vector(): string {
    const at = this.#at;
    this.skip(16);
    const words = [0, 4, 8, 12].map((offset) => this.#view.getUint32(at + offset, true));
    if (words.every((word) => word === words[0])) return `f32x4(${shortFloat(this.#view.getFloat32(at, true))})`;
    if (words[0] === words[2] && words[1] === words[3]) return `f64x2(${numberSpelling(this.#view.getFloat64(at, true))})`;
    return `v128(${words.map((word) => `0x${word.toString(16)}`).join(" ")})`;
  }

  #leb(): { readonly bits: bigint; readonly count: number } {
    let bits = 0n;
    let count = 0;
    for (;;) {
      const byte = this.byte();
      bits |= BigInt(byte & 0x7f) << BigInt(count);
      count += 7;
      if (byte < 0x80) return { bits, count };
    }
  }
}

const shortFloat = (x: number): string => {
  for (let digits = 1; digits < 9; digits++) {
    const text = Number(x.toPrecision(digits));
    if (Object.is(Math.fround(text), x)) return numberSpelling(text);
  }
  return numberSpelling(x);
};
