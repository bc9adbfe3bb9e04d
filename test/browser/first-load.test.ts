/** What comes with the document, and what comes after it: the first is enough for a link, and what does not come is said. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { explainProgram } from "../../src/explain/index.ts";
import { shower } from "../../src/explain/numbers.ts";
import { initial, linkData } from "../../src/studio/circuit/state.ts";
import { writeLink } from "../../src/studio/link.ts";
import { textsOf } from "./circuit-page.ts";
import { visited } from "./visit.ts";

const visit = visited();
const show = shower(2);

/** Everything that the document does not name itself. */
const isLater = (file: string): boolean => !/\/studio-[^/]*$/.test(file);

/** Each part that comes after the drawing, by what is said where it does not come. */
const parts = { SaveCircuit: "What saves files", Timeline: "What steps through both passes", GatePanel: "What there is to say of a gate", Below: "The code and the table", Examples: "The examples" } as const;

test("a link's circuit is drawn by what the document names, with the right numbers, and moves", async () => {
  const page = await visit.browser.newPage();
  await page.route("**/assets/*", (route) => (isLater(route.request().url()) ? route.abort() : route.continue()));
  const [program, inputs] = ["s = x * w\ny = tanh(s) + x", { x: -0.5, w: 3 }] as const;
  await page.goto(visit.site.address + (await writeLink("circuit", linkData({ ...initial, program, inputs, selected: undefined }))));
  await page.waitForSelector("[data-key]");
  const agrees = async (at: Readonly<Record<string, number>>): Promise<void> => {
    const { nodes } = explainProgram(program, at).circuit;
    assert.deepEqual(await textsOf(page, "v"), nodes.map(({ value }) => show(value as number)));
    assert.deepEqual(await textsOf(page, "g"), nodes.map(({ grad }) => show(grad as number)));
  };
  await agrees(inputs);
  await page.fill('[aria-label="w, value"]', "-2");
  await agrees({ ...inputs, w: -2 });
  await page.close();
});

test("each part that does not come says so in its place, and the circuit still moves", async () => {
  for (const [file, what] of Object.entries(parts)) {
    const page = await visit.browser.newPage();
    await page.route(`**/assets/${file}-*.js`, (route) => route.abort());
    await page.goto(visit.site.address);
    const alert = page.getByRole("alert");
    await alert.waitFor();
    assert.deepEqual(await alert.allTextContents(), [`${what} could not be loaded. Reload the page to try again.`], file);
    await page.fill('[aria-label="w0, value"]', "0.25");
    assert.equal(await page.textContent('svg [data-key="v0"]'), "0.25", file);
    await page.close();
  }
});
