/** Undo and the keys of the circuit page, as a hand that knows other programs expects them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { circuitPages, press, textsOf } from "./circuit-page.ts";
import { visited } from "./visit.ts";

const visit = visited();
const open = circuitPages(visit);

test("a drag of a slider is one step of undo, and so is what was typed without a pause", async () => {
  const { page, close } = await open({ program: "f = x * y", inputs: { x: 4, y: -3 } });
  const slider = (await page.getByLabel("x, slider").boundingBox())!;
  const y = slider.y + slider.height / 2;
  for (const share of [0.7, 0.2]) {
    await page.mouse.move(slider.x + slider.width * 0.5, y);
    await page.mouse.down();
    await page.mouse.move(slider.x + slider.width * share, y, { steps: 6 });
    await page.mouse.up();
  }
  const values = async (): Promise<string> => (await textsOf(page, "v")).slice(0, 2).join(" ");
  const moved = await values();
  await press(page, "Control+z");
  assert.notEqual(await values(), moved);
  assert.notEqual(await values(), "4.00 -3.00");
  await press(page, "Control+z");
  assert.equal(await values(), "4.00 -3.00");
  await press(page, "Control+Shift+z", "Control+y");
  assert.equal(await values(), moved);
  await press(page, "Control+z", "Control+z");

  const editor = page.getByLabel("Expression, or stages");
  await editor.press("End");
  await editor.pressSequentially(" + 1");
  await page.waitForTimeout(900);
  await editor.pressSequentially(" + x");
  await editor.press("Control+z");
  assert.equal(await editor.inputValue(), "f = x * y + 1");
  await editor.press("Control+z");
  assert.equal(await editor.inputValue(), "f = x * y");
  await close();
});

test("keys do what they do elsewhere where something of its own has the focus", async () => {
  const { page, close } = await open();
  const where = (): Promise<string | null> => page.textContent(".says .where");
  const table = page.locator("summary", { hasText: "The drawing as a table" });
  await table.focus();
  await press(page, "Space");
  await page.waitForSelector("[data-row]");
  assert.match((await where())!, /both passes are done/);
  await press(page, "Space");
  await page.waitForSelector("[data-row]", { state: "hidden" });
  // In a slider arrows move the slider; in the number beside it letters are letters.
  await page.getByLabel("x0, slider").focus();
  await press(page, "ArrowLeft");
  assert.match((await where())!, /both passes are done/);
  await page.getByLabel("x0, value").focus();
  await press(page, "End", "f", "b", "Backspace", "Backspace");
  assert.match((await where())!, /both passes are done/);
  await close();
});
