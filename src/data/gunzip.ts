/** gzip by what Node and browsers bring along, with a bound: a small file can unpack to more than any memory holds. */
import { Diagnostic } from "../ir/diagnostic.ts";

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * The unpacked bytes. `lengthOf` is given the first `head` of them, or all where there are fewer, and answers how many
 * there should be; memory is taken for so many and one more, and unpacking ends there.
 * @throws Diagnostic `bad-gzip`, and what `lengthOf` throws
 */
export const gunzip = async (bytes: Uint8Array, name: string, head: number, lengthOf: (first: Uint8Array) => number): Promise<Uint8Array> => {
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const reader = packed.pipeThrough(new DecompressionStream("gzip")).getReader();
  let first = new Uint8Array(0);
  let whole: Uint8Array | undefined;
  let length = 0;
  try {
    for (;;) {
      const { value, done } = await next(reader, name);
      if (whole === undefined) {
        if (value !== undefined) first = joined(first, value);
        if (first.length < head && !done) continue;
        whole = new Uint8Array(lengthOf(first) + 1);
        length = Math.min(first.length, whole.length);
        whole.set(first.subarray(0, length));
      } else if (value !== undefined) {
        const part = value.subarray(0, whole.length - length);
        whole.set(part, length);
        length += part.length;
      }
      if (done || length === whole.length) return whole.subarray(0, length);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
};

const joined = (a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> => {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
};

const next = async (reader: ReadableStreamDefaultReader<Uint8Array>, name: string) => {
  try {
    return await reader.read();
  } catch (error) {
    throw new Diagnostic("bad-gzip", `${name} begins like a gzip file but cannot be unpacked: it is damaged or cut off.`, {
      help: "load it again from where it came from",
      cause: error,
    });
  }
};
