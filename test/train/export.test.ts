/** An exported module says what its run says, in a process of its own, and is what it claims to be: plain, whole, typed. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { root } from "../../scripts/entries.ts";
import type { Schema } from "../../src/data/schema.ts";
import { exportRun } from "../../src/train/export.ts";
import { loadRun, type Run } from "../../src/train/load-run.ts";
import type { Prediction } from "../../src/train/predict.ts";
import type { Row } from "../../src/train/rows.ts";
import { randomData, trainedFiles } from "./runs.ts";
import { activationNames, rowsFor, schemas, settingsForSchema } from "./schemas.ts";

const folder = mkdtempSync(join(tmpdir(), "chainrule-export-"));
after(() => rmSync(folder, { recursive: true, force: true }));

writeFileSync(
  join(folder, "call.mjs"),
  `const { module, rows } = JSON.parse(process.argv[2]);
const { predict, scores } = await import(module);
console.log(JSON.stringify(rows.map((row) => ({ ...predict(row), all: scores(row) }))));`,
);

type Answer = Prediction & { readonly all: readonly number[] };
let written = 0;

/** What the module answers, asked in another process. */
const answersOf = (run: Run, rows: readonly Row[]): readonly Answer[] => {
  const file = join(folder, `model-${written++}.mjs`);
  writeFileSync(file, exportRun(run));
  const out = execFileSync(process.execPath, ["call.mjs", JSON.stringify({ module: pathToFileURL(file).href, rows })], { cwd: folder, encoding: "utf8" });
  return JSON.parse(out) as Answer[];
};

/** A run in float32 rounds on the way what the module does not. `size`: of the largest numbers that were summed. */
const closeTo = (tolerance: number, size: number) => (a: number, b: number): void =>
  assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, size, Math.abs(b)), `${a}, not ${b}`);

const agrees = (answer: Answer, wanted: Prediction, scores: readonly number[], run: Run): void => {
  const isShort = run.settings.settings.dtype === "float32";
  const { label } = run.schema;
  const close = closeTo(isShort ? 1e-5 : 1e-12, isShort ? Math.max(...scores.map(Math.abs)) : 0);
  assert.equal(answer.all.length, scores.length);
  scores.forEach((score, k) => close(answer.all[k]!, score));
  if (label.kind === "number") {
    return close((answer.prediction as number) / label.deviation, (wanted.prediction as number) / label.deviation);
  }
  // Scores that are as good as equal may be rounded to either side.
  const sorted = scores.toSorted((a, b) => b - a);
  if (!isShort || sorted[0]! - sorted[1]! > 1e-4 * Math.max(1, Math.abs(sorted[0]!))) assert.equal(answer.prediction, wanted.prediction);
  const [theirs, ours] = [answer.probabilities ?? answer.scores!, wanted.probabilities ?? wanted.scores!];
  assert.deepEqual(Object.keys(theirs), Object.keys(ours));
  assert.equal(answer.probabilities === undefined, wanted.probabilities === undefined);
  for (const [name, value] of Object.entries(ours)) close(theirs[name]!, value);
};

test("whatever was trained, the exported module predicts the same numbers in another process", async () => {
  const cases = schemas.chain((schema) => fc.tuple(fc.constant(schema), settingsForSchema(schema), rowsFor(schema)));
  await fc.assert(
    fc.asyncProperty(cases, async ([schema, chosen, rows]) => {
      const run = loadRun(await trainedFiles(randomData(schema), chosen));
      const [predictions, scores] = [run.predict(rows), run.scores(rows)];
      answersOf(run, rows).forEach((answer, i) => agrees(answer, predictions[i]!, scores[i]!, run));
    }),
    { numRuns: 35 },
  );
});

const schema: Schema = {
  inputs: [
    { kind: "number", name: "length", mean: 5, deviation: 2 },
    { kind: "category", name: "colour", values: ["red", "blue"] },
  ],
  label: { kind: "class", name: "kind", classes: ["a", "b"] },
};
const flat: Schema = { ...schema, label: { kind: "number", name: "price", mean: 100, deviation: 10 } };
const image: Schema = { ...schema, inputs: [{ kind: "pixels", name: "image", shape: [1, 2, 2], shift: [1, 2, 3, 4], scale: 1 / 16 }] };

const exported = async (of: Schema, chosen: Parameters<typeof trainedFiles>[1]): Promise<string> => exportRun(loadRun(await trainedFiles(randomData(of), chosen)));

test("every module passes the TypeScript compiler, which finds all its types", async () => {
  const texts = new Map<string, string>();
  for (const activation of activationNames) texts.set(activation, await exported(schema, { hidden: [3, 2], activation, epochs: 0 }));
  for (const model of ["softmax", "svm"] as const) texts.set(model, await exported(schema, { model, epochs: 0 }));
  texts.set("cnn", await exported(image, { model: "cnn", hidden: [2], epochs: 0 }));
  texts.set("cnn without hidden layers", await exported(image, { model: "cnn", hidden: [], activation: "gelu", epochs: 0 }));
  for (const [name, of] of [["number", flat], ["image", image]] as const) texts.set(name, await exported(of, { hidden: [2], epochs: 0 }));
  const checked = join(folder, "checked");
  mkdirSync(checked);
  for (const [name, text] of texts) writeFileSync(join(checked, `${name}.mjs`), text);
  const use = [
    'import { predict } from "./relu.mjs";',
    "export const kind: string = predict({ length: 1, colour: null }).prediction;",
    "// @ts-expect-error: a class has a name",
    'export const wrong: number = predict([1, "red"]).prediction;',
  ];
  writeFileSync(join(checked, "use.mts"), `${use.join("\n")}\n`);
  const compilerOptions = { allowJs: true, checkJs: true, strict: true, noEmit: true, target: "es2022", module: "nodenext", lib: ["es2022"], types: [], noUnusedLocals: true };
  writeFileSync(join(checked, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.mjs", "*.mts"] }));
  const { status, stdout } = spawnSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", checked], { encoding: "utf8" });
  assert.equal(stdout, "");
  assert.equal(status, 0);
});

test("a module needs nothing, and runs where code from text may not", async () => {
  for (const activation of activationNames) {
    const text = await exported(schema, { hidden: [3], activation, epochs: 0 });
    const code = text.replace(/\/\*[^]*?\*\/|\/\/.*/g, "");
    assert.doesNotMatch(code, /\b(?:import|require|eval|Function|process|globalThis|window|document|fetch)\b/, activation);
    assert.deepEqual(code.match(/^export const \w+/gm), ["export const scores", "export const predict"]);
  }
});

test("a module says what it is, and its example is true", async () => {
  const text = await exported(schema, { hidden: [3], activation: "tanh", epochs: 1 });
  const [what, how, , , call, answer] = text.split("\n");
  assert.equal(what, "// kind (a, b) from length, colour: 3 -> 3 -> 2, tanh.");
  assert.equal(how, "// Trained on random.csv with chainrule 0.1.0; written by chainrule export. Not to be edited: train again, and export again.");
  const file = join(folder, "example.mjs");
  writeFileSync(file, text);
  const { predict } = (await import(pathToFileURL(file).href)) as { predict: (row: Row) => Prediction };
  assert.equal(call, '//   predict({ length: 5, colour: "red" });');
  const { prediction, probabilities } = predict({ length: 5, colour: "red" });
  const [, shown, a, b] = /^\/\/ {3}\/\/ \{ prediction: "(\w)", probabilities: \{ a: ([\d.]+), b: ([\d.]+) \} \}$/.exec(answer!)!;
  assert.equal(shown, prediction);
  assert.deepEqual([Number(a), Number(b)], ["a", "b"].map((name) => Number(probabilities![name]!.toPrecision(3))));
});

test("a row that does not fit is refused by the name of the column", async () => {
  const file = join(folder, "refuses.mjs");
  writeFileSync(file, await exported(schema, { hidden: [], epochs: 0 }));
  const { predict } = (await import(pathToFileURL(file).href)) as { predict: (row: unknown) => Prediction };
  assert.throws(() => predict({ length: 1 }), /^TypeError: The row has no "colour"; give null where it is not known\.$/);
  assert.throws(() => predict([1]), /The row has no "colour"/);
  assert.throws(() => predict({ length: "tall", colour: "red" }), /^TypeError: "length" is a number, and not "tall"\.$/);
  assert.throws(() => predict({ length: Infinity, colour: "red" }), /"length" is a number, and not "Infinity"/);
  assert.deepEqual(predict({ length: " 5 ", colour: "red" }), predict({ length: NaN, colour: "red" }));
  const pixels = join(folder, "pixels.mjs");
  writeFileSync(pixels, await exported(image, { hidden: [], epochs: 0 }));
  const { predict: read } = (await import(pathToFileURL(pixels).href)) as { predict: (row: unknown) => Prediction };
  assert.throws(() => read([1, 2, 3]), /^TypeError: An image has 4 pixels, and not 3\.$/);
  assert.equal(read(Uint8Array.of(1, 2, 3, 4)).prediction, "a");
});
