/** Images from a folder of idx files, all the way: trained by convolutions, gone on with, tested, predicted, exported, drawn. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { readSafetensors } from "../../src/nn/index.ts";
import { chainrule, temporaryFolder } from "./support.ts";

const folder = temporaryFolder();
const [height, width] = [6, 7];

const idx = (shape: readonly number[], values: Uint8Array): Buffer => {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head[2] = 8;
  head[3] = shape.length;
  shape.forEach((size, i) => head.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([head, values]);
};

/** A line across the image or down it, on a ground that is a little uneven. */
const imageOf = (i: number): number[] => {
  const place = (i >> 1) % height;
  return Array.from({ length: height * width }, (_, at) => {
    const [y, x] = [Math.floor(at / width), at % width];
    return ((i % 2 === 0 ? y : x) === place ? 200 : 0) + (Math.imul(64 * i + at + 1, 0x9e3779b1) >>> 27);
  });
};

const write = (part: string, count: number, first: number): void => {
  const numbers = Array.from({ length: count }, (_, i) => first + i);
  writeFileSync(join(folder, "lines", `${part}-images-idx3-ubyte`), idx([count, height, width], Uint8Array.from(numbers.flatMap(imageOf))));
  writeFileSync(join(folder, "lines", `${part}-labels-idx1-ubyte`), idx([count], Uint8Array.from(numbers, (i) => i % 2)));
};

mkdirSync(join(folder, "lines"));
write("train", 120, 0);
write("t10k", 24, 1000);

const call = (...args: readonly string[]) => chainrule(args, { folder });
const linesOf = (text: string) => text.trimEnd().split("\n").map((line) => JSON.parse(line));
const cnn = ["--model", "cnn", "--hidden", "5", "--batch", "16", "--lr", "0.01"];

test("a cnn says what it is, learns, and its gradients are right", async () => {
  const { code, out, err } = await call("train", "lines", ...cnn, "--epochs", "14", "--out", "runs/lines");
  assert.equal(code, 0, err);
  assert.match(out, /^net: 1x6x7 -> 3x3 convolution and pooling -> 16x3x3 -> 3x3 convolution and pooling -> 32x1x1 -> 32 -> 5 -> 2, relu between, softmax loss; 4,977 parameters$/m);
  assert.match(out, /^recipe: 14 epochs, batch 16, adam, learning rate 0\.01 \(cosine\), L2 0\.0001, seed 0, float32$/m);
  assert.match(out, /^test accuracy (?:9\d|100)\.\d%/m);
  assert.match(out, /^\[0\] +16 [^]*^\[1\] +32 [^]*^\[2\] +5 /m, "monitors have a line for each layer, with its channels");
  assert.match(out, /gradient check: [^]*net\[0\]\.w\[\d+, 0, \d, \d\][^]*net\[3\]\.b/);
  const { tensors } = readSafetensors(readFileSync(join(folder, "runs/lines/weights.safetensors")));
  assert.deepEqual(Object.values(tensors).map(({ dtype, shape }) => [dtype, shape]).slice(0, 2), [["float32", [16, 1, 3, 3]], ["float32", [16]]]);
});

test("with --json the start says the convolutions, and folders of images have settings of their own", async () => {
  const start = async (...more: readonly string[]) => linesOf((await call("train", "lines", "--json", "--check=0", "--epochs", "0", ...more)).out)[0];
  const event = await start("--model", "cnn");
  assert.deepEqual(event.convolutions, { shape: [1, height, width], filters: [16, 32] });
  assert.deepEqual([event.layers, event.settings.batch, event.settings.dtype], [[32, 256, 2], 128, "float32"]);
  assert.equal("convolutions" in (await start()), false);
});

test("what was stopped goes on to the same bits, in both types", async () => {
  for (const dtype of ["float32", "float64"]) {
    const train = ["train", "lines", ...cnn, "--dtype", dtype, "--schedule", "constant", "--check=0", "--quiet"];
    await call(...train, "--epochs", "3", "--out", `whole-${dtype}`);
    await call(...train, "--epochs", "1", "--out", `parts-${dtype}`);
    const { code, err } = await call("train", "--resume", `parts-${dtype}`, "--epochs", "3", "--check=0", "--quiet");
    assert.equal(code, 0, err);
    const [whole, parts] = ["whole", "parts"].map((name) => readFileSync(join(folder, `${name}-${dtype}`, "weights.safetensors")));
    assert.deepEqual(parts, whole);
    assert.deepEqual(new Set(Object.values(readSafetensors(whole!).tensors).map((tensor) => tensor.dtype)), new Set([dtype]));
    assert.match(readFileSync(join(folder, `whole-${dtype}`, "settings.json"), "utf8"), new RegExp(`"runtime": ".*, ${dtype}"`));
  }
});

test("test, predict, export and landscape know what a cnn is", async () => {
  const tested = await call("test", "runs/lines", "lines", "--quiet");
  assert.match(tested.out, /^(?:9\d|100)\.\d%\n$/);
  const header = Array.from({ length: height * width }, (_, i) => `p${i}`).join(",");
  writeFileSync(join(folder, "pixels.csv"), `${header}\n${[5, 8].map((i) => imageOf(i).join(",")).join("\n")}\n`);
  const predicted = linesOf((await call("predict", "runs/lines", "pixels.csv", "--json")).out);
  assert.deepEqual(predicted.map(({ prediction }) => prediction), ["1", "0"]);
  await call("export", "runs/lines", "--out", "lines.mjs");
  const { predict } = (await import(pathToFileURL(join(folder, "lines.mjs")).href)) as { predict: (row: readonly number[]) => { prediction: string; probabilities: Record<string, number> } };
  for (const [i, number] of [5, 8].entries()) {
    const { prediction, probabilities } = predict(imageOf(number));
    assert.equal(prediction, predicted[i].prediction);
    assert.ok(Math.abs(probabilities["1"]! - predicted[i].probabilities["1"]) < 1e-5);
  }
  const drawn = await call("landscape", "runs/lines", "--ray", "--points", "5", "--quiet");
  assert.equal(drawn.code, 0, drawn.err);
});
