/** The page of `toHTML` as its reader meets it: opened from disk in headless Chromium and stepped by keyboard. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { toHTML } from "../../src/explain/html.ts";
import { toSVG } from "../../src/explain/svg.ts";
import { explain, explainProgram } from "../../src/explain/index.ts";
import type { Tensor } from "../../src/api/index.ts";
import { cases, circuitOf, circuitOfCase } from "../explain/programs.ts";
import { launchChromium } from "./chromium.ts";

const folder = mkdtempSync(join(tmpdir(), "chainrule-page-"));
let browser: Browser;
before(async () => {
  browser = await launchChromium();
});
after(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Opened {
  readonly page: Page;
  readonly problems: string[];
  readonly requests: string[];
}

const open = async (html: string, options: Parameters<Browser["newPage"]>[0] = {}): Promise<Opened> => {
  const file = join(folder, "page.html");
  writeFileSync(file, html);
  const page = await browser.newPage({ viewport: { width: 1000, height: 800 }, ...options });
  const problems: string[] = [];
  const requests: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => problems.push(message.text()));
  page.on("dialog", (dialog) => problems.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  return { page, problems, requests };
};

const press = async (page: Page, ...keys: readonly string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key);
};

const textOf = (page: Page, key: string, within: "svg" | "table"): Promise<string | null> =>
  page.textContent(`${within} [data-key="${key}"]`);

test("steps by keyboard: nothing is known before its step, and all is at the end", async () => {
  const circuit = circuitOfCase("s26-staged-grouped");
  const { page, problems, requests } = await open(toHTML(circuit));
  const live = (): Promise<string | null> => page.textContent("#live");
  const unknown = (): Promise<number> => page.locator(".unknown").count();
  const at = (name: string): number => circuit.nodes.find((node) => node.name === name)!.index;

  assert.equal(await textOf(page, `v${at("f")}`, "svg"), "?");
  assert.equal(await textOf(page, `v${at("f")}`, "table"), "not computed yet");
  const before = await unknown();
  await press(page, "Space");
  assert.match((await live())!, /^Step 1 of 19, forward pass: y = -4\.00 is given/);
  assert.ok((await unknown()) < before);

  await press(page, "b");
  assert.match((await live())!, /^Step 11 of 19, backward pass: f starts with the gradient 1\.00/);
  assert.equal(await textOf(page, `v${at("f")}`, "svg"), "1.55");
  assert.equal(await textOf(page, `g${at("x")}`, "svg"), "?");
  await press(page, "ArrowRight");
  assert.match((await live())!, /f = num \* invden; num gets \[invden = 0\.51\] x \[1\.00\] = 0\.51; invden gets \[num = 3\.02\] x \[1\.00\] = 3\.02/);
  assert.equal(await page.locator("#lines em").count(), 4);
  assert.equal(await page.locator(".circuit .gate.current").count(), 1);

  await press(page, "End");
  assert.equal(await unknown(), 0);
  assert.equal(await textOf(page, `g${at("x")}`, "svg"), "2.06");
  assert.ok(await page.isDisabled("#next"));
  await press(page, "ArrowLeft", "ArrowLeft", "f");
  assert.match((await live())!, /^Step 1 of 19/);
  await press(page, "Home");
  assert.equal(await unknown(), before);

  await page.focus("#scrubber");
  await press(page, "ArrowRight", "ArrowRight");
  assert.match((await live())!, /^Step 2 of 19/);
  assert.match((await page.getAttribute("#scrubber", "aria-valuetext"))!, /^Step 2 of 19/);
  await page.focus("#next");
  await press(page, "Space", "Enter");
  assert.match((await live())!, /^Step 4 of 19/);
  assert.deepEqual(problems, []);
  assert.equal(requests.length, 1);
  await page.close();
});

test("hostile names run nothing", async () => {
  const hostile = `</script><script>alert(1)</script></title><img src=x onerror=alert(2)><svg onload=alert(3)>"'`;
  const plain = circuitOf("f = x*x", { x: 2 });
  const nodes = plain.nodes.map((node) => Object.create(node, { name: { value: `${hostile}${node.index}` } }) as typeof node);
  const { page, problems, requests } = await open(toHTML({ ...plain, nodes, source: hostile }));
  await press(page, "Space", "Space", "Space", "Space");
  assert.ok((await page.textContent("#head"))!.includes(hostile));
  assert.equal(await page.locator("img").count(), 0);
  assert.deepEqual(problems, []);
  assert.equal(requests.length, 1);
  await page.close();
});

test("script and style that were not there run neither, by the page's own policy", async () => {
  const { page, problems } = await open(toHTML(circuitOfCase("s10-compound")).replace("</body>", "<script>document.title = 'changed'</script></body>"));
  assert.equal(await page.title(), "Circuit of f");
  assert.equal(problems.length, 1);
  assert.match(problems[0]!, /Content Security Policy/);
  await page.close();
});

test("without scripts every number is there", async () => {
  const { page } = await open(toHTML(circuitOfCase("s10-compound")), { javaScriptEnabled: false });
  assert.equal(await page.isVisible("#controls"), false);
  assert.ok((await page.locator("table").innerText()).includes("-12.00"));
  await page.close();
});

test("fits narrow and wide windows, light and dark", async () => {
  for (const width of [360, 800, 1400]) {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page, problems } = await open(toHTML(circuitOfCase("r-17")), { viewport: { width, height: 800 }, colorScheme });
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      const [paper, ink] = await page.evaluate(() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]);
      assert.notEqual(paper, ink);
      assert.equal(paper === "rgb(255, 255, 255)", colorScheme === "light");
      await press(page, "b", "Space", "Space");
      // The current gate is scrolled into view.
      await page.waitForFunction(() => {
        const box = document.querySelector(".circuit .current")!.getBoundingClientRect();
        const frame = document.querySelector("#drawing")!.getBoundingClientRect();
        return box.left >= frame.left && box.right <= frame.right;
      });
      assert.deepEqual(problems, []);
      await page.close();
    }
  }
});

test("nothing moves for those who asked for that", async () => {
  const { page } = await open(toHTML(circuitOfCase("s10-compound")), { reducedMotion: "reduce" });
  assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector("#drawing")!).scrollBehavior), "auto");
  assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector(".shape")!).transitionDuration), "0s");
  await page.close();
});

test("drawings as Chromium sets them: no text over another or a box, nothing cut off", async () => {
  const tensors = explain((W: Tensor, x: Tensor, b: Tensor) => W.matmul(x).add(b).relu().sum(), { W: [[1, 2], [3, 4]], x: [[1], [2]], b: [[1, 2]] });
  const long = explainProgram("größe_of_a_very_long_name_indeed = max(x, y, z, 0)^2 + x/3 - where(x > y, x, 2); f = größe_of_a_very_long_name_indeed * x * 1e300 * 1e10", { x: 3, y: -4, z: 3 });
  const drawings = new Map([...cases.keys()].map((id) => [id, toSVG(circuitOfCase(id))]));
  drawings.set("tensors", tensors.toSVG()).set("long", long.toSVG({ digits: 6 }));
  const page = await browser.newPage({ viewport: { width: 1000, height: 800 } });
  for (const [id, svg] of drawings) {
    await page.setContent(`<body>${svg}</body>`);
    const found = await page.evaluate(() => {
      const paper = document.querySelector("svg")!.getBoundingClientRect();
      const items = [...document.querySelectorAll("svg text, svg .shape")].map((element) => ({
        what: element.textContent || "box",
        label: element.classList.contains("label"),
        box: element.getBoundingClientRect(),
      }));
      const bad = items.filter(({ box: b }) => b.left < paper.left || b.right > paper.right || b.top < paper.top || b.bottom > paper.bottom).map(({ what }) => `${what} is cut off`);
      items.forEach((a, i) => {
        for (const b of items.slice(i + 1)) {
          if ((a.what === "box" && b.label) || (b.what === "box" && a.label)) continue;
          const [dx, dy] = [Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left), Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top)];
          // Lines of text have room above and below their letters.
          if (dx > 1 && dy > 4) bad.push(`${a.what} and ${b.what} overlap`);
        }
      });
      return bad;
    });
    assert.deepEqual(found, [], id);
  }
  await page.close();
});
