/** The packed package in a page: bundled with Vite, served without isolation headers, run in headless Chromium. */
import assert from "node:assert/strict";
import { copyFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { build } from "vite";
import { root } from "../../scripts/entries.ts";
import { installPacked } from "../package/install.ts";
import type {} from "./app.ts";
import { launchChromium } from "./chromium.ts";

/** Table 1a: the gradients of w0, x0, w1, x1, w2 at w = [2, -3, -3], x = [-1, -2]. */
const neuronGradients = [
  -0.19661193324148185, 0.3932238664829637, -0.3932238664829637, -0.58983579972444555, 0.19661193324148185,
];

const { folder, remove } = installPacked();
after(remove);
const assets = join(folder, "dist", "assets");

before(async () => {
  copyFileSync(join(root, "test", "browser", "app.ts"), join(folder, "app.ts"));
  const page = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/app.ts"></script>';
  writeFileSync(join(folder, "index.html"), page);
  const warnings: string[] = [];
  await build({
    root: folder,
    configFile: false,
    logLevel: "warn",
    build: { rolldownOptions: { onLog: (level, log) => void (level === "warn" && warnings.push(log.message)) } },
  });
  assert.deepEqual(warnings, []);
});

const bundled = (): string => readdirSync(assets).map((name) => readFileSync(join(assets, name), "utf8")).join("\n");

test("the bundle holds nothing of Node and none of the command", (t) => {
  const code = bundled();
  t.diagnostic(`${(code.length / 1024).toFixed(1)} KiB minified`);
  assert.deepEqual(code.match(/["'`]node:\w+|createRequire|__vite-browser-external/g) ?? [], []);
});

/** What the page leaves behind, served under a content security policy. */
const visit = async (policy: string) => {
  const server = createServer((request, response) => {
    const name = request.url === "/" ? "index.html" : request.url!.slice(1);
    const type = name.endsWith(".js") ? "text/javascript" : "text/html";
    response.writeHead(200, { "content-type": type, "content-security-policy": policy }).end(readFileSync(join(folder, "dist", name)));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { waitUntil: "load" });
    const seen = await page.evaluate(() => ({
      isolated: globalThis.crossOriginIsolated,
      shared: "SharedArrayBuffer" in globalThis,
      gradients: globalThis.gradients,
      training: globalThis.training,
    }));
    assert.deepEqual(errors, []);
    return seen;
  } finally {
    await browser.close();
    server.close();
  }
};

/** The same step in Node. */
const trainedHere = async () => {
  await import(pathToFileURL(join(folder, "app.ts")).href);
  return globalThis.training;
};

test("a compiled training step is the same in a page as in Node, and in a page that forbids WebAssembly the interpreter's", async () => {
  const here = await trainedHere();
  const { training } = await visit("script-src 'self' 'wasm-unsafe-eval'");
  assert.deepEqual(training, here);
  const { training: interpreted } = await visit("script-src 'self'");
  interpreted.weights.forEach((w, i) => assert.ok(Math.abs(w - here.weights[i]!) < 1e-5, `weight ${i}: ${w}, not ${here.weights[i]}`));
  assert.notDeepEqual(interpreted.weights, here.weights, "the interpreter rounds otherwise");
});

test("the lecture's gradients in headless Chromium, without threads or isolation", async () => {
  const seen = await visit("script-src 'self' 'wasm-unsafe-eval'");
  assert.deepEqual({ isolated: seen.isolated, shared: seen.shared }, { isolated: false, shared: false });
  assert.deepEqual(seen.gradients.compound, [-4, -4, 3]);
  for (const name of ["neuron", "grouped"] as const) {
    const numbers = seen.gradients[name];
    assert.equal(numbers.length, neuronGradients.length);
    neuronGradients.forEach((expected, i) => {
      assert.ok(Math.abs(numbers[i]! - expected) <= 1e-14, `${name}[${i}]: ${numbers[i]}, not ${expected}`);
    });
  }
});
