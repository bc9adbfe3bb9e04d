/** The drawing of a circuit under the hand: texts that never meet, zoom and pan, and the files that are made of it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { digitChoices } from "../../src/studio/circuit/state.ts";
import { circuitPages, press } from "./circuit-page.ts";
import { visited } from "./visit.ts";

const visit = visited();
const open = circuitPages(visit);

/** Texts on wires that touch a box or each other, as seen. */
const touching = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const at = (element: Element): DOMRect => element.getBoundingClientRect();
    const texts = [...document.querySelectorAll("svg.circuit > g > text:not(.number-name)")].filter(({ textContent }) => textContent !== "");
    const boxes = [...document.querySelectorAll("svg.circuit .shape")];
    // Letters fill less than their line is high.
    const less = 4;
    const meet = (a: DOMRect, b: DOMRect): boolean => a.left < b.right && b.left < a.right && a.top + less < b.bottom - less && b.top + less < a.bottom - less;
    return texts.flatMap((text, i) => [
      ...boxes.filter((box) => meet(at(text), at(box))).map(() => `${text.textContent} in a box`),
      ...texts.slice(i + 1).filter((other) => meet(at(text), at(other))).map((other) => `${text.textContent} and ${other.textContent}`),
    ]);
  });

const wide = { x: -123456.789, y: 1.2345678e-15, z: -0.000123456789, w: 1e300 } as const;

for (const digits of digitChoices) {
  test(`no number is wider than its wire, whatever it becomes: ${digits} digits`, async () => {
    const program = "q = x * y + z\nlongname = w * w\nf = q * q + max(x, z) * longname / y";
    const { page, close } = await open({ program, inputs: { x: 1, y: 1, z: 1, w: 1 }, digits });
    for (const values of [wide, { x: 1e9, y: NaN, z: -1e9, w: 0 }, { x: -1234.56789, y: -8765.4321, z: -99999.999, w: -0.1 }]) {
      for (const [name, value] of Object.entries(values)) {
        // NaN cannot be typed, and 0 / 0 is it.
        await page.getByLabel(`${name}, value`).fill(Number.isNaN(value) ? "0" : String(value));
      }
      assert.deepEqual(await touching(page), []);
    }
    await close();
  });
}

test("a number that is shortened in the drawing stands in full beside it", async () => {
  const { page, close } = await open({ program: "f = x * 1", inputs: { x: -123456.789 }, selected: "x" });
  const shown = page.locator('[data-key="v0"]');
  assert.equal(await shown.textContent(), "-123457");
  assert.match((await page.getAttribute('[data-name="x"]', "aria-label"))!, /value -123456\.79/);
  await page.click("text=The drawing as a table");
  assert.equal(await page.textContent('[data-row="x"] .value'), "-123456.79");
  assert.match(await page.locator('section[aria-labelledby="gate-title"]').innerText(), /-123456\.79/);
  await close();
});

const widthOf = (page: Page): Promise<number> => page.locator("svg.circuit").evaluate((svg) => svg.getBoundingClientRect().width);

test("two fingers zoom where they are, and the page stays as large as it is", async () => {
  const { page, close } = await open(undefined, { hasTouch: true, viewport: { width: 360, height: 800 } });
  await page.locator(".canvas").scrollIntoViewIfNeeded();
  const frame = (await page.locator(".drawing").boundingBox())!;
  const before = await widthOf(page);
  const under = (x: number, y: number): Promise<number[]> =>
    page.locator("svg.circuit").evaluate((svg, [x, y]) => {
      const { left, top, width, height } = svg.getBoundingClientRect();
      return [(x! - left) / width, (y! - top) / height];
    }, [x, y]);
  const [x, y] = [frame.x + frame.width / 2, frame.y + frame.height / 2];
  const held = await under(x, y);
  const session = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", spread?: number): Promise<unknown> =>
    session.send("Input.dispatchTouchEvent", { type, touchPoints: spread === undefined ? [] : [-1, 1].map((side, id) => ({ x: x + side * spread, y, id })) });
  await touch("touchStart", 30);
  for (const spread of [40, 50, 60, 70, 80]) await touch("touchMove", spread);
  await touch("touchEnd");
  await page.waitForFunction((least) => document.querySelector("svg.circuit")!.getBoundingClientRect().width > least, before * 2);
  const after = await under(x, y);
  assert.ok(Math.abs(after[0]! - held[0]!) < 0.02, `${held[0]} became ${after[0]}`);
  assert.equal(await page.evaluate(() => visualViewport!.scale), 1);
  await close();
});

test("the wheel zooms with Ctrl and scrolls without; buttons and keys do the same", async () => {
  const { page, close } = await open();
  const frame = (await page.locator(".drawing").boundingBox())!;
  await page.mouse.move(frame.x + 200, frame.y + 100);
  const before = await widthOf(page);
  await page.mouse.wheel(0, 50);
  await page.waitForFunction(() => scrollY > 0 || document.querySelector(".drawing")!.scrollTop > 0 || document.documentElement.scrollHeight <= innerHeight);
  assert.equal(await widthOf(page), before);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -120);
  await page.waitForFunction((width) => document.querySelector("svg.circuit")!.getBoundingClientRect().width > width, before * 1.1);
  await page.keyboard.up("Control");
  await press(page, "0");
  assert.equal(await widthOf(page), before);
  await press(page, "+");
  assert.ok((await widthOf(page)) > before * 1.2);
  await press(page, "-");
  assert.ok(Math.abs((await widthOf(page)) - before) < 1);
  await page.getByRole("button", { name: "Larger" }).click();
  assert.ok((await widthOf(page)) > before * 1.2);
  await page.getByRole("button", { name: "Fit" }).click();
  assert.equal(await widthOf(page), before);
  await close();
});

test("a mouse drags the paper, and chooses no gate by that", async () => {
  const { page, close } = await open();
  for (let i = 0; i < 4; i++) await press(page, "+");
  const chosen = await page.textContent("#gate-title");
  await page.locator('[data-name="w0"]').scrollIntoViewIfNeeded();
  const left = (): Promise<number> => page.locator(".drawing").evaluate((frame) => frame.scrollLeft);
  const before = await left();
  const gate = (await page.locator('[data-name="w0"]').boundingBox())!;
  const [x, y] = [gate.x + gate.width / 2, gate.y + gate.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x - 20, y, { steps: 4 });
  await page.mouse.up();
  assert.equal(await left(), before + 20);
  assert.equal(await page.textContent("#gate-title"), chosen);
  await page.locator('[data-name="w0"]').click();
  assert.match((await page.textContent("#gate-title"))!, /^w0/);
  await close();
});

const savedAs = async (page: Page, kind: string): Promise<string> => {
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("label", { hasText: "Save as" }).locator("select").selectOption(kind)]);
  return readFileSync(await download.path()).toString();
};

const wires = (svg: string, letter: "v" | "g"): string[] => [...svg.matchAll(new RegExp(`data-key="${letter}\\d+"[^>]*>([^<]*)<`, "g"))].map(([, text]) => text!);

test("a drawing that is saved in the middle of the passes shows what is known by then, with the digits of the page", async () => {
  const { page, close } = await open({ program: "q = x + y\nf = q * z", inputs: { x: -2, y: 5, z: -4 }, digits: "few" });
  await press(page, "f", "ArrowRight", "ArrowRight");
  const svg = await savedAs(page, "SVG");
  assert.deepEqual(wires(svg, "v"), ["-2", "5", "-4", "3", "-12"]);
  assert.deepEqual(wires(svg, "g"), ["?", "?", "3", "-4", "1"]);
  assert.doesNotMatch(svg.replace(/data-key.*/g, ""), /x: value -2, gradient -4/);
  assert.match(await page.locator("label", { hasText: "Save as" }).innerText(), /SVG, as it stands[^]*JSON, both passes/);
  const { nodes } = JSON.parse(await savedAs(page, "JSON")) as { nodes: { grad: number }[] };
  assert.deepEqual(nodes.map(({ grad }) => grad), [-4, -4, 3, -4, 1]);
  await press(page, "End");
  assert.deepEqual(wires(await savedAs(page, "SVG"), "g"), ["-4", "-4", "3", "-4", "1"]);
  await close();
});

test("no file gives the answers of the quiz away", async () => {
  const { page, close } = await open({ program: "q = x + y\nf = q * z + x", inputs: { x: -2, y: 5, z: -4 }, quiz: true, selected: "q" });
  await page.getByLabel(/What is the gradient of q/).fill("-4");
  await press(page, "Enter");
  const svg = await savedAs(page, "SVG");
  assert.deepEqual(wires(svg, "g").filter((text) => text !== "?"), ["-4.00", "1.00"]);
  assert.ok([...svg.matchAll(/data-key="e[^>]*>([^<]*)</g)].every(([, text]) => text === "?"));
  await page.locator("label", { hasText: "Save as" }).locator("select").selectOption("JSON");
  await page.waitForSelector("text=No JSON was made: it holds every answer of the quiz.");
  await close();
});

test("the code stands beside the drawing where there is room, and its lit line is in sight", async () => {
  const { page, close } = await open(undefined, { viewport: { width: 1920, height: 1000 } });
  await page.click("summary:has-text('Staged code')");
  await page.waitForSelector(".line.lit");
  for (const name of ["f", "%1", "%5"]) {
    await page.locator(`[data-name="${name}"]`).click();
    await page.waitForFunction((at) => document.querySelector(`[data-name="${at}"]`)!.getAttribute("aria-pressed") === "true", name);
    const [lit, code, canvas] = await Promise.all([".line.lit >> nth=0", ".code", ".canvas"].map(async (one) => (await page.locator(one).boundingBox())!));
    assert.ok(code!.x + code!.width <= canvas!.x && code!.y < canvas!.y + canvas!.height, "beside");
    assert.ok(lit!.y >= code!.y && lit!.y + lit!.height <= code!.y + code!.height, `${name} is lit out of sight`);
  }
  await close();
});
