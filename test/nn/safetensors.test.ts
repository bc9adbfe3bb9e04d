/** Models as files: what is written is read back bit for bit, and whatever is not right is one diagnostic. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Diagnostic, full, key, leavesOf, ones, tensor, zeros, type DType, type Tensor } from "../../src/api/index.ts";
import { littleEndian } from "../../src/nn/safetensors.ts";
import { applyMlp, linear, loadModel, mlp, readSafetensors, saveModel, summary, writeSafetensors } from "../../src/nn/index.ts";

/** A file from its header, as text, and the bytes of its numbers. */
const file = (header: string, data: Uint8Array = new Uint8Array(0), length = Buffer.byteLength(header)): Uint8Array => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(length));
  return new Uint8Array(Buffer.concat([bytes, Buffer.from(header), data]));
};

const headerOf = (bytes: Uint8Array): string => {
  const buffer = Buffer.from(bytes);
  return buffer.toString("utf8", 8, 8 + Number(buffer.readBigUInt64LE()));
};

const refused = (bytes: Uint8Array, code: string, ...mentioned: string[]): void => {
  assert.throws(
    () => readSafetensors(bytes),
    (error) => {
      assert.ok(error instanceof Diagnostic, String(error));
      assert.equal(error.code, code, error.message);
      assert.ok(error.help, "help");
      for (const word of mentioned) assert.ok(error.sentence.includes(word), `"${error.sentence}" does not mention ${word}`);
      return true;
    },
  );
};

const same = (a: Tensor, b: Tensor): void => {
  assert.deepEqual([a.shape, a.dtype], [b.shape, b.dtype]);
  assert.deepEqual(a.dataSync(), b.dataSync());
};

const model = {
  mask: tensor([true, false, true]),
  net: mlp(key(1), [3, 4, 2]),
  narrow: tensor(Float32Array.of(1.5, -0, Infinity, NaN)),
  none: zeros([0, 3]),
  step: tensor(Int32Array.of(-7), { shape: [] }),
  key: key(3),
  name: "not a tensor",
};

test("a model is read back bit for bit, into a tree of the same structure", () => {
  const loaded = loadModel(saveModel(model), { ...model, net: mlp(key(2), [3, 4, 2]), name: "kept" });
  assert.equal(loaded.name, "kept");
  const [there, here] = [leavesOf(loaded), leavesOf(model)];
  assert.deepEqual(there.map(({ path }) => path), here.map(({ path }) => path));
  there.forEach(({ tensor }, i) => same(tensor, here[i]!.tensor));
  const x = tensor([[1, 2, 3]]);
  same(applyMlp(loaded.net, x), applyMlp(model.net, x));
});

test("tensors have the names that summary prints, and keep those they have in the model", () => {
  const { tensors } = readSafetensors(saveModel(model));
  assert.deepEqual(Object.keys(tensors), summary(model).rows.map(({ path }) => path));
  assert.ok("net[0].w" in tensors);
  const one = tensor([1, 2]).named("w");
  assert.equal(loadModel(saveModel(one), one).name, "w");
  assert.equal(loadModel(saveModel(ones([2])), one).toString(), tensor([1, 1]).named("w").toString());
});

test("the layout: header padded by spaces to a multiple of 8, wide numbers first, none at an odd place", () => {
  const bytes = writeSafetensors({ a: tensor([true]), b: tensor(Float32Array.of(2)), c: tensor(3) }, { by: "test" });
  const header = headerOf(bytes);
  assert.equal(Buffer.byteLength(header) % 8, 0);
  assert.match(header, /^\{.*\} *$/);
  assert.deepEqual(JSON.parse(header), {
    __metadata__: { by: "test" },
    a: { dtype: "BOOL", shape: [1], data_offsets: [12, 13] },
    b: { dtype: "F32", shape: [1], data_offsets: [8, 12] },
    c: { dtype: "F64", shape: [], data_offsets: [0, 8] },
  });
  const data = Buffer.alloc(13);
  data.writeDoubleLE(3, 0);
  data.writeFloatLE(2, 8);
  data[12] = 1;
  assert.deepEqual(Buffer.from(bytes).subarray(8 + Buffer.byteLength(header)), data);
  assert.deepEqual(JSON.parse(headerOf(writeSafetensors({}))), {});
});

/** Made by the format's own library: `safetensors.serialize` of safetensors 0.8.0 for Python. */
const fromPython = `
iAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJwdCIsIm5vdGUiOiLDpCJ9LCJiIjp7ImR0eXBlIjoiRjY0Iiwic2hhcGUiOltdLCJkYXRhX29m
ZnNldHMiOlswLDhdfSwibGF5ZXJzLjAudyI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMiwyXSwiZGF0YV9vZmZzZXRzIjpbOCwyNF19LCJub25lIjp7ImR0
eXBlIjoiRjMyIiwic2hhcGUiOlswLDNdLCJkYXRhX29mZnNldHMiOlsyNCwyNF19LCJ1Ijp7ImR0eXBlIjoiVTMyIiwic2hhcGUiOlsxXSwiZGF0YV9vZmZz
ZXRzIjpbMjQsMjhdfSwibiI6eyJkdHlwZSI6IkkzMiIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6WzI4LDM2XX0sIm1hc2siOnsiZHR5cGUiOiJCT09M
Iiwic2hhcGUiOlszXSwiZGF0YV9vZmZzZXRzIjpbMzYsMzldfX0gIJqZmZmZmbm/AADAPwAAAMAAAIA+5rFhf//////5////////fwEAAQ==`;

test("a file of the format's own library is read, and its numbers are written the same", () => {
  const { tensors, metadata } = readSafetensors(Buffer.from(fromPython, "base64"));
  assert.deepEqual(metadata, { format: "pt", note: "ä" });
  const expected: Record<string, Tensor> = {
    b: tensor(-0.1),
    "layers.0.w": tensor(Float32Array.of(1.5, -2, 0.25, 3e38), { shape: [2, 2] }),
    none: zeros([0, 3], { dtype: "float32" }),
    u: tensor(Uint32Array.of(2 ** 32 - 1)),
    n: tensor(Int32Array.of(-7, 2 ** 31 - 1)),
    mask: tensor([true, false, true]),
  };
  assert.deepEqual(Object.keys(tensors), Object.keys(expected));
  for (const [name, t] of Object.entries(expected)) same(tensors[name]!, t);
  assert.equal(Buffer.from(writeSafetensors(tensors, metadata)).toString("base64"), fromPython.replaceAll("\n", ""));
});

test("bytes are read wherever they stand, and the tensors are copies", () => {
  const bytes = saveModel({ w: tensor([1, 2]) });
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  const { w } = readSafetensors(shifted.subarray(3)).tensors;
  shifted.fill(255);
  assert.deepEqual(w!.toArraySync(), [1, 2]);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  assert.deepEqual(readSafetensors(shared).tensors["w"]!.toArraySync(), [1, 2]);
});

test("on a machine that is not little-endian the bytes of each number are turned", () => {
  assert.deepEqual(littleEndian(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 4, false), Uint8Array.of(4, 3, 2, 1, 8, 7, 6, 5));
  assert.deepEqual(littleEndian(Uint8Array.of(1, 2), 1, false), Uint8Array.of(1, 2));
  assert.deepEqual(littleEndian(Uint8Array.of(1, 2), 2, true), Uint8Array.of(1, 2));
});

test("what does not fit the model is named, all of it", () => {
  const bytes = saveModel({ w: ones([2, 3]), b: ones([3]), old: ones([1]) });
  const fails = (like: unknown, sentence: RegExp, ...notes: RegExp[]): void => {
    assert.throws(
      () => loadModel(bytes, like),
      (error) => {
        assert.ok(error instanceof Diagnostic && error.code === "weights-do-not-fit", String(error));
        assert.match(error.sentence, sentence);
        assert.equal(error.notes.length, notes.length, error.message);
        notes.forEach((note, i) => assert.match(error.notes[i]!, note));
        return true;
      },
    );
  };
  const fine = { w: ones([2, 3]), b: ones([3]), old: ones([1]) };
  assert.equal(loadModel(bytes, fine).w.size, 6);
  fails({ ...fine, fresh: ones([4]) }, /the file has no "fresh", float64 \[4\]/);
  fails({ w: fine.w, b: fine.b }, /the file has "old", float64 \[1\], which the model has not/);
  fails({ ...fine, w: ones([3, 2]) }, /"w" is float64 \[2, 3\] in the file and float64 \[3, 2\] in the model/);
  fails({ ...fine, b: ones([3], { dtype: "float32" }) }, /"b" is float64 \[3\] in the file and float32 \[3\] in the model/);
  fails({ layer: linear(key(0), 2, 3) }, /no "layer\.w"/, /no "layer\.b"/, /the file has "w"/, /the file has "b"/, /the file has "old"/);
});

test("what cannot be written is refused", () => {
  const t = ones([1]);
  const code = (expected: string, ...args: Parameters<typeof writeSafetensors>): void => {
    assert.throws(() => writeSafetensors(...args), (error) => error instanceof Diagnostic && error.code === expected, expected);
  };
  code("name-twice", { a: { b: t }, "a.b": t });
  code("bad-name", { __metadata__: t });
  code("bad-name", { ["__proto__"]: t });
  code("bad-name", { "\ud800": t });
  code("bad-metadata", { t }, { epoch: 3 } as never);
  code("bad-metadata", { t }, ["a"] as never);
  code("bad-name", { t }, { ["__proto__"]: "x" });
  assert.throws(() => loadModel(saveModel({ "a.b": t }), { a: { b: t }, "a.b": t }), { code: "name-twice" });
});

const info = (fields: object = {}): string => JSON.stringify({ dtype: "F32", shape: [2], data_offsets: [0, 8], ...fields });
const eight = new Uint8Array(8);

test("a broken file is one diagnostic that says what is wrong", () => {
  refused(file(`{"w":${info()}}`).subarray(0, 7), "truncated", "7 bytes");
  refused(file("{}", undefined, 3), "truncated", "3 bytes", "10");
  refused(file("{}", undefined, 2 ** 40), "bad-header", String(2 ** 40));
  const header = Buffer.from(file("{}"));
  header.writeBigUInt64LE(2n ** 64n - 1n);
  refused(header, "bad-header", "18446744073709551615");
  refused(file(""), "bad-header");
  refused(file(" {}"), "bad-header", '" {}"');
  refused(file("[]"), "bad-header", '"[]"');
  refused(file('{"w":}'), "bad-header", "JSON");
  refused(file('{"w'), "bad-header", "JSON");
  refused(file('{"w\\'), "bad-header", "JSON");
  refused(file("{".repeat(1e5)), "bad-header");
  refused(file(`{"a":${"[".repeat(1e6)}`), "bad-header", "nested");
  refused(file(`{"a":${"[".repeat(1e5)}${"]".repeat(1e5)}}`), "bad-header", "nested");
  const garbled = file(`{"w":${info()}}`, eight);
  garbled[10] = 0xff;
  refused(garbled, "bad-header", "UTF-8");
  refused(file(`{"w":${info()},"w":${info()}}`, eight), "bad-header", '"w" stands twice');
  refused(file(`{"w":${info()},"\\u0077" :${info()}}`, eight), "bad-header", '"w" stands twice');
  refused(file('{"w":{"dtype":"F32","dtype":"F64","shape":[2],"data_offsets":[0,8]}}', eight), "bad-header", '"dtype" stands twice');
  refused(file(`{"__proto__":${info()}}`, eight), "bad-name", "__proto__");
  refused(file('{"__metadata__":{"__proto__":"x"}}'), "bad-name", "__proto__");
  refused(file(`{"\\ud800":${info()}}`, eight), "bad-name");
  refused(file('{"__metadata__":{"epoch":3}}'), "bad-metadata", '"epoch"', "number");
  for (const wrong of ['"x"', "null", "[]", "3"]) refused(file(`{"__metadata__":${wrong}}`), "bad-metadata");
  refused(file('{"__metadata__":{"a":{"b":{}}}}'), "bad-header");
  for (const wrong of ["3", "null", "[]", '"F32"']) refused(file(`{"w":${wrong}}`), "bad-header", '"w"');
  refused(file('{"w":{}}'), "bad-header", "undefined");
  assert.ok(!Object.hasOwn(Object.prototype, "dtype"));
});

test("types that the library has not are refused by name", () => {
  for (const dtype of ["F16", "BF16", "I64", "U8", "I8", "F8_E4M3", "f32", ""]) {
    refused(file(`{"w":${info({ dtype })}}`, eight), "unsupported-dtype", JSON.stringify(dtype), '"w"');
  }
  refused(file(`{"w":${info({ dtype: 32 })}}`, eight), "bad-header", "a number");
});

test("shapes and offsets are checked against the bytes before anything is allocated", () => {
  const one = (fields: object, code: string, ...mentioned: string[]) => refused(file(`{"w":${info(fields)}}`, eight), code, '"w"', ...mentioned);
  for (const shape of [-1, [-1], [1.5], ["2"], [null], [2 ** 60], "2", null]) one({ shape }, "bad-header");
  for (const offsets of [8, [0], [0, 4, 8], [0, -8], [0, 0.5], ["0", "8"], [0, 1e300], null]) one({ data_offsets: offsets }, "bad-offsets");
  one({ data_offsets: [8, 0] }, "bad-offsets", "ends at byte 0");
  one({ data_offsets: [4, 12] }, "bad-offsets", "bytes 0 to 4");
  one({ data_offsets: [0, 4] }, "bad-offsets", "4 bytes", "needs 8");
  one({ shape: [3] }, "bad-offsets", "8 bytes", "F32 [3] needs 12");
  one({ shape: [2 ** 31, 2 ** 31] }, "bad-offsets");
  one({ shape: new Array(1000).fill(2 ** 50) }, "bad-header", "1000 axes, and 64");
  one({ shape: new Array(50).fill(2 ** 50) }, "bad-offsets", "50 axes");
  one({ shape: [...new Array(50).fill(2 ** 50), 0] }, "bad-offsets");
  one({ shape: [4], data_offsets: [0, 16] }, "truncated", "16", "8");
  one({ shape: [2 ** 45], data_offsets: [0, 2 ** 47] }, "truncated");
  const two = (b: object, code: string, ...mentioned: string[]) => refused(file(`{"a":${info()},"b":${info(b)}}`, new Uint8Array(16)), code, ...mentioned);
  two({ data_offsets: [0, 8] }, "bad-offsets", '"b" begins at byte 0, inside the tensor that ends at 8');
  two({ data_offsets: [4, 12] }, "bad-offsets", "begins at byte 4");
  two({ shape: [1], data_offsets: [12, 16] }, "bad-offsets", "bytes 8 to 12 belong to no tensor");
  two({ shape: [1], data_offsets: [8, 12] }, "bad-offsets", "4 bytes at the end");
  const swapped = readSafetensors(file(`{"b":${info({ data_offsets: [8, 16] })},"a":${info()}}`, new Uint8Array(16)));
  assert.deepEqual(Object.keys(swapped.tensors), ["b", "a"]);
  refused(file(`{"m":${info({ dtype: "BOOL", shape: [3], data_offsets: [0, 3] })}}`, Uint8Array.of(0, 1, 2)), "bad-truth-value", "element 2", "2");
  assert.throws(() => readSafetensors(eight.buffer as never), { code: "not-bytes" });
});

const dtypes: readonly DType[] = ["float64", "float32", "int32", "uint32", "bool"];
const anyTensor = fc
  .tuple(fc.constantFrom(...dtypes), fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }), fc.infiniteStream(fc.oneof(fc.double(), fc.integer({ min: -5, max: 5 }))))
  .map(([dtype, shape, numbers]) => {
    const values = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => numbers.next().value as number);
    return tensor(values, { shape, dtype });
  });
const anyName = fc.string({ unit: fc.oneof(fc.constantFrom(".", "[", '"', "\\", "é", "\u{1f600}", " "), fc.string({ minLength: 1, maxLength: 1 })), maxLength: 8 });
const anyFile = fc.record({
  tensors: fc.dictionary(anyName, anyTensor, { maxKeys: 6, noNullPrototype: true }),
  metadata: fc.dictionary(anyName, fc.string(), { maxKeys: 3, noNullPrototype: true }),
});

test("whatever is written is read back: any names, types, shapes and numbers", () => {
  fc.assert(
    fc.property(anyFile, ({ tensors, metadata }) => {
      fc.pre(!("__metadata__" in tensors) && !Object.hasOwn(tensors, "__proto__") && !Object.hasOwn(metadata, "__proto__"));
      const bytes = writeSafetensors(tensors, metadata);
      const read = readSafetensors(bytes);
      assert.deepEqual(read.metadata, metadata);
      assert.deepEqual(Object.keys(read.tensors).sort(), Object.keys(tensors).sort());
      for (const [name, t] of Object.entries(tensors)) same(read.tensors[name]!, t);
      assert.deepEqual(writeSafetensors(read.tensors, read.metadata), bytes);
    }),
  );
});

/** Reads, or refuses by a diagnostic; anything else is a fault. */
const readOrRefuse = (bytes: Uint8Array): boolean => {
  try {
    return readSafetensors(bytes) !== undefined;
  } catch (error) {
    if (error instanceof Diagnostic && error.help !== undefined && error.sentence.length < 400) return false;
    throw error;
  }
};

test("random bytes and random headers are read or refused, and nothing else happens", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readOrRefuse(bytes)), { numRuns: 500 });
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => void readOrRefuse(file(`{${text}`))), { numRuns: 500 });
  fc.assert(fc.property(fc.json(), fc.uint8Array({ maxLength: 20 }), (text, data) => void readOrRefuse(file(text, data))), { numRuns: 500 });
  const value = fc.oneof(fc.constantFrom<unknown>("F32", "F64", "BOOL", [2], [], [0, 8], [0, 0], [8, 16]), fc.jsonValue());
  const described = fc.record({ dtype: value, shape: value, data_offsets: value }, { requiredKeys: [] });
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom("a", "b", "__metadata__"), described), fc.uint8Array({ maxLength: 20 }), (header, data) => void readOrRefuse(file(JSON.stringify(header), data))),
    { numRuns: 1000 },
  );
});

test("a valid file with bytes changed, cut off or added is read or refused; cut off or longer it is always refused", () => {
  const bytes = writeSafetensors({ w: full([3], 0.5), m: tensor([true, false]), n: tensor(Int32Array.of(1, 2)) }, { a: "b" });
  const at = fc.integer({ min: 0, max: bytes.length - 1 });
  const changes = fc.array(fc.tuple(at, fc.oneof(fc.constantFrom(..."0123456789,:{}[]\"\\ae-.".split("").map((c) => c.charCodeAt(0))), fc.integer({ min: 0, max: 255 }))), { minLength: 1, maxLength: 4 });
  let read = 0;
  fc.assert(
    fc.property(changes, (list) => {
      const changed = bytes.slice();
      for (const [i, byte] of list) changed[i] = byte;
      read += Number(readOrRefuse(changed));
    }),
    { numRuns: 3000 },
  );
  assert.ok(read > 0, "changed numbers are still numbers");
  for (let length = 0; length < bytes.length; length++) assert.equal(readOrRefuse(bytes.subarray(0, length)), false, `cut off at ${length}`);
  assert.equal(readOrRefuse(new Uint8Array([...bytes, 0])), false);
});
