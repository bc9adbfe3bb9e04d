/** A trained run in a page: the README's own lines with the packed package, and exported modules with nothing at all. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import type { Browser, Page } from "playwright-core";
import { root } from "../../scripts/entries.ts";
import { exportRun } from "../../src/train/export.ts";
import { loadRun, type Run } from "../../src/train/load-run.ts";
import type { Prediction } from "../../src/train/predict.ts";
import type { Row } from "../../src/train/rows.ts";
import { installPacked } from "../package/install.ts";
import { randomData, trainedFiles } from "../train/runs.ts";
import { activationNames, rowsFor, schemas, settingsForSchema } from "../train/schemas.ts";
import { launchChromium } from "./chromium.ts";

const { folder, packed, remove } = installPacked();
const types: Readonly<Record<string, string>> = { html: "text/html", js: "text/javascript", json: "application/json" };

/** Serves the user's folder as it is; no page may run anything but its own files and the scripts written in it. */
const server: Server = createServer((request, response) => {
  const file = join(folder, normalize(decodeURIComponent(request.url!)));
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return void response.writeHead(404).end();
  const inline = file.endsWith("readme.html") ? " 'unsafe-inline'" : "";
  response.writeHead(200, {
    "content-type": types[file.split(".").at(-1)!] ?? "application/octet-stream",
    "content-security-policy": `default-src 'none'; script-src 'self'${inline}; connect-src 'self'`,
  });
  response.end(readFileSync(file));
});

let browser: Browser;
let origin: string;
before(async () => {
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await launchChromium();
});
after(async () => {
  await browser.close();
  server.close();
  remove();
});

/** Opens a page that must have no problem at all. */
const open = async (name: string, html: string): Promise<{ readonly page: Page; readonly problems: readonly string[] }> => {
  writeFileSync(join(folder, name), `<!doctype html><link rel="icon" href="data:,">${html}`);
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("response", (response) => void (response.status() >= 400 && problems.push(`${response.status()} ${response.url()}`)));
  await page.goto(`${origin}/${name}`);
  return { page, problems };
};

/** The README's block for a page. */
const readmeBlock = (): string => {
  const blocks = [...readFileSync(join(root, "README.md"), "utf8").matchAll(/^```html\n([^]*?)^```$/gm)].map(([, block]) => block!);
  const [block] = blocks.filter((text) => text.includes("loadRun"));
  assert.ok(block, "the README shows how a page loads a run");
  return block;
};

test("the README's lines load a run in a page, and say there what they say in Node", async () => {
  execFileSync(process.execPath, [join(packed, "dist", "cli.js"), "train", "iris", "--out", "runs/iris", "--epochs", "20", "--check=0", "--quiet"], { cwd: folder, stdio: "pipe" });
  const file = (name: string): Buffer => readFileSync(join(folder, "runs", "iris", name));
  const run = loadRun({ settings: file("settings.json").toString(), weights: file("weights.safetensors") });
  const [row] = /\[[\d., ]+\](?=\]\))/.exec(readmeBlock())!;
  const { page, problems } = await open("readme.html", readmeBlock());
  await page.waitForFunction(() => document.querySelector("p")!.textContent !== "").catch(() => assert.fail(problems.join("\n")));
  assert.equal(await page.textContent("p"), run.predict([JSON.parse(row) as number[]])[0]!.prediction);
  assert.deepEqual(problems, []);
  await page.close();
});

type Answers = readonly (Prediction & { readonly all: readonly number[] })[];

const answersIn = async (page: Page, module: string, rows: readonly Row[]): Promise<Answers> =>
  page.evaluate(
    async ([from, given]) => {
      const { predict, scores } = (await import(from)) as { predict: (row: Row) => Prediction; scores: (row: Row) => number[] };
      return (JSON.parse(given) as Row[]).map((row) => ({ ...predict(row), all: scores(row) }));
    },
    // As text: on its way into the page an object would lose a column called __proto__.
    [`${origin}/${module}`, JSON.stringify(rows)] as const,
  );

const agrees = (answers: Answers, run: Run, rows: readonly Row[]): void => {
  const [predictions, scores] = [run.predict(rows), run.scores(rows)];
  answers.forEach(({ prediction, all }, i) => {
    const wanted = predictions[i]!.prediction;
    if (typeof wanted === "string") assert.equal(prediction, wanted);
    else assert.ok(Math.abs(Number(prediction) - wanted) <= 1e-12 * Math.max(1, Math.abs(wanted)), `${prediction}, not ${wanted}`);
    all.forEach((score, k) => assert.ok(Math.abs(score - scores[i]![k]!) <= 1e-12 * Math.max(1, Math.abs(score)), `${score}, not ${scores[i]![k]}`));
  });
};

test("exported modules of every kind predict in Chromium what their runs do, where code from text is forbidden", async () => {
  mkdirSync(join(folder, "models"));
  const { page, problems } = await open("empty.html", "");
  const cases = schemas.chain((schema) => fc.tuple(fc.constant(schema), settingsForSchema(schema), rowsFor(schema)));
  const every = activationNames.map((activation) => ({ model: "mlp" as const, hidden: [4, 3], activation, epochs: 1 }));
  for (const [i, [schema, drawn, rows]] of fc.sample(cases, 2 * every.length).entries()) {
    // In float64, as the module computes: what is left of a float32 run's digits is compared without a browser.
    const run = loadRun(await trainedFiles(randomData(schema), { ...(every[i] ?? drawn), dtype: "float64" }));
    writeFileSync(join(folder, "models", `${i}.js`), exportRun(run));
    agrees(await answersIn(page, `models/${i}.js`, rows), run, rows);
  }
  assert.deepEqual(problems, []);
  await page.close();
});
