/** The check page of the studio: its numbers are those of the library, its words say which step is best and why. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { BrowserContextOptions } from "playwright-core";
import { curveSentences } from "../../src/check/curve-words.ts";
import { errorText, significant } from "../../src/check/report.ts";
import { explainProgram } from "../../src/explain/index.ts";
import { initial } from "../../src/studio/check/state.ts";
import { linkData, type CircuitState } from "../../src/studio/circuit/state.ts";
import { writeLink } from "../../src/studio/link.ts";
import { type Opened, openPage, rowsOf, seriousOn, visited } from "./visit.ts";

const visit = visited();

const open = async (state: Partial<CircuitState> = {}, options: BrowserContextOptions = {}): Promise<Opened> =>
  openPage(visit.browser, visit.site.address + (await writeLink("check", linkData({ ...initial, ...state }))), "main", { reducedMotion: "reduce", ...options });

/** Of plain arithmetic: the last digits of exp are not the same in every engine, and short steps show them. */
const cubic = { program: "q = w * x * x * x\nf = q + 1 / x - b", inputs: { w: 0.7, x: 1.3, b: 2 } };

test("every input has its row, and the chosen one its curve, best steps and reasons", async () => {
  const { page, close } = await open({ ...cubic, selected: "x" });
  const explanation = explainProgram(cubic.program, cubic.inputs);
  const check = explanation.check();
  assert.deepEqual(
    await rowsOf(page, "Every input"),
    check.entries.map(({ name, analytic, numeric, relativeError, verdict }) => [name, significant(analytic, 10), significant(numeric, 10), errorText(relativeError), verdict]),
  );
  assert.match((await page.textContent(".verdict"))!, /gradient check: good/);
  const curves = explanation.curves("x");
  assert.deepEqual(await page.locator("main ul li").filter({ hasText: /\.$/ }).allTextContents(), curveSentences(curves));
  await page.locator("summary").click();
  const table = await rowsOf(page, "Errors by step");
  assert.deepEqual(table.map(([h]) => h), curves.centred.points.map(({ h }) => h.toExponential()));
  assert.deepEqual(table.map(([, , error]) => error!.replace(" best", "")), curves.centred.points.map(({ error }) => errorText(error)));
  assert.equal(table.filter(([, , error]) => error!.endsWith("best")).length, 1);
  // The drawing: both curves with a point for each step, and a star on each.
  assert.deepEqual(
    await page.locator("svg.chart path.curve").evaluateAll((paths) => paths.map((path) => path.getAttribute("d")!.match(/[ML]/g)!.length).filter((count) => count > 1)),
    [15, 15],
  );
  assert.equal(await page.locator("svg.chart path.star").count(), 2);
  await close();
});

test("it opens on the neuron of the lecture, whose gradients are all good", async () => {
  const { page, close } = await open();
  const { inputs, program } = initial;
  const rows = await rowsOf(page, "Every input");
  assert.deepEqual(rows.map(([name, gradient]) => [name, gradient]), explainProgram(program, inputs).check().entries.map(({ name, analytic }) => [name, significant(analytic, 10)]));
  assert.ok(rows.every(([, , , , verdict]) => verdict === "good"));
  assert.match((await page.textContent(".verdict"))!, /gradient check: good .*5 entries of 5 parameters/);
  assert.match((await page.textContent("main"))!, /The gradient of w0 is -0\.196612; the numeric one at h = 1e-5 is -0\.196612: good\./);
  await close();
});

test("another input is chosen with the keyboard, and the link keeps it", async () => {
  const { page, close } = await open();
  const choose = page.locator('[aria-label="Every input"] button', { hasText: /^x1$/ });
  await choose.focus();
  await page.keyboard.press("Enter");
  assert.equal(await choose.getAttribute("aria-pressed"), "true");
  assert.equal(await page.textContent("#curve-title"), "The error of x1 against the step h");
  await page.waitForFunction(() => location.hash.startsWith("#check.1."));
  await page.waitForTimeout(500);
  const link = page.url();
  await close();
  const again = await visit.browser.newPage();
  await again.goto(link);
  await again.waitForSelector("#curve-title");
  assert.equal(await again.textContent("#curve-title"), "The error of x1 against the step h");
  await again.close();
});

test("a kink is named in the table, in the drawing and in words", async () => {
  const { page, close } = await open({ program: "max(x, 0)", inputs: { x: -1e-6 }, selected: "x" });
  const [row] = await rowsOf(page, "Every input");
  assert.equal(row![0], "x");
  assert.match(row![4]!, /kink/);
  assert.ok((await page.locator("svg.chart path.cross").count()) > 0);
  assert.match((await page.textContent("main"))!, /From h = 1e-1 to 1e-6 the step crosses a kink of max/);
  await close();
});

test("everything follows a slider and the program; a mistake keeps the last good page", async () => {
  const { page, close } = await open({ program: "x^3", inputs: { x: 1 }, selected: "x" });
  assert.equal((await rowsOf(page, "Every input"))[0]![1], "3");
  await page.getByLabel("x, value").fill("2");
  assert.equal((await rowsOf(page, "Every input"))[0]![1], "12");
  await page.getByLabel("Expression, or stages").fill("x^3 + y*");
  await page.waitForSelector(".results.stale");
  assert.equal((await rowsOf(page, "Every input"))[0]![1], "12");
  await page.getByLabel("Expression, or stages").fill("2*3");
  await page.waitForFunction(() => document.querySelector(".results")!.textContent!.includes("reads no input"));
  await close();
});

test("it checks the program of the circuit page, and undo leads back through both", async () => {
  const { page, close } = await open({ program: "f = x * y", inputs: { x: 4, y: -3 }, selected: "y" });
  await page.getByRole("link", { name: "Circuit" }).click();
  await page.waitForSelector("svg.circuit [data-key]");
  assert.match((await page.textContent("#gate-title"))!, /^y/);
  await page.getByLabel("y, value").fill("7");
  await page.getByRole("link", { name: "Check" }).click();
  await page.waitForSelector("#curve-title");
  assert.deepEqual((await rowsOf(page, "Every input")).map(([name, gradient]) => [name, gradient]), [["x", "7"], ["y", "4"]]);
  await page.getByLabel("Undo").click();
  assert.deepEqual((await rowsOf(page, "Every input")).map(([name, gradient]) => [name, gradient]), [["x", "-3"], ["y", "4"]]);
  await close();
});

test("the curve is saved as SVG and PNG, and every number of the page as data", async () => {
  const { page, close } = await open({ ...cubic, selected: "x" });
  const explanation = explainProgram(cubic.program, cubic.inputs);
  for (const kind of ["SVG", "PNG", "JSON"]) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("label", { hasText: "Save as" }).locator("select").selectOption(kind)]);
    assert.equal(download.suggestedFilename(), `check.${kind.toLowerCase()}`);
    const bytes = readFileSync(await download.path());
    if (kind === "PNG") assert.equal(bytes.subarray(1, 4).toString(), "PNG");
    else if (kind === "SVG") assert.match(bytes.toString(), /^<svg[^]*Error of the numeric gradient of x/);
    else {
      const { verdict, entries, curves } = JSON.parse(bytes.toString()) as { verdict: string; entries: { name: string; analytic: number }[]; curves: { centred: { points: { numeric: number }[] } } };
      const check = explanation.check();
      assert.equal(verdict, check.verdict);
      assert.deepEqual(entries.map(({ name, analytic }) => [name, analytic]), check.entries.map(({ name, analytic }) => [name, analytic]));
      assert.deepEqual(curves.centred.points.map(({ numeric }) => numeric), explanation.curves("x").centred.points.map(({ numeric }) => numeric));
    }
  }
  await close();
});

test("it fits from a phone to a wide screen", async () => {
  for (const width of [360, 820, 1920]) {
    const { page, close } = await open({ program: "max(x, 0) + exp(x)", inputs: { x: 1e-3 }, selected: "x" }, { viewport: { width, height: 900 } });
    await page.locator("summary").click();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0, `${width}: ${wide} px too wide`);
    const shot = process.env["SCREENSHOTS"];
    if (shot) await page.screenshot({ path: `${shot}/check-${width}.png`, fullPage: true });
    await close();
  }
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`it is found from the menu, and axe finds nothing serious, ${colorScheme}`, async () => {
    const context = await visit.browser.newContext({ viewport: { width: 820, height: 900 }, colorScheme });
    const page = await context.newPage();
    await page.goto(visit.site.address);
    await page.getByRole("link", { name: "Check" }).click();
    await page.waitForSelector("#curve-title");
    assert.equal(await page.title(), "Check · chainrule studio");
    await page.locator("summary").click();
    assert.deepEqual(await seriousOn(page), []);
    await context.close();
  });
}
