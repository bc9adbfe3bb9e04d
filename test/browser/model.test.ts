/** A file of the user's in the studio: the real command, its page in a browser, and the file as it is edited. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { root } from "../../scripts/entries.ts";
import { temporaryFolder } from "../cli/support.ts";
import { type Running, startStudio } from "../cli/studio/support.ts";
import { launchChromium } from "./chromium.ts";
import { problemsOf } from "./visit.ts";

let browser: Browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

const neuron = (last: string): string =>
  `import type { Tensor } from "chainrule";\n// <img src=x onerror=alert(1)>\nexport const f = (x: Tensor, y: Tensor, z: Tensor): Tensor => {\n  const q = x.add(y);\n  return ${last};\n};\n`;

const folder = temporaryFolder({
  "model.ts": neuron("q.mul(z)"),
  "layer.ts": 'import type { Tensor } from "chainrule";\nexport const loss = (W: Tensor, x: Tensor): Tensor => {\n  const s = W.matmul(x);\n  return s.sq().sum();\n};\n',
  "own.ts": 'import { gate } from "chainrule/check";\nimport type { Tensor } from "chainrule";\nconst twice = gate({ name: "twice", forward: (x) => 2 * x!, local: () => [2] });\nexport const f = (x: Tensor): Tensor => twice(x).mul(x);\n',
});

interface Shown {
  readonly page: Page;
  readonly running: Running;
  /** No error may be in the console, to the end. */
  readonly close: () => Promise<void>;
}

const show = async (args: readonly string[]): Promise<Shown> => {
  const running = await startStudio(root, ["--no-open", ...args], { folder });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
  const problems = problemsOf(page);
  page.on("dialog", (dialog) => problems.push(dialog.message()));
  await page.goto(running.address);
  const close = async (): Promise<void> => {
    assert.deepEqual(problems, []);
    await page.close();
    assert.equal((await running.stop()).code, 0);
  };
  return { page, running, close };
};

const texts = (page: Page, letter: "v" | "g"): Promise<string[]> => page.locator(`svg [data-key^="${letter}"]`).allTextContents();

test("a function of a TypeScript file is a circuit; its line is lit, its inputs move, and it follows the file", async () => {
  const { page, close } = await show(["model.ts", "x=-2", "y=5", "z=-4"]);
  await page.waitForSelector("svg [data-key]");
  assert.equal(await page.textContent("#file-title"), "f of model.ts");
  assert.deepEqual(await texts(page, "v"), ["-2", "5", "-4", "3", "-12"]);
  assert.deepEqual(await texts(page, "g"), ["-4", "-4", "3", "-4", "1"]);
  await page.locator('[data-name="q"]').click();
  assert.equal((await page.textContent("li[aria-current=location]"))!.trim(), "const q = x.add(y);");
  await page.getByLabel("z, value").fill("10");
  assert.deepEqual(await texts(page, "v"), ["-2", "5", "10", "3", "30"]);

  writeFileSync(join(folder, "model.ts"), neuron("q.mul(z).neg()"));
  await page.waitForFunction(() => document.querySelectorAll("svg [data-key^=v]").length === 6);
  // What was typed stays.
  assert.deepEqual(await texts(page, "v"), ["-2", "5", "10", "3", "30", "-30"]);

  writeFileSync(join(folder, "model.ts"), neuron("q.mul(z +* 2)"));
  await page.waitForSelector("[role=alert] pre");
  assert.match((await page.textContent("[role=alert] pre"))!, /^error\[model-syntax\]: /);
  assert.deepEqual(await texts(page, "v"), ["-2", "5", "10", "3", "30", "-30"]);
  writeFileSync(join(folder, "model.ts"), neuron("q.mul(z)"));
  await page.waitForFunction(() => document.querySelector("[role=alert]") === null);
  assert.deepEqual(await texts(page, "v"), ["-2", "5", "10", "3", "30"]);
  assert.equal(await page.locator("main img").count(), 0);
  await close();
});

test("a function of tensors has shapes on its wires, and opens one entry as a circuit of numbers", async () => {
  const { page, close } = await show(["layer.ts", "W=[[1,2],[3,4]]", "x=[1,-1]"]);
  await page.waitForSelector("svg [data-key]");
  assert.deepEqual((await texts(page, "v")).slice(0, 3), ["[2x2]", "[2]", "[2]"]);
  await page.locator('[data-name="s"]').click();
  await page.locator(".gate .panel").waitFor();
  const shot = process.env["SCREENSHOTS"];
  if (shot) await page.screenshot({ path: `${shot}/model-tensors.png`, fullPage: true });
  const entry = page.getByLabel("One entry as a circuit of numbers");
  await entry.fill("s[1]");
  await entry.press("Enter");
  await page.waitForSelector('[data-name="s[1]"]');
  assert.ok((await texts(page, "v")).includes("-1"));
  await entry.fill("s[9]");
  await entry.press("Enter");
  await page.waitForSelector(".problem");
  assert.match((await page.textContent(".problem"))!, /s\[9\]/);
  await entry.fill("");
  await entry.press("Enter");
  await page.waitForSelector('[data-name="W"]');
  await close();
});

test("a function with a gate of one's own is computed in Node", async () => {
  const { page, close } = await show(["own.ts", "x=3"]);
  await page.waitForSelector("table");
  const row = (): Promise<string[]> => page.locator("tbody tr").last().locator("td").allTextContents();
  assert.deepEqual((await row()).slice(1).map((text) => text.trim()), ["18", "1"]);
  await page.getByLabel("x, value").fill("-1");
  await page.getByLabel("x, value").press("Tab");
  await page.waitForFunction(() => document.querySelector("tbody tr:last-child .value")!.textContent!.trim() === "2");
  await close();
});

test("the end of the server is said, and the page keeps what it has", async () => {
  const { page, running } = await show(["model.ts", "x=-2", "y=5", "z=-4"]);
  await page.waitForSelector("svg [data-key]");
  await running.stop();
  await page.waitForSelector("[role=alert]");
  assert.match((await page.textContent("[role=alert]"))!, /has ended or cannot be reached/);
  assert.deepEqual(await texts(page, "v"), ["-2", "5", "-4", "3", "-12"]);
  await page.close();
});
