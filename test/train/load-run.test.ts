/** A run comes back from its two files with the same numbers, and whatever is wrong with the files is said by name. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decode } from "../../src/data/encode.ts";
import { asBatch } from "../../src/data/examples.ts";
import type { Schema } from "../../src/data/schema.ts";
import { Diagnostic } from "../../src/ir/diagnostic.ts";
import { readSafetensors } from "../../src/nn/safetensors.ts";
import { sealTensors } from "../../src/train/sealed.ts";
import { tensor } from "../../src/trace/tensor.ts";
import { loadRun, type Run, type RunFiles } from "../../src/train/load-run.ts";
import { planOf, train } from "../../src/train/train.ts";
import { settingsFor } from "../../src/train/settings.ts";
import { randomData, trainedFiles } from "./runs.ts";
import { schemas, settingsForSchema } from "./schemas.ts";

const schema: Schema = {
  inputs: [
    { kind: "number", name: "length", mean: 5, deviation: 2 },
    { kind: "left-out", name: "id", why: "every row has another" },
    { kind: "category", name: "colour", values: ["red", "blue"] },
  ],
  label: { kind: "class", name: "kind", classes: ["a", "b"] },
};
const image: Schema = { ...schema, inputs: [{ kind: "pixels", name: "image", shape: [1, 2, 2], shift: [1, 2, 3, 4], scale: 1 / 16 }] };

const files = await trainedFiles(randomData(schema), { hidden: [3], epochs: 1 });
const settings = JSON.parse(files.settings) as Record<string, unknown>;

const refused = (given: RunFiles, act: (run: Run) => unknown = () => {}): Diagnostic => {
  try {
    act(loadRun(given));
  } catch (error) {
    assert.ok(error instanceof Diagnostic, String(error));
    assert.ok(error.help, error.sentence);
    return error;
  }
  throw new assert.AssertionError({ message: "it is not refused" });
};

test("a run that was saved predicts what the model in memory does, to the last bit", async () => {
  await fc.assert(
    fc.asyncProperty(schemas.chain((of) => fc.tuple(fc.constant(of), settingsForSchema(of))), async ([of, chosen]) => {
      const data = randomData(of);
      const plan = planOf(data, settingsFor("random", chosen));
      const events = train(plan);
      let next = await events.next();
      while (!next.done) next = await events.next();
      const scores = plan.task.scores(next.value.model, asBatch(data.test).x).dataSync();
      const run = loadRun(await trainedFiles(data, chosen));
      assert.deepEqual([...run.task.scores(run.model, asBatch(data.test).x).dataSync()], [...scores]);
      assert.deepEqual(run.schema, of);
      assert.equal(run.epoch, chosen.epochs);
      assert.equal(decode(of, scores).length, data.test.y.length);
    }),
    { numRuns: 25 },
  );
});

test("rows come by name or in order, and what is not known counts as the mean or as no word", () => {
  const run = loadRun(files);
  const [first, ...same] = run.scores([{ length: 7, colour: "red" }, { colour: "red", length: "7", id: 3 }, [7, "red"], [7, " red "]]);
  for (const scores of same) assert.deepEqual(scores, first);
  const [unknown, mean] = run.scores([[null, "green"], { length: NaN, colour: undefined }]);
  assert.deepEqual(unknown, mean);
  assert.deepEqual(run.scores([[5, "green"]]), [mean]);
  const [{ prediction, probabilities }] = run.predict([[7, "red"]]) as [{ prediction: string; probabilities: Record<string, number> }];
  assert.deepEqual(Object.keys(probabilities), ["a", "b"]);
  assert.equal(prediction, probabilities["a"]! > probabilities["b"]! ? "a" : "b");
  assert.ok(Math.abs(probabilities["a"]! + probabilities["b"]! - 1) < 1e-15);
  assert.deepEqual(run.predict([]), []);
});

test("settings come as text or as the value it stands for, and many rows give what each gives alone", () => {
  const run = loadRun({ ...files, settings });
  const rows = Array.from({ length: 1100 }, (_, i) => [i % 13, i % 2 === 0 ? "red" : "blue"]);
  const scores = run.scores(rows);
  assert.equal(scores.length, rows.length);
  // A row alone is run in the interpreter, many by a program: in float32 their last digits may differ.
  for (const i of [0, 511, 512, 1099]) {
    const [alone] = loadRun(files).scores([rows[i]!]);
    assert.equal(scores[i]!.length, alone!.length);
    scores[i]!.forEach((score, k) => assert.ok(Math.abs(score - alone![k]!) <= 4 * 2 ** -23 * Math.abs(alone![k]!), `row ${i}: ${score}, alone ${alone![k]!}`));
  }
});

test("an image is the list of its pixels, in any kind of array", async () => {
  const run = loadRun(await trainedFiles(randomData(image), { model: "svm", epochs: 0 }));
  const [list, ...same] = run.predict([[1, 2, 3, 20], Uint8Array.of(1, 2, 3, 20), { image: Float32Array.of(1, 2, 3, 20) }]);
  for (const prediction of same) assert.deepEqual(prediction, list);
  assert.deepEqual(Object.keys(list!), ["prediction", "scores"]);
  const wrong = refused(await trainedFiles(randomData(image), { epochs: 0 }), (of) => of.predict([[1, 2, 3]]));
  assert.equal(wrong.sentence, "row 1: 3 cells, and the model reads 4");
  assert.match(refused(await trainedFiles(randomData(image), { epochs: 0 }), (of) => of.predict([{ image: 3 }])).sentence, /^row 1: "image" is a number$/);
});

test("a row that does not fit is named with its column", () => {
  const says = (row: unknown): string => refused(files, (run) => run.predict([[1, "red"], row as never])).message;
  assert.equal(says({ lenght: 1, colour: "red" }), 'row 2: there is no "length"\n  help: did you mean "length" by "lenght"?');
  assert.equal(says({ length: 1 }), 'row 2: there is no "colour"\n  help: give a value for it, or null where it is not known');
  assert.equal(says([1]), "row 2: 1 cells, and the model reads 2\n  help: in this order: length, colour");
  assert.match(says(["tall", "red"]), /^rows, row 2, column "length": "tall" is not a number\./);
  assert.match(says([Infinity, "red"]), /^rows, row 2, column "length": "Infinity" is not a finite number\./);
  assert.match(says([{}, "red"]), /^row 2: "length" is an object\n/);
  assert.match(says(7), /^row 2: a number is no row\n/);
  assert.match(refused(files, (run) => run.predict({ length: 1 } as never)).message, /^an object given for the rows\n {2}help: pass a list/);
});

/** Every place of a JSON value, as the keys that lead to it. */
const placesOf = (value: unknown): (string | number)[][] =>
  typeof value !== "object" || value === null
    ? [[]]
    : [[], ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner).map((rest) => [Array.isArray(value) ? Number(key) : key, ...rest]))];

const withAt = (value: unknown, [key, ...rest]: readonly (string | number)[], put: unknown): unknown => {
  if (key === undefined) return put;
  if (Array.isArray(value)) return value.map((item: unknown, i) => (i === key ? withAt(item, rest, put) : item));
  return Object.fromEntries(Object.entries(value as object).map(([name, inner]) => [name, name === key ? withAt(inner, rest, put) : inner]));
};

const pathText = (place: readonly (string | number)[]): string => place.map((key, i) => (typeof key === "number" ? `[${key}]` : i === 0 ? key : `.${key}`)).join("");

test("each field of the settings is checked, and the one that is wrong is named", async () => {
  const whole = [JSON.parse((await trainedFiles(randomData(image), { epochs: 0 })).settings), { ...settings, data: { name: "x.csv", label: "kind", as: "class", testShare: 0.2, digest: "0".repeat(64) } }];
  for (const value of whole) {
    for (const place of placesOf(value).slice(1)) {
      for (const wrong of [{ wrong: true }, undefined, -1e400]) {
        if (wrong === undefined && ["data.label", "data.as", "data.testShare"].includes(pathText(place))) continue;
        // A number is another format, which has a sentence of its own.
        if (typeof wrong === "number" && place[0] === "format") continue;
        const { code, sentence } = refused({ ...files, settings: withAt(value, place, wrong) });
        assert.equal(code, "bad-run", pathText(place));
        const named = place[0] === "settings" && place.length > 1 ? `settings: ${String(place[1])}` : pathText(place);
        assert.ok(sentence.startsWith(`settings.json: ${named}`) || (wrong === undefined && sentence.startsWith("settings.json: ")), `${pathText(place)}: ${sentence}`);
      }
    }
  }
});

test("whatever stands in the settings, there is one diagnostic or a run that predicts", () => {
  const places = placesOf(settings);
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.jsonValue(), (place, value) => {
      try {
        loadRun({ ...files, settings: JSON.stringify(withAt(settings, place, value)) }).predict([]);
      } catch (error) {
        assert.ok(error instanceof Diagnostic, String(error));
      }
    }),
    { numRuns: 300 },
  );
});

test("settings that are no JSON, of another format, or of a file of one's own are refused with what to do", () => {
  assert.match(refused({ ...files, settings: "{" }).sentence, /^settings\.json: this is no JSON: /);
  assert.match(refused({ ...files, settings: [] }).sentence, /^settings\.json: the file is \[\], not an object$/);
  const later = refused({ ...files, settings: { ...settings, format: 2, chainrule: "9.1.0" } });
  assert.equal(later.code, "unknown-format");
  assert.equal(later.message, "settings.json has format 2, and this version of chainrule reads format 1\n  help: the run was written by chainrule 9.1.0: use that version, or train again");
  assert.equal(refused({ ...files, settings: { ...settings, format: "1" } }).sentence, 'settings.json: format is "1", not 1');
  const own = refused({ ...files, settings: { ...settings, file: { name: "model.ts", digest: "0".repeat(64) } } });
  assert.deepEqual([own.code, own.sentence], ["own-file", "this run was trained from model.ts, so settings.json does not say what its model computes"]);
});

test("weights must have the shapes that the settings ask for, whole and finite", () => {
  const { tensors } = readSafetensors(files.weights);
  const other = refused({ ...files, settings: { ...settings, settings: { ...(settings["settings"] as object), hidden: [4] } } });
  assert.equal(other.code, "weights-do-not-fit");
  assert.match(other.message, /^weights\.safetensors: "\[0\]\.w" is float32 \[3, 3\] in the file and float32 \[3, 4\] in the model\n {2}note: .*\n/);
  const cut = refused({ ...files, weights: files.weights.subarray(0, -1) });
  assert.match(cut.sentence, /^weights\.safetensors: /);
  const lost = refused({ ...files, weights: sealTensors({ ...tensors, "[0].b": tensor([0, NaN, 0], { dtype: "float32" }) }, { epoch: "1" }) });
  assert.deepEqual([lost.code, lost.sentence], ["not-finite", 'weights.safetensors: "[0].b" holds NaN at [1]']);
  assert.equal(refused({ ...files, weights: "x" as never }).code, "not-bytes");
  const turned = files.weights.slice();
  turned[turned.length - 1]! ^= 1;
  assert.equal(refused({ ...files, weights: turned }).sentence, "weights.safetensors is damaged: its bytes are not those of its digest.");
});

test("sizes that the settings only claim cost nothing", () => {
  const claiming = (...hidden: number[]) => refused({ ...files, settings: { ...settings, settings: { ...(settings["settings"] as object), hidden } } });
  const before = process.memoryUsage().arrayBuffers;
  assert.equal(claiming(3e7, 3).code, "weights-do-not-fit");
  assert.equal(claiming(3e7, 3e7).sentence, "settings.json: settings.hidden asks for too large a layer: [30000000, 30000000] has 900000000000000 elements; 2^31 - 1 is the most");
  assert.ok(process.memoryUsage().arrayBuffers - before < 1e6);
});
