/** A growing array of bytes, written front to back: a module of megabytes costs one copy per doubling and no other object. */

/** Up to so many are copied one by one: a view and a call cost more. */
const fewBytes = 24;

const scratch = new DataView(new ArrayBuffer(8));

export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written so far; a view that the next write may leave behind. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  byte(x: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = x;
  }

  append(bytes: readonly number[] | Uint8Array, from = 0, to = bytes.length): void {
    const length = to - from;
    if (this.#length + length > this.#bytes.length) this.#grow(length);
    // A loop in JavaScript over all code would be what this library runs most while it compiles.
    if (length > fewBytes && ArrayBuffer.isView(bytes)) this.#bytes.set(bytes.subarray(from, to), this.#length);
    else for (let i = 0; i < length; i++) this.#bytes[this.#length + i] = bytes[from + i]!;
    this.#length += length;
  }

  /** An unsigned whole number below 2^32, LEB128. */
  u32(x: number): void {
    let rest = x >>> 0;
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** A signed 32-bit number, LEB128; one of 2^31 to 2^32 - 1 stands for the same bits. */
  s32(x: number): void {
    let rest = x | 0;
    while (rest < -64 || rest > 63) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    this.byte(rest & 0x7f);
  }

  /** A signed 64-bit number, LEB128; one of 2^63 to 2^64 - 1 stands for the same bits. */
  s64(x: bigint): void {
    let rest = BigInt.asIntN(64, x);
    while (rest < -64n || rest > 63n) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.byte(Number(rest & 0x7fn));
  }

  f32(x: number): void {
    scratch.setFloat32(0, x, true);
    for (let i = 0; i < 4; i++) this.byte(scratch.getUint8(i));
  }

  f64(x: number): void {
    scratch.setFloat64(0, x, true);
    for (let i = 0; i < 8; i++) this.byte(scratch.getUint8(i));
  }

  /** A length and then that many bytes; a text as UTF-8. */
  sized(content: string | Uint8Array): void {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    this.u32(bytes.length);
    this.append(bytes);
  }

  #grow(least: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + least));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
