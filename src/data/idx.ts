/**
 * idx, the format in which MNIST and its relatives come (Y. LeCun, "The MNIST database of handwritten digits"): two zero
 * bytes, a byte for the type, one for the number of sizes, the sizes as 4-byte numbers, high byte first, then the data.
 */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { sizeOf } from "../ir/shape.ts";
import { gunzip, isGzip } from "./gunzip.ts";
import { counted } from "./words.ts";

/** An array of bytes. `shape` has the rows first. */
export interface Idx {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

const unsignedBytes = 0x08;
/** Types that there are, and that no set of images uses. */
const otherTypes = new Map([
  [0x09, "signed bytes"],
  [0x0b, "16-bit numbers"],
  [0x0c, "32-bit numbers"],
  [0x0d, "32-bit floats"],
  [0x0e, "64-bit floats"],
]);
const mostSizes = 4;
const longestHead = 4 + 4 * mostSizes;

interface Head {
  readonly shape: readonly number[];
  readonly bytes: number;
}

const notIdx = (name: string, why: string): Diagnostic =>
  new Diagnostic("not-idx", `${name} is no idx file: ${why}.`, {
    help: "an idx file is named like train-images-idx3-ubyte and may be packed as .gz",
  });

const readHead = (bytes: Uint8Array, name: string): Head => {
  const [a, b, type, rank] = bytes;
  if (bytes.length < 4) throw notIdx(name, `it has ${counted(bytes.length, "byte")}, and its head alone has 4 or more`);
  if (a !== 0 || b !== 0) throw notIdx(name, "it does not begin with two zero bytes");
  if (type !== unsignedBytes) {
    const known = otherTypes.get(type!);
    if (known === undefined) throw notIdx(name, `its third byte, ${type}, names no type`);
    throw new Diagnostic("idx-type", `${name} holds ${known}, and only unsigned bytes are read.`);
  }
  if (rank === 0 || rank! > mostSizes) throw notIdx(name, `it has ${counted(rank!, "size")} in its head, and 1 to ${mostSizes} make sense`);
  const head = 4 + 4 * rank!;
  if (bytes.length < head) throw notIdx(name, `it ends within its head, after ${counted(bytes.length, "byte")}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank! }, (_, i) => view.getUint32(4 + 4 * i));
  return { shape, bytes: head + sizeOf(shape) };
};

/** Bytes of a file, unpacked: 1 GiB. */
const mostBytes = 2 ** 30;

/** Deflate makes at most 1,032 bytes of one. */
const mostUnpacked = 1032;

const promised = (name: string, { shape, bytes }: Head): string =>
  `${name}: its head says ${shapeText(shape)}, which takes ${counted(bytes, "byte")}`;

const checkSize = (name: string, head: Head, packed: number): void => {
  if (head.bytes > mostUnpacked * packed) throw tooShort(name, head, `only ${counted(packed, "packed byte")}`);
  if (head.bytes <= mostBytes) return;
  throw new Diagnostic("file-too-large", `${promised(name, head)}, but at most 1 GiB (${counted(mostBytes, "byte")}) are read.`);
};

const tooShort = (name: string, head: Head, there: string): Diagnostic =>
  new Diagnostic("idx-size", `${promised(name, head)}, but it has ${there}.`, {
    help: "the file is cut off or damaged: load it again from where it came from",
  });

/**
 * An idx file of unsigned bytes, also packed by gzip. The sizes in its head are checked against its length before any
 * memory is taken; unpacking ends where they end. `name` is what sentences call it. The values of a file that is not
 * packed are a view of `bytes`.
 * @throws Diagnostic `not-idx`, `idx-type`, `idx-size`, `file-too-large`, `bad-gzip`
 * @example
 * const { shape, values } = await readIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 9), "labels");
 * shape; // [2]
 * [...values]; // [7, 9]
 */
export const readIdx = async (bytes: Uint8Array, name: string): Promise<Idx> => {
  const packed = isGzip(bytes);
  const plain = packed
    ? await gunzip(bytes, name, longestHead, (first) => {
        const head = readHead(first, name);
        checkSize(name, head, bytes.length);
        return head.bytes;
      })
    : bytes;
  const head = readHead(plain, name);
  if (plain.length < head.bytes) throw tooShort(name, head, counted(plain.length, "byte"));
  if (plain.length > head.bytes) {
    // How many more a packed file has is not known: unpacking ended here.
    const more = packed ? "goes on after them" : `has ${counted(plain.length - head.bytes, "byte")} after them`;
    throw new Diagnostic("idx-size", `${promised(name, head)}, but it ${more}.`, { help: "the file is damaged, or no idx file" });
  }
  return { name, shape: head.shape, values: plain.subarray(4 + 4 * head.shape.length) };
};
