/**
 * The safetensors format, which PyTorch, JAX and others read and write: numbers with names, and nothing that could run
 * (https://github.com/huggingface/safetensors). Bytes in, bytes out: where they are kept is the caller's business.
 */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { allocate, type TypedArray } from "../ir/dtype.ts";
import { sizeOf } from "../ir/shape.ts";
import { checkShape } from "../ir/axes.ts";
import { describe } from "../ops/forms/entry.ts";
import { data } from "../ops/forms/source.ts";
import { Tensor } from "../trace/tensor.ts";
import { checkMetadata, fileNames, formats, lengthBytes, metadataName, quoted, readHeader } from "./safetensors-header.ts";

/** What a file holds. */
export interface Safetensors {
  /** By name. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** Texts that whoever wrote the file left with it. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The numbers of every tensor begin at a multiple of this, as the format's own writers have it. */
const alignment = 8;

const bytesOf = (values: TypedArray): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

const machineIsLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The format is little-endian. On the few machines that are not, the bytes of every number are turned, in place. */
export const littleEndian = (bytes: Uint8Array, width: number, isLittle = machineIsLittle): Uint8Array => {
  if (!isLittle) for (let i = 0; i < bytes.length; i += width) bytes.subarray(i, i + width).reverse();
  return bytes;
};

/**
 * Tensors as the bytes of a safetensors file. `tensors` is a model (a tree of tensors), whose names are those that
 * `summary` prints, `[0].w`, or an object of tensors by name; `metadata` is an object of texts.
 * @throws Diagnostic `name-twice`, `bad-name`, `bad-metadata`
 * @example
 * const bytes = writeSafetensors({ w: tensor([1, 2, 3]) }, { epoch: "7" });
 * const { tensors, metadata } = readSafetensors(bytes);
 * tensors["w"]!.toArraySync(); // [1, 2, 3]
 * metadata["epoch"]; // "7"
 */
export const writeSafetensors = (tensors: unknown, metadata: Readonly<Record<string, string>> = {}): Uint8Array => {
  const texts = checkMetadata(metadata);
  const named = fileNames(tensors).map(({ name, tensor }) => ({ name, tensor, format: formats.find(({ dtype }) => dtype === tensor.dtype)! }));
  // Wide numbers first: then all of them begin at multiples of their own width.
  const starts = new Map<string, number>();
  let size = 0;
  for (const { name, tensor, format } of [...named].sort((a, b) => b.format.width - a.format.width)) {
    starts.set(name, size);
    size += tensor.size * format.width;
  }
  const described = named.map(({ name, tensor, format }) => {
    const start = starts.get(name)!;
    return [name, { dtype: format.code, shape: tensor.shape, data_offsets: [start, start + tensor.size * format.width] }] as const;
  });
  const json = JSON.stringify(Object.fromEntries([...(Object.keys(texts).length > 0 ? [[metadataName, texts] as const] : []), ...described]));
  const header = new TextEncoder().encode(json);
  const headerSize = Math.ceil(header.length / alignment) * alignment;
  const bytes = new Uint8Array(lengthBytes + headerSize + size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerSize), true);
  bytes.fill(" ".charCodeAt(0), lengthBytes, lengthBytes + headerSize);
  bytes.set(header, lengthBytes);
  for (const { name, tensor, format } of named) {
    bytes.set(littleEndian(bytesOf(tensor.dataSync()), format.width), lengthBytes + headerSize + starts.get(name)!);
  }
  return bytes;
};

/**
 * The tensors and the metadata of a safetensors file. Float64, float32, int32, uint32 and truth values are read; other
 * types are refused by name. Nothing in the file is trusted: header, names, shapes and offsets are checked before
 * anything is allocated.
 * @throws Diagnostic `not-bytes`, `truncated`, `bad-header`, `bad-name`, `bad-metadata`, `bad-offsets`, `unsupported-dtype`,
 * `bad-truth-value`, `too-large`
 */
export const readSafetensors = (bytes: Uint8Array): Safetensors => {
  if (!(bytes instanceof Uint8Array)) {
    throw new Diagnostic("not-bytes", `readSafetensors: ${describe(bytes)} given for the bytes of a file`, {
      help: "pass a Uint8Array: what readFile gives, or new Uint8Array(await response.arrayBuffer())",
    });
  }
  const { entries, metadata, dataStart } = readHeader(bytes);
  const tensors = entries.map(({ name, format, shape, start, end }) => {
    checkShape(shape, `tensor ${quoted(name)}`);
    const values = allocate(format.dtype, sizeOf(shape));
    bytesOf(values).set(bytes.subarray(dataStart + start, dataStart + end));
    littleEndian(bytesOf(values), format.width);
    if (format.dtype === "bool") {
      const wrong = values.findIndex((value: number) => value > 1);
      if (wrong >= 0) {
        throw new Diagnostic("bad-truth-value", `safetensors: element ${wrong} of tensor ${quoted(name)} ${shapeText(shape)} is ${values[wrong]}, and truth values are 0 or 1`, {
          help: "save it with another type, for example I32",
        });
      }
    }
    return [name, new Tensor(data(values, [...shape]))] as const;
  });
  return { tensors: Object.fromEntries(tensors), metadata };
};
