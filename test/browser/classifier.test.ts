/** The classifier page of the studio: points and training with the mouse alone, with the keyboard alone, and the library's numbers. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { BrowserContextOptions, Page } from "playwright-core";
import { measure, updated } from "../../src/studio/classifier/classifier.ts";
import { initial, linkData, lossNames, readState, type ClassifierState } from "../../src/studio/classifier/state.ts";
import { lossWords, show } from "../../src/studio/classifier/words.ts";
import { readLink, writeLink } from "../../src/studio/link.ts";
import { type Opened, openPage, seriousOn, visited } from "./visit.ts";

const visit = visited();

const open = async (state: Partial<ClassifierState> = {}, options: BrowserContextOptions = {}): Promise<Opened> =>
  openPage(visit.browser, visit.site.address + (await writeLink("classifier", linkData({ ...initial, ...state }))), "svg [data-region]", options);

/** What the page shows, in the order of the document. */
const shown = (page: Page): Promise<{ losses: string[]; gradients: string[]; scores: string[]; each: string[] }> =>
  page.evaluate(() => {
    const texts = (selector: string): string[] => [...document.querySelectorAll(selector)].map((one) => one.textContent!.trim());
    return { losses: texts("[data-loss]"), gradients: texts("[data-gradient]"), scores: texts("[data-score]"), each: texts("[data-loss-of]") };
  });

/** What the library says that it should show. */
const expected = (state: ClassifierState): Awaited<ReturnType<typeof shown>> => {
  const { dataLoss, penalty, loss, gradient, scores, losses } = measure(state);
  return {
    losses: [dataLoss, penalty, loss].map(show),
    gradients: gradient.w.flatMap((row, k) => [...row, gradient.b[k]!]).map(show),
    scores: scores.flat().map(show),
    each: losses.map(show),
  };
};

/** The long table may be a tenth of a second behind. */
const settled = async (page: Page, state: ClassifierState): Promise<void> => {
  const each = expected(state).each;
  await page.waitForFunction((texts) => JSON.stringify([...document.querySelectorAll("[data-loss-of]")].map((one) => one.textContent)) === texts, JSON.stringify(each), { timeout: 5000 });
  assert.deepEqual(await shown(page), expected(state));
};

/** The state that the page has written into its link. */
const stateOf = async (page: Page): Promise<ClassifierState> => {
  await page.waitForTimeout(400);
  return readState((await readLink(new URL(page.url()).hash)).state)!;
};

/** Where a place of the plane is on the screen, for the first reach. */
const spot = async (page: Page, x: number, y: number): Promise<readonly [number, number]> => {
  const { x: left, y: top, width, height } = (await page.locator("[data-ground]").boundingBox())!;
  return [left + (width * (x / 1.25 + 1)) / 2, top + (height * (1 - y / 1.25)) / 2];
};

test("every number is the library's, for every loss and after updates", async () => {
  const { page, close } = await open();
  for (const loss of lossNames) {
    await page.getByLabel(lossWords[loss]).check();
    await settled(page, { ...initial, loss });
  }
  await page.getByLabel(lossWords.svm).check();
  let state = initial;
  for (let k = 0; k < 3; k++) {
    state = { ...state, ...updated(state, measure(state).gradient) };
    await page.click("text=Single update");
  }
  await settled(page, state);
  assert.equal(await page.textContent(".verdict .number"), "3 updates.");
  await page.getByLabel("Undo").click();
  assert.equal(await page.textContent(".verdict .number"), "2 updates.");
  await close();
});

test("with the mouse alone points are added, dragged and removed while it trains, until none is wrong", async () => {
  const { page, close } = await open({ points: [], strength: 0.01 });
  const put = async (label: number, x: number, y: number): Promise<void> => {
    await page.locator(".choices button").nth(label).click();
    await page.mouse.click(...(await spot(page, x, y)));
  };
  await put(0, 0.6, 0.5);
  await put(1, -0.6, 0.5);
  await put(2, 0, -0.7);
  await page.click("text=Play");
  await put(2, 0.2, -0.5);
  const drag = page.locator('[data-point="3"]');
  const box = (await drag.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(...(await spot(page, 0.3, -0.6)), { steps: 5 });
  await page.mouse.move(...(await spot(page, 0.4, -0.8)), { steps: 5 });
  await page.mouse.up();
  await put(1, -1, -1);
  await page.click("text=Remove point 5");
  await page.waitForSelector("strong:has-text('All 4 points are right.')", { timeout: 20_000 });
  await page.click("text=Pause");
  const state = await stateOf(page);
  assert.deepEqual(state.points, [{ x: 0.6, y: 0.5, label: 0 }, { x: -0.6, y: 0.5, label: 1 }, { x: 0, y: -0.7, label: 2 }, { x: 0.4, y: -0.8, label: 2 }]);
  assert.ok(state.updates > 1);
  assert.equal(measure(state).wrong, 0);
  await settled(page, state);
  await close();
});

test("a finger drags a point and does not scroll the page", async () => {
  const { page, close } = await open({}, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  await page.touchscreen.tap(...(await spot(page, 0.9, -0.9)));
  assert.equal(await page.locator("[data-point]").count(), 10);
  const session = await page.context().newCDPSession(page);
  const [from, to] = [await spot(page, 0.9, -0.9), await spot(page, 0.5, 0)];
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", points: readonly (readonly [number, number])[]) =>
    session.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y]) => ({ x, y })) });
  const before = await page.evaluate(() => scrollY);
  await touch("touchStart", [from]);
  for (let i = 1; i <= 5; i++) await touch("touchMove", [[from[0] + ((to[0] - from[0]) * i) / 5, from[1] + ((to[1] - from[1]) * i) / 5]]);
  await touch("touchEnd", []);
  const moved = (await stateOf(page)).points[9]!;
  assert.ok(Math.abs(moved.x - 0.5) < 0.03 && Math.abs(moved.y) < 0.03, JSON.stringify(moved));
  assert.equal(await page.evaluate(() => scrollY), before);
  await close();
});

test("with the keyboard alone points are added, moved, given a class and removed, and undo leads back", async () => {
  const { page, close } = await open();
  await page.getByRole("button", { name: "Add point" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.getAttribute("data-point") === "9");
  for (const key of ["ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowDown", "2"]) await page.keyboard.press(key);
  assert.deepEqual((await stateOf(page)).points[9], { x: 0.1, y: 0.04, label: 2 });
  assert.match((await page.locator('[data-point="9"]').getAttribute("aria-label"))!, /^Point 10, square of class 2, at 0\.10, 0\.04, /);
  await page.keyboard.press("Delete");
  await page.waitForFunction(() => document.activeElement?.getAttribute("data-point") === "8");
  assert.equal(await page.locator("[data-point]").count(), 9);
  for (let i = 0; i < 4; i++) await page.keyboard.press("Control+z");
  assert.deepEqual((await stateOf(page)).points, initial.points);
  await page.getByRole("button", { name: "Play" }).focus();
  await page.keyboard.press("Space");
  await page.waitForFunction(() => Number.parseInt(document.querySelector(".verdict .number")!.textContent!, 10) > 3);
  await page.keyboard.press("Space");
  // All of a run is one step of undo.
  await page.keyboard.press("Control+z");
  assert.equal(await page.textContent(".verdict .number"), "0 updates.");
  await close();
});

test("typed parameters and points are followed at once, and nonsense is marked", async () => {
  const { page, close } = await open();
  await page.getByLabel("W10, weight of class 1 for x").fill("-2.5");
  await page.getByLabel("b2, bias of class 2").fill("0,25");
  await page.getByLabel("x of point 1", { exact: true }).fill("1");
  await page.getByLabel("Class of point 2").selectOption("2");
  await page.getByLabel("L2 strength λ, value").fill("0.5");
  const points = initial.points.map((point, i) => (i === 0 ? { ...point, x: 1 } : i === 1 ? { ...point, label: 2 as const } : point));
  const state: ClassifierState = { ...initial, points, w: [[1, 2], [-2.5, -4], [3, -1]], b: [0, 0.5, 0.25], strength: 0.5 };
  await settled(page, state);
  const strength = page.getByLabel("L2 strength λ, value");
  for (const nonsense of ["-1", "x", ""]) {
    await strength.fill(nonsense);
    assert.equal(await strength.getAttribute("aria-invalid"), "true", nonsense);
  }
  await strength.blur();
  assert.equal(await strength.inputValue(), "0.5");
  await page.getByLabel("Step size", { exact: true }).fill("0");
  assert.equal(await page.getByLabel("Step size, value").inputValue(), "1");
  await close();
});

test("without points W is forgotten; a step that is too large stops the training and says so", async () => {
  const { page, close } = await open({ points: [], strength: 0.5, stepSize: 0.5 });
  assert.match((await page.textContent("main"))!, /multiplies W by 0\.5: W is slowly forgotten/);
  await page.click("text=Single update");
  assert.equal(await page.getByLabel("W11, weight of class 1 for y").inputValue(), "-2.00");
  assert.equal(await page.getByLabel("b1, bias of class 1").inputValue(), "0.50");
  await page.getByLabel("Step size, value").fill("1e6");
  await page.click("text=Play");
  await page.waitForSelector("text=no longer finite");
  await page.waitForSelector("button:has-text('Play'):disabled");
  await page.click("text=Randomise");
  assert.equal(await page.locator("svg [data-region]").count() > 0, true);
  await close();
});

test("the link opens the same page in another browser", async () => {
  const { page, close } = await open();
  await page.click("text=Randomise");
  await page.getByLabel(lossWords.softmax).check();
  await page.mouse.click(...(await spot(page, 0.25, 0.1)));
  const state = await stateOf(page);
  assert.equal(state.points.length, 10);
  const other = await visit.browser.newContext();
  const again = await other.newPage();
  await again.goto(page.url());
  await again.waitForSelector("[data-point]");
  assert.deepEqual(await shown(again), expected(state));
  assert.equal(await again.locator('[data-point="9"]').getAttribute("aria-pressed"), "true");
  await other.close();
  await close();
});

test("drawing and data are saved as files", async () => {
  const { page, close } = await open();
  for (const kind of ["SVG", "PNG", "JSON"]) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.selectOption("select:near(:text('Save as'))", kind)]);
    assert.equal(download.suggestedFilename(), `classifier.${kind.toLowerCase()}`);
    const bytes = readFileSync(await download.path());
    if (kind === "PNG") assert.equal(bytes.subarray(1, 4).toString(), "PNG");
    else if (kind === "JSON") assert.equal(JSON.parse(bytes.toString()).totalLoss, measure(initial).loss);
    else {
      const text = bytes.toString();
      assert.match(text, /^<svg[^]*<title>Linear classifier: 7 of 9 points are wrong\.<\/title>/);
      assert.match(text, /data-region="1"[^>]*fill="rgb\(11, 112, 105\)"/);
      assert.doesNotMatch(text, /class=|data-hand|tabindex/);
    }
  }
  await close();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`it is found from the menu, and axe finds nothing serious, ${colorScheme}`, async () => {
    const context = await visit.browser.newContext({ viewport: { width: 820, height: 900 }, colorScheme });
    const page = await context.newPage();
    await page.goto(visit.site.address);
    await page.getByRole("link", { name: "Classifier" }).click();
    await page.waitForSelector("[data-point]");
    await page.locator("summary").click();
    await page.locator('[data-point="4"]').click();
    assert.deepEqual(await seriousOn(page), []);
    await context.close();
  });
}

test("it fits from a phone to a wide screen; with reduced motion it trains slowly", async () => {
  for (const width of [360, 1024, 1920]) {
    const { page, close } = await open({}, { viewport: { width, height: 900 }, reducedMotion: "reduce" });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0, `${width}: ${wide} px too wide`);
    const point = (await page.locator('[data-point="0"] .reach').boundingBox())!;
    assert.ok(Math.abs(point.width - 44) < 1, `a finger needs room: ${point.width}`);
    if (width === 360) {
      await page.click("text=Play");
      await page.waitForTimeout(1100);
      const updates = Number.parseInt((await page.textContent(".verdict .number"))!, 10);
      assert.ok(updates >= 2 && updates <= 7, `${updates} updates in a second`);
    }
    const shot = process.env["SCREENSHOTS"];
    if (shot) await page.screenshot({ path: `${shot}/classifier-${width}.png`, fullPage: true });
    await close();
  }
});
