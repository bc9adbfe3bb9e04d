import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { dataSetOfImages, encodeImages, readIdx, type Idx } from "../../src/data/index.ts";
import type { PixelColumns } from "../../src/data/schema.ts";
import { Diagnostic } from "../../src/ir/diagnostic.ts";

const idx = (shape: readonly number[], values: readonly number[], type = 8): Uint8Array => {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head[2] = type;
  head[3] = shape.length;
  shape.forEach((size, i) => head.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([head, Uint8Array.from(values)]);
};

const refuses = (bytes: Uint8Array, code: string, pattern: RegExp) =>
  assert.rejects(readIdx(bytes, "file"), (error) => error instanceof Diagnostic && error.code === code && pattern.test(error.message));

test("shape and values, packed or not", async () => {
  const bytes = idx([2, 1, 3], [1, 2, 3, 4, 5, 255]);
  for (const given of [bytes, gzipSync(bytes)]) {
    const { shape, values } = await readIdx(given, "file");
    assert.deepEqual([shape, [...values]], [[2, 1, 3], [1, 2, 3, 4, 5, 255]]);
  }
});

test("larger than one chunk of the unpacker", async () => {
  const values = Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 251);
  assert.deepEqual([...(await readIdx(gzipSync(idx([300, 1000], values)), "file")).values], values);
});

test("the head is checked against the bytes", async () => {
  await refuses(idx([2, 3], [1, 2, 3]), "idx-size", /\[2, 3\].*18 bytes.*15 bytes/);
  await refuses(gzipSync(idx([2, 3], [1, 2, 3])), "idx-size", /\[2, 3\].*18 bytes.*15 bytes/);
  await refuses(idx([2], [1, 2, 3]), "idx-size", /1 byte after them/);
  await refuses(gzipSync(idx([2], [1, 2, 3])), "idx-size", /goes on after them/);
  await refuses(idx([2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], []), "idx-size", /it has 16 bytes/);
});

test("what is no idx file says why", async () => {
  await refuses(new Uint8Array(0), "not-idx", /0 bytes/);
  await refuses(Uint8Array.of(0, 0, 8), "not-idx", /3 bytes/);
  await refuses(Uint8Array.of(80, 75, 3, 4, 0, 0), "not-idx", /two zero bytes/);
  await refuses(Uint8Array.of(0, 0, 7, 1, 0, 0, 0, 0), "not-idx", /third byte, 7/);
  await refuses(idx([1], [0, 0, 0, 0], 0x0d), "idx-type", /32-bit floats/);
  await refuses(Uint8Array.of(0, 0, 8, 0), "not-idx", /0 sizes/);
  await refuses(Uint8Array.of(0, 0, 8, 9), "not-idx", /9 sizes/);
  await refuses(Uint8Array.of(0, 0, 8, 2, 0, 0), "not-idx", /within its head/);
  await refuses(gzipSync(Uint8Array.of(1, 2)), "not-idx", /2 bytes/);
});

test("a packed file that is damaged or cut off is one diagnostic", async () => {
  const packed = gzipSync(idx([1000], Array.from({ length: 1000 }, (_, i) => (i * 7919) % 251)));
  await refuses(packed.subarray(0, 100), "bad-gzip", /damaged or cut off/);
  const changed = Uint8Array.from(packed);
  changed[changed.length - 6]! ^= 1;
  await refuses(changed, "bad-gzip", /damaged or cut off/);
});

test("a bomb is stopped by the sizes in its head", async () => {
  // 64 MiB of zeros behind a head that says two: unpacking ends at the third.
  await refuses(gzipSync(Buffer.concat([idx([2], []), Buffer.alloc(64 * 2 ** 20)])), "idx-size", /\[2\].*10 bytes.*goes on/);
  // A head that promises more than gzip could ever have packed into so few bytes takes no memory.
  await refuses(gzipSync(idx([2 ** 31, 2 ** 31], [])), "idx-size", /only \d+ packed bytes/);
  await refuses(gzipSync(Buffer.concat([idx([2 ** 30, 1], []), Buffer.alloc(2 ** 21)]), { level: 0 }), "file-too-large", /1 GiB/);
});

test("no bytes end in anything but an array or a diagnostic", async () => {
  const head = fc.tuple(fc.constantFrom(0, 1), fc.constantFrom(8, 9, 200), fc.integer({ min: 0, max: 5 }), fc.uint8Array({ maxLength: 40 })).map(([a, type, rank, rest]) => Uint8Array.of(a, 0, type, rank, ...rest));
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), head, head.map((plain) => new Uint8Array(gzipSync(plain))), fc.uint8Array({ maxLength: 40 }).map((rest) => Uint8Array.of(0x1f, 0x8b, 8, 0, ...rest)));
  await fc.assert(
    fc.asyncProperty(bytes, async (given) => {
      try {
        const { shape, values } = await readIdx(given, "file");
        assert.equal(values.length, shape.reduce((product, size) => product * size, 1));
      } catch (error) {
        assert.ok(error instanceof Diagnostic, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

const array = (name: string, shape: readonly number[], values: readonly number[]): Idx => ({ name, shape, values: Uint8Array.from(values) });
/** Images of two pixels whose first is ten times the label, numbered by the second. */
const pair = (labels: readonly number[], offset = 0) => ({
  images: array("images", [labels.length, 1, 2], labels.flatMap((label, i) => [10 * label, i + offset])),
  labels: array("labels", [labels.length], labels),
});

test("a data set of images: means of the training rows, validation rows out of the training file, classes by name", () => {
  const [train, test] = [pair(Array.from({ length: 50 }, (_, i) => 3 + 2 * (i % 2))), pair([5, 3, 5, 3], 100)];
  const set = dataSetOfImages("folder", train, test);
  assert.deepEqual([set.train.y.length, set.validation.y.length, set.test.y.length], [46, 4, 4]);
  assert.deepEqual(set.schema.label, { kind: "class", name: "class", classes: ["3", "5"] });
  const [{ shape, shift, scale }] = set.schema.inputs as [PixelColumns];
  assert.deepEqual([shape, scale], [[1, 1, 2], 1 / 255]);
  assert.deepEqual([...set.test.y], [1, 0, 1, 0]);
  assert.deepEqual([...set.test.x.subarray(0, 2)], [(50 - shift[0]!) * scale, (100 - shift[1]!) * scale].map(Math.fround));
  // Every training image once, in one of the two parts.
  const numbers = [set.train, set.validation].flatMap(({ x }) => Array.from(x).flatMap((v, i) => (i % 2 === 1 ? [Math.round(v / scale + shift[1]!)] : [])));
  assert.deepEqual(numbers.sort((a, b) => a - b), Array.from({ length: 50 }, (_, i) => i));
  const mean = Array.from(set.train.x).filter((_, i) => i % 2 === 1).reduce((sum, v) => sum + v, 0);
  assert.ok(Math.abs(mean) < 1e-5);
  assert.deepEqual(set, dataSetOfImages("folder", train, test));
  assert.deepEqual(encodeImages(set.schema, test), set.test);
});

test("colours and flat rows have shapes too", () => {
  const labels = array("labels", [4], [0, 1, 0, 1]);
  const values = Array.from({ length: 48 }, (_, i) => i);
  const shapeOf = (...sizes: number[]) => {
    const images = array("images", [4, ...sizes], values);
    return (dataSetOfImages("folder", { images, labels }, { images, labels }).schema.inputs as [PixelColumns])[0].shape;
  };
  assert.deepEqual(shapeOf(12), [1, 1, 12]);
  assert.deepEqual(shapeOf(3, 2, 2), [3, 2, 2]);
});

test("test images that are training images are counted", () => {
  const { remarks } = dataSetOfImages("folder", pair(Array.from({ length: 20 }, (_, i) => i % 2)), pair([0, 1, 0, 1], 200));
  assert.deepEqual(remarks, []);
  const same = dataSetOfImages("folder", pair(Array.from({ length: 20 }, (_, i) => i % 2)), pair(Array.from({ length: 20 }, (_, i) => i % 2)));
  assert.match(same.remarks[0]!.says, new RegExp(`^${same.train.y.length} of 20 test rows`));
  assert.equal(same.remarks[0]!.code, "test-rows-in-training");
});

test("files that do not belong together are named", () => {
  const good = pair([0, 1, 0, 1, 0, 1]);
  const refusesSet = (train: ReturnType<typeof pair>, test: ReturnType<typeof pair>, code: string, pattern: RegExp) =>
    assert.throws(() => dataSetOfImages("folder", train, test), (error) => error instanceof Diagnostic && error.code === code && pattern.test(error.message));
  refusesSet({ ...good, labels: array("labels", [5], [0, 1, 0, 1, 0]) }, good, "idx-mismatch", /6 images.*5 labels/);
  refusesSet({ images: good.labels, labels: good.labels }, good, "idx-mismatch", /should hold images/);
  refusesSet({ images: good.images, labels: good.images }, good, "idx-mismatch", /should hold labels/);
  refusesSet(good, { images: array("other", [1, 3], [1, 2, 3]), labels: array("labels", [1], [0]) }, "idx-mismatch", /\[1, 1, 3\].*\[1, 1, 2\]/);
  refusesSet(good, pair([0, 7]), "idx-mismatch", /label 2 is 7, which no training image has/);
  refusesSet(pair([1, 1, 1]), good, "constant-label", /every label is 1/);
  refusesSet({ images: array("images", [2, 0], []), labels: array("labels", [2], [0, 1]) }, good, "idx-mismatch", /no pixels/);
});
