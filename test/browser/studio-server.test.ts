/** The built studio behind its own server, in a browser: its policy breaks nothing, and it keeps others out. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import type { ServedModel } from "../../src/explain/served.types.ts";
import { root } from "../../scripts/entries.ts";
import { temporaryFolder } from "../cli/support.ts";
import { startStudio } from "../cli/studio/support.ts";
import { launchChromium } from "./chromium.ts";
import { problemsOf } from "./visit.ts";

let browser: Browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

const folder = temporaryFolder({ "model.ts": 'import type { Tensor } from "chainrule";\nexport const f = (x: Tensor, y: Tensor): Tensor => x.add(y).mul(x);\n' });

test("the pages run isolated under the server's policy, without an error in the console", async () => {
  const { address, stop } = await startStudio(root, []);
  const page = await browser.newPage();
  const problems = problemsOf(page);
  for (const hash of ["", "#check"]) {
    await page.goto(address + hash);
    await page.waitForSelector(hash === "" ? "svg [data-key]" : "svg.chart");
  }
  assert.equal(await page.evaluate(() => globalThis.crossOriginIsolated), true);
  assert.equal(await page.evaluate(() => new SharedArrayBuffer(8).byteLength), 8);
  assert.deepEqual(problems, []);
  // In a task of the page's own: what the test itself evaluates is let through.
  const refused = await page.evaluate(
    () =>
      new Promise((done) =>
        setTimeout(() => {
          try {
            done(globalThis.eval("1"));
          } catch (error) {
            done((error as Error).name);
          }
        }),
      ),
  );
  assert.equal(refused, "EvalError");
  await page.close();
  assert.equal((await stop()).code, 0);
});

test("the token leaves the address bar, and the file is read by the page and by no script of another origin", async () => {
  const { address, port, stop } = await startStudio(root, ["model.ts", "x=2", "y=3"], { folder });
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(address);
  await page.waitForSelector("svg [data-key]");
  assert.match(page.url(), new RegExp(`^http://127\\.0\\.0\\.1:${port}/\\?model(#.*)?$`));
  const served = await page.evaluate(async () => (await (await fetch("model")).json()) as unknown);
  assert.equal((served as ServedModel).file, "model.ts");
  assert.equal(await page.evaluate(() => document.cookie), "");

  // Another server of this machine, which a browser calls the same site: its page gets nothing, with the cookie in the jar.
  const other = createServer((_, response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>other</title>"));
  await new Promise<void>((ready) => other.listen(0, "127.0.0.1", ready));
  const foreign = await context.newPage();
  await foreign.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
  const target = `http://127.0.0.1:${port}`;
  const tried = await foreign.evaluate(async (to) => {
    const attempt = async (path: string, init: RequestInit): Promise<string> => {
      try {
        const response = await fetch(to + path, init);
        return `${response.type} ${await response.text()}`;
      } catch (error) {
        return (error as Error).name;
      }
    };
    const image = await new Promise<string>((done) => {
      const picture = new Image();
      picture.onload = () => done("shown");
      picture.onerror = () => done("refused");
      picture.src = `${to}/icon.svg`;
    });
    return {
      read: await attempt("/model", { credentials: "include" }),
      blind: await attempt("/model", { credentials: "include", mode: "no-cors" }),
      write: await attempt("/model/circuit", { method: "POST", credentials: "include", headers: { "Content-Type": "application/json" }, body: "{}" }),
      page: await attempt("/", {}),
      image,
    };
  }, target);
  assert.deepEqual(tried, { read: "TypeError", blind: "TypeError", write: "TypeError", page: "TypeError", image: "refused" });
  other.close();
  other.closeAllConnections();
  await context.close();

  // Without the address, no file; the pages are for everybody on this machine.
  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(`${target}/?model`);
  assert.equal(await stranger.evaluate(async () => (await fetch("model")).status), 403);
  await stranger.context().close();
  assert.equal((await stop()).code, 0);
});
