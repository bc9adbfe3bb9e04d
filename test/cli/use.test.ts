/** `predict`, `test` and `export`: what comes out, in which order, and what is said about rows. */
import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Prediction } from "../../src/train/predict.ts";
import { loadRun } from "../../src/train/load-run.ts";
import { folderWithRuns, trainIn } from "./flowers.ts";
import { chainrule } from "./support.ts";

const folder = await folderWithRuns();
await trainIn(folder, "flowers.csv", "runs/svm", "--model", "svm");

interface Line extends Prediction {
  readonly row: number;
  readonly label?: string | number | null;
}

const call = (args: readonly string[], input?: string) => chainrule(args, { folder, ...(input === undefined ? {} : { input: [input] }) });

const linesOf = (out: string): Line[] => out.trimEnd().split("\n").map((line) => JSON.parse(line) as Line);

const runIn = (name: string) =>
  loadRun({ settings: readFileSync(join(folder, "runs", name, "settings.json"), "utf8"), weights: readFileSync(join(folder, "runs", name, "weights.safetensors")) });

describe("predict", () => {
  test("with --json every row is one object, in order, with the numbers of the run", async () => {
    const rows = Array.from({ length: 1200 }, (_, i) => [i % 9, i % 3 === 0 ? "red" : "blue"] as const);
    const { code, out, err } = await call(["predict", "runs/flowers", "-", "--json"], `length,colour\n${rows.map((row) => row.join(",")).join("\n")}\n`);
    assert.deepEqual([code, err], [0, ""]);
    const wanted = runIn("flowers").predict(rows).map((prediction, i) => ({ row: i + 2, ...prediction }));
    assert.deepEqual(linesOf(out), wanted);
  });

  test("behind a pipe it is CSV in full digits, on a terminal a table", async () => {
    const [first, second] = runIn("flowers").predict([[5.1, "red"], [6.2, "blue"]]);
    const [a, b] = [first!.probabilities!["setosa"]!, second!.probabilities!["virginica"]!];
    assert.deepEqual(await call(["predict", "runs/flowers", "rows.csv"]), { code: 0, out: `row,prediction,probability\n2,setosa,${a}\n3,virginica,${b}\n`, err: "" });
    const { out } = await chainrule(["predict", "runs/flowers", "rows.csv"], { folder, terminal: true });
    assert.equal(out, `row  prediction  probability\n  2  setosa           ${a.toFixed(4)}\n  3  virginica        ${b.toFixed(4)}\n`);
  });

  test("an SVM has scores, a number stands alone in its own unit", async () => {
    const { out } = await call(["predict", "runs/svm", "rows.csv"]);
    assert.match(out, /^row,prediction,score\n2,setosa,[\d.]+\n3,virginica,[\d.]+\n$/);
    const [line] = linesOf((await call(["predict", "runs/svm", "rows.csv", "--json"])).out);
    assert.deepEqual(Object.keys(line!), ["row", "prediction", "scores"]);
    const [price] = runIn("prices").predict([[5.1, "red"]]);
    assert.match((await call(["predict", "runs/prices", "rows.csv"])).out, new RegExp(`^row,prediction\\n2,${price!.prediction}\\n3,[\\d.]+\\n$`));
    assert.ok(Number(price!.prediction) > 5, "prices are standardised inside alone");
  });

  test("a row keeps its number in the file, whatever stands between", async () => {
    const { out } = await call(["predict", "runs/flowers", "-"], 'colour,length,species\n\nred,5,"who\nknows"\n\n\nblue,6,\n');
    assert.deepEqual(out.match(/^\d+/gm), ["3", "6"]);
  });

  test("the column of the label may say anything, since nobody looks at it", async () => {
    const [plain, odd] = await Promise.all([call(["predict", "runs/prices", "-"], "length,colour\n5.1,red\n"), call(["predict", "runs/prices", "-"], "length,colour,price\n5.1,red,not known yet\n")]);
    assert.deepEqual(odd, plain);
    assert.equal((await call(["predict", "runs/flowers", "-"], "length,colour,species\n5.1,red,tulip\n")).err, "");
  });

  test("a class with a comma in its name is one cell", async () => {
    const table = ["a,kind", ...Array.from({ length: 20 }, (_, i) => `${i % 2},"${i % 2 === 0 ? 'big, ""old""' : "new"}"`), ""].join("\n");
    writeFileSync(join(folder, "kinds.csv"), table);
    await trainIn(folder, "kinds.csv", "runs/kinds");
    const { out } = await call(["predict", "runs/kinds", "-"], "a\n0\n");
    assert.match(out, /^row,prediction,probability\n2,"big, ""old""",0\.\d+\n$/);
  });

  test("what is said about rows goes to standard error, and a bad cell leaves nothing half-printed", async () => {
    const odd = await call(["predict", "runs/flowers", "-"], "length,colour,petal\n,green,1\n5,red,2\n");
    assert.match(odd.err, /warning\[extra-columns\].*petal[^]*warning\[missing-cells\].*length 1[^]*warning\[unseen-word\].*"green" \(row 2\)/);
    assert.equal(odd.out.split("\n").length, 4);
    assert.equal((await call(["predict", "runs/flowers", "-", "--quiet"], "length,colour\n,green\n")).err, "");
    const rows = Array.from({ length: 2000 }, () => "5,red").join("\n");
    const bad = await call(["predict", "runs/flowers", "-"], `length,colour\n${rows}\ntall,red\n`);
    assert.deepEqual([bad.code, bad.out], [2, ""]);
    assert.match(bad.err, /^error\[bad-cell\]: standard input, row 2002, column "length": "tall" is not a number\./);
  });

  test("whoever reads slowly is waited for", async () => {
    let [open, most] = [0, 0];
    const { run } = await import("../../src/cli/run.ts");
    const slow = {
      write: async () => {
        most = Math.max(most, ++open);
        await new Promise((done) => setImmediate(done));
        open--;
      },
      isTTY: false,
      columns: undefined,
    };
    const quiet = { write: () => {}, isTTY: false, columns: undefined };
    const chunks = async function* () {
      yield new TextEncoder().encode("length,colour\n5,red\n6,red\n7,red\n");
    };
    assert.equal(await run(["predict", "runs/flowers", "-", "--json"], { folder, env: {}, in: { isTTY: false, chunks }, out: slow, err: quiet }), 0);
    assert.equal(most, 1);
  });
});

describe("test", () => {
  test("says what training said of the test rows of a set with a name", async () => {
    await trainIn(folder, "iris", "runs/iris");
    const trained = readFileSync(join(folder, "runs", "iris", "metrics.jsonl"), "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
    const { testLoss, testAccuracy, confusion } = trained.find(({ event }) => event === "done");
    const { out, err } = await call(["test", "runs/iris", "iris", "--json"]);
    assert.equal(err, "");
    const lines = linesOf(out);
    assert.deepEqual(lines.pop(), { event: "done", testLoss, testAccuracy, confusion });
    assert.equal(lines.length, 30);
    assert.deepEqual(lines.map(({ row }) => row), lines.map((_, i) => i + 1));
    assert.equal(lines.filter(({ prediction, label }) => prediction === label).length, Math.round(30 * testAccuracy));
    const text = await call(["test", "runs/iris", "iris"]);
    assert.match(text.out, new RegExp(`^test accuracy ${(100 * testAccuracy).toFixed(1)}% \\(\\d+ of 30 rows, loss ${testLoss.toFixed(4)}\\)\\n\\n +label +setosa versicolor  virginica  right\\n`));
    assert.equal((await call(["test", "runs/iris", "iris", "--quiet"])).out, `${(100 * testAccuracy).toFixed(1)}%\n`);
  });

  test("tests every row of a file, and says which of them were trained on", async () => {
    const { out, err } = await call(["test", "runs/flowers", "flowers.csv"]);
    assert.match(out, /^test accuracy [\d.]+% \(\d+ of 40 rows, /);
    assert.match(err, /warning\[test-rows-in-training\]: flowers\.csv: 24 of 40 rows are among those that the model was trained on, so the figures are better/);
    const fresh = await call(["test", "runs/flowers", "-"], "length,colour,species\n5.17,red,setosa\n6.17,blue,virginica\n");
    assert.equal(fresh.err, "");
    // Where the table is gone nothing is known, and nothing is claimed.
    cpSync(join(folder, "runs", "flowers"), join(folder, "far", "away", "flowers"), { recursive: true });
    assert.doesNotMatch((await call(["test", "far/away/flowers", "flowers.csv"])).err, /test-rows-in-training/);
  });

  test("numbers are tested by R^2, in their own unit", async () => {
    const { out, err } = await call(["test", "runs/prices", "-"], "length,colour,price\n1.1,red,3.55\n2.1,blue,16.55\n4.1,red,12.55\n");
    assert.equal(err, "");
    assert.match(out, /^test R\^2 -?[\d.]+ \(3 rows, off by [\d.]+ in the root mean square, loss [\d.]+\)\n$/);
    const lines = linesOf((await call(["test", "runs/prices", "-", "--json"], "length,colour,price\n1.1,red,3.55\n2.1,blue,16.55\n4.1,red,12.55\n")).out);
    const done = lines.pop() as unknown as { event: string; testR2: number; testLoss: number };
    const labels = lines.map(({ label }) => label as number);
    assert.deepEqual(labels, [3.55, 16.55, 12.55]);
    const squares = (of: readonly number[]): number => of.reduce((sum, v) => sum + v * v, 0);
    const mean = labels.reduce((sum, v) => sum + v, 0) / 3;
    const r2 = 1 - squares(lines.map(({ prediction, label }) => Number(prediction) - Number(label))) / squares(labels.map((v) => v - mean));
    assert.equal(done.event, "done");
    assert.ok(Math.abs(done.testR2 - r2) < 1e-9);
    const alone = await call(["test", "runs/prices", "-"], "length,colour,price\n1.1,red,3.55\n");
    assert.match(alone.out, /^test R\^2 says nothing: all labels are the same \(1 row, loss [\d.]+\)\n$/);
  });

  test("a class that the run does not know is named, and its rows count as wrong", async () => {
    const { out, err } = await call(["test", "runs/flowers", "-"], "length,colour,species\n5,red,setosa\n6,blue,tulip\n");
    assert.match(err, /warning\[unseen-class\].*"tulip" \(row 3\)/);
    assert.match(out, /^test accuracy 50\.0% \(1 of 2 rows, /);
    const lines = linesOf((await call(["test", "runs/flowers", "-", "--json"], "length,colour,species\n5,red,setosa\n6,blue,tulip\n")).out);
    assert.deepEqual(lines.map(({ label }) => label), ["setosa", null, undefined]);
  });
});

describe("a model of one's own", () => {
  const own = (more: string): string =>
    [
      'import { normal, type Tensor } from "chainrule";',
      "type Model = { readonly w: Tensor; readonly b: Tensor };",
      "export const model = (key: Tensor): Model => ({ w: normal(key, [2, 3]), b: normal(key, [3]) });",
      "const inside = (m: Model, x: Tensor): Tensor => x.matmul(m.w).add(m.b);",
      "export const loss = (m: Model, { x, y }: { x: Tensor; y: Tensor }): Tensor => inside(m, x).softmaxCrossEntropy(y).mean();",
      more,
      "",
    ].join("\n");

  test("predicts when its file is named, as it was, and is code that otherwise never runs", async () => {
    writeFileSync(join(folder, "own.ts"), own("export const scores = inside;"));
    assert.equal((await call(["train", "own.ts", "spiral", "--out", "runs/own", "--epochs", "2", "--quiet", "--check=0"])).code, 0);
    const refused = await call(["predict", "runs/own", "points.csv"]);
    assert.equal(refused.err, "error[own-file]: runs/own was trained from own.ts, which is code and runs only when you name it.\n  help: if you trust it: --file own.ts\n");
    // A folder from elsewhere that names a file of code.
    cpSync(join(folder, "runs", "own"), join(folder, "runs", "sent"), { recursive: true });
    const settings = join(folder, "runs", "sent", "settings.json");
    writeFileSync(join(folder, "runs", "sent", "evil.ts"), `import { writeFileSync } from "node:fs";\nwriteFileSync(${JSON.stringify(join(folder, "ran"))}, "");\n`);
    writeFileSync(settings, readFileSync(settings, "utf8").replace('"path": "../../own.ts"', '"path": "evil.ts"'));
    for (const args of [["predict", "runs/sent", "-"], ["test", "runs/sent", "spiral"], ["export", "runs/sent"]]) assert.match((await call(args, "0,0\n")).err, /^error\[own-file\]/);
    assert.ok(!existsSync(join(folder, "ran")));
    const { code, out, err } = await call(["predict", "runs/own", "-", "--file", "own.ts"], "0.5,0.1\n-0.2,0.3\n");
    assert.equal(code, 0, err);
    assert.match(out, /^row,prediction,score\n1,.+,-?[\d.]+\n2,.+,-?[\d.]+\n$/);
    const tested = await call(["test", "runs/own", "spiral", "--file", "own.ts", "--json"]);
    const lines = linesOf(tested.out);
    const done = lines.pop() as unknown as { event: string; testAccuracy: number };
    assert.equal(done.testAccuracy, lines.filter(({ prediction, label }) => prediction === label).length / lines.length);
    assert.match((await call(["export", "runs/own"])).err, /^error\[own-file\]: this run was trained from own\.ts, so settings\.json does not say what its model computes\n {2}help: import the model from own\.ts/);
    assert.match((await call(["test", "runs/iris", "iris", "--file", "own.ts"])).err, /^error\[needless-option\]: runs\/iris has a network/);
    writeFileSync(join(folder, "own.ts"), own("export const scores = inside; // changed"));
    assert.match((await call(["predict", "runs/own", "-", "--file", "own.ts"], "0,0\n")).err, /^error\[file-changed\]: own\.ts is not what runs\/own was trained with/);
  });

  test("without scores it is tested by its loss, and predicts nothing", async () => {
    writeFileSync(join(folder, "bare.ts"), own(""));
    await call(["train", "bare.ts", "spiral", "--out", "runs/loss", "--epochs", "1", "--quiet", "--check=0"]);
    assert.match((await call(["test", "runs/loss", "spiral", "--file", "bare.ts"])).out, /^test loss [\d.]+ \(\d+ rows\)\n$/);
    assert.deepEqual(linesOf((await call(["test", "runs/loss", "spiral", "--file", "bare.ts", "--json"])).out).map((line) => Object.keys(line)), [["event", "testLoss"]]);
    const { code, out, err } = await call(["predict", "runs/loss", "-", "--file", "bare.ts"], "0,0\n");
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /^error\[no-scores\]: bare\.ts exports no scores, so its model predicts nothing\./m);
  });
});

describe("export", () => {
  test("writes a module that predicts what predict prints", async () => {
    const { code, out, err } = await call(["export", "runs/flowers", "--out", "model.mjs"]);
    assert.deepEqual([code, out, err], [0, "", "wrote model.mjs\n"]);
    const { predict } = (await import(pathToFileURL(join(folder, "model.mjs")).href)) as { predict: (row: object) => Prediction };
    const [line] = linesOf((await call(["predict", "runs/flowers", "rows.csv", "--json"])).out);
    const { prediction, probabilities } = predict({ length: 5.1, colour: "red" });
    assert.equal(prediction, line!.prediction);
    for (const [name, p] of Object.entries(probabilities!)) assert.ok(Math.abs(p - line!.probabilities![name]!) < 1e-6);
    const printed = await call(["export", "runs/flowers"]);
    assert.deepEqual(printed, { code: 0, out: readFileSync(join(folder, "model.mjs"), "utf8"), err: "" });
    const json = JSON.parse((await call(["export", "runs/flowers", "--json"])).out);
    assert.deepEqual(json, { schema: 1, module: printed.out });
  });
});

describe("a run that is not whole", () => {
  test("is used as far as it is trained, and that is said", async () => {
    cpSync(join(folder, "runs", "flowers"), join(folder, "runs", "early"), { recursive: true });
    const file = join(folder, "runs", "early", "settings.json");
    writeFileSync(file, readFileSync(file, "utf8").replace('"epochs": 20', '"epochs": 90'));
    const { code, err } = await call(["predict", "runs/early", "rows.csv"]);
    assert.equal(code, 0);
    assert.equal(err, "warning[unfinished-run]: runs/early has trained for 20 of 90 epochs: this is its model so far.\n");
  });

  test("without weights it says how to get them", async () => {
    cpSync(join(folder, "runs", "flowers"), join(folder, "runs", "bare"), { recursive: true });
    rmSync(join(folder, "runs", "bare", "weights.safetensors"));
    const help = async (): Promise<string> => (await call(["export", "runs/bare"])).err;
    assert.equal(await help(), "error[no-weights]: runs/bare has no weights.safetensors.\n  help: its checkpoint is there: chainrule train --resume runs/bare writes them anew\n");
    rmSync(join(folder, "runs", "bare", "checkpoint.safetensors"));
    assert.equal(await help(), "error[no-weights]: runs/bare has no weights.safetensors.\n  help: put the file back, or train again\n");
  });

  test("with a damaged file it is refused, with the path of the file", async () => {
    cpSync(join(folder, "runs", "flowers"), join(folder, "runs", "hurt"), { recursive: true });
    const file = join(folder, "runs", "hurt", "weights.safetensors");
    const bytes = readFileSync(file);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(file, bytes);
    assert.match((await call(["test", "runs/hurt", "flowers.csv"])).err, /^error\[damaged-file\]: runs\/hurt\/weights\.safetensors is damaged: its bytes are not those of its digest\.\n/);
    writeFileSync(join(folder, "runs", "hurt", "settings.json"), "{}");
    assert.match((await call(["predict", "runs/hurt", "rows.csv"])).err, /^error\[bad-run\]: runs\/hurt\/settings\.json: format is missing\n/);
  });
});
