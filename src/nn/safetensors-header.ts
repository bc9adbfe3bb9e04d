/**
 * The header of a safetensors file: JSON that says where the numbers of each tensor stand. A file may come from anywhere,
 * so every word of it is checked before a byte is reserved for what it promises.
 */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import type { DType } from "../ir/dtype.ts";
import { sizeOf } from "../ir/shape.ts";
import type { Shape } from "../ir/shape.types.ts";
import { describe } from "../ops/forms/entry.ts";
import { namedTensors, type NamedTensor } from "./named.ts";

/** A type of numbers, and what the format calls it. */
export interface Format {
  readonly code: string;
  readonly dtype: DType;
  /** Bytes a number. */
  readonly width: number;
}

export const formats: readonly Format[] = [
  { code: "F64", dtype: "float64", width: 8 },
  { code: "F32", dtype: "float32", width: 4 },
  { code: "I32", dtype: "int32", width: 4 },
  { code: "U32", dtype: "uint32", width: 4 },
  { code: "BOOL", dtype: "bool", width: 1 },
];

/** The length of the header stands before it in so many bytes. */
export const lengthBytes = 8;

/** The limit of the format's own reader: whatever claims to need more is no list of tensors. */
const longestHeader = 100_000_000;

/** As in NumPy. */
const mostAxes = 64;

/** The one name in a header that is no tensor's. */
export const metadataName = "__metadata__";

export interface Entry {
  readonly name: string;
  readonly format: Format;
  readonly shape: Shape;
  /** Where its numbers begin and end, in bytes from the end of the header. */
  readonly start: number;
  readonly end: number;
}

export interface Header {
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the numbers begin, in bytes from the start of the file. */
  readonly dataStart: number;
}

/** A text of the file in a sentence: in quotes, and not longer than one can read. */
export const quoted = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);

const fail = (code: string, sentence: string, help: string, cause?: unknown): never => {
  throw new Diagnostic(code, `safetensors: ${sentence}`, { help, cause });
};

const damaged = "the file is damaged or no safetensors file: save it again";

/** Names that no honest file has: the first would change objects instead of naming a tensor, the second cannot be encoded. */
const checkName = (name: string, what: string): void => {
  if (name === "__proto__") fail("bad-name", `${what} is called "__proto__"`, "give it another name");
  if (/\p{Cs}/u.test(name)) fail("bad-name", `${what} has half a character in its name, ${quoted(name)}`, "names are whole Unicode characters");
};

/** The tensors of a tree under names that a file can hold. @throws Diagnostic `name-twice`, `bad-name` */
export const fileNames = (tree: unknown): readonly NamedTensor[] => {
  const named = namedTensors(tree);
  const seen = new Set<string>();
  for (const { name } of named) {
    checkName(name, "a tensor");
    if (name === metadataName) fail("bad-name", `a tensor is called ${quoted(name)}, which is the name of the metadata`, "give it another name");
    if (seen.has(name)) fail("name-twice", `two tensors are called ${quoted(name)}`, "rename a field, so that each has a name of its own");
    seen.add(name);
  }
  return named;
};

/** The checked header of a file. @throws Diagnostic as `readSafetensors` */
export const readHeader = (bytes: Uint8Array): Header => {
  const text = headerText(bytes);
  const { [metadataName]: metadata, ...tensors } = parse(text);
  const entries = Object.entries(tensors).map(([name, info]) => entryOf(name, info));
  const dataStart = lengthBytes + headerLength(bytes);
  checkOffsets(entries, bytes.length - dataStart);
  return { entries, metadata: metadata === undefined ? {} : checkMetadata(metadata), dataStart };
};

/** A 64-bit number: compared as such, since a double would round it. */
const headerLength = (bytes: Uint8Array): number => {
  if (bytes.length < lengthBytes) {
    fail("truncated", `${bytes.length} bytes are too few: the first ${lengthBytes} hold the length of the header`, damaged);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes).getBigUint64(0, true);
  if (length > longestHeader) fail("bad-header", `a header of ${length} bytes, and ${longestHeader} are the most`, damaged);
  if (length > bytes.length - lengthBytes) {
    fail("truncated", `a header of ${length} bytes in a file of ${bytes.length}`, "the file ends too early: copy or save it again");
  }
  return Number(length);
};

const headerText = (bytes: Uint8Array): string => {
  // A copy: bytes that other threads share cannot be decoded.
  const header = new Uint8Array(bytes.subarray(lengthBytes, lengthBytes + headerLength(bytes)));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
  } catch (cause) {
    return fail("bad-header", "the header is no UTF-8 text", damaged, cause);
  }
};

const parse = (text: string): Record<string, unknown> => {
  if (!text.startsWith("{")) fail("bad-header", `the header does not begin with "{" but with ${quoted(text.slice(0, 10))}`, damaged);
  try {
    checkNames(text);
    return JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    if (cause instanceof Diagnostic) throw cause;
    return fail("bad-header", "the header is no JSON", damaged, cause);
  }
};

/** `JSON.parse` keeps the last of two fields with one name, and builds whatever depth it is given: both are refused before. */
const checkNames = (text: string): void => {
  const open: Set<string>[] = [];
  let inList = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if ((inList && (c === "[" || c === "{")) || (c === "{" && open.length === 2)) {
      fail("bad-header", "the header is nested deeper than a list of tensors can be", damaged);
    }
    if (c === "{") open.push(new Set());
    else if (c === "}") open.pop();
    else if (c === "[" || c === "]") inList = c === "[";
    if (c !== '"') continue;
    const start = i;
    while (++i < text.length && text[i] !== '"') if (text[i] === "\\") i++;
    let next = i + 1;
    while (next < text.length && text[next]!.trim() === "") next++;
    if (text[next] !== ":") continue;
    const name = JSON.parse(text.slice(start, i + 1)) as string;
    checkName(name, "a field");
    const names = open.at(-1);
    if (names?.has(name)) fail("bad-header", `${quoted(name)} stands twice in the header`, "each name may stand once: save the file again");
    names?.add(name);
  }
};

/** Metadata is text throughout. */
export const checkMetadata = (metadata: unknown): Readonly<Record<string, string>> => {
  if (!isObject(metadata)) return fail("bad-metadata", `the metadata are ${describe(metadata)}`, 'metadata are an object of texts: { epoch: "3" }');
  for (const [name, value] of Object.entries(metadata)) {
    checkName(name, "a metadata entry");
    if (typeof value === "string") continue;
    fail("bad-metadata", `the metadata entry ${quoted(name)} is ${describe(value)}`, "every entry is a text: write String(...), or JSON.stringify(...) for more");
  }
  return { ...metadata } as Record<string, string>;
};

const isObject = (x: unknown): x is Record<string, unknown> => typeof x === "object" && x !== null && !Array.isArray(x);

const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0 && !Object.is(x, -0);

const entryOf = (name: string, info: unknown): Entry => {
  const of = `tensor ${quoted(name)}`;
  if (!isObject(info)) return fail("bad-header", `${of} is described by ${describe(info)}`, damaged);
  const { dtype, shape, data_offsets: offsets } = info;
  if (typeof dtype !== "string") return fail("bad-header", `${of} has ${describe(dtype)} for its type`, damaged);
  const format = formats.find(({ code }) => code === dtype);
  if (!format) {
    const known = formats.map((each) => `${each.code} (${each.dtype})`).join(", ");
    return fail("unsupported-dtype", `${of} has the type ${quoted(dtype)}`, `convert it before it is saved to one of ${known}`);
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) return fail("bad-header", `the shape of ${of} is no list of whole numbers, 0 or more`, damaged);
  if (shape.length > mostAxes) return fail("bad-header", `${of} has ${shape.length} axes, and ${mostAxes} are the most`, damaged);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return fail("bad-offsets", `the offsets of ${of} are no two whole numbers, 0 or more`, damaged);
  }
  const [start, end] = offsets as [number, number];
  if (end < start) return fail("bad-offsets", `${of} ends at byte ${end}, before it begins at ${start}`, damaged);
  return { name, format, shape, start, end };
};

/** The numbers of all tensors fill the rest of the file, end to end. */
const checkOffsets = (entries: readonly Entry[], size: number): void => {
  let before = 0;
  for (const { name, format, shape, start, end } of [...entries].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const of = `tensor ${quoted(name)}`;
    if (start < before) fail("bad-offsets", `${of} begins at byte ${start}, inside the tensor that ends at ${before}`, damaged);
    if (start > before) fail("bad-offsets", `${of} begins at byte ${start}, and bytes ${before} to ${start} belong to no tensor`, damaged);
    const needed = sizeOf(shape) * format.width;
    if (needed !== end - start) {
      const type = `${format.code} ${shape.length > 16 ? `with ${shape.length} axes` : shapeText(shape)}`;
      fail("bad-offsets", `${of} has ${end - start} bytes, and ${type} needs ${needed}`, damaged);
    }
    if (end > size) fail("truncated", `${of} ends at byte ${end} of the numbers, and there are ${size}`, "the file ends too early: copy or save it again");
    before = end;
  }
  if (before < size) fail("bad-offsets", `${size - before} bytes at the end belong to no tensor`, damaged);
};
