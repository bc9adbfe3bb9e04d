/** The neuron page of the studio: its numbers are the library's and the lecture's, and all of it works by keyboard. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { BrowserContextOptions, Page } from "playwright-core";
import { writeLink } from "../../src/studio/link.ts";
import { activationNames } from "../../src/studio/neuron/activations.ts";
import { initialNumbers, type Numbers } from "../../src/studio/neuron/numbers.ts";
import { measure } from "../../src/studio/neuron/population.ts";
import { percent, show } from "../../src/studio/neuron/sentences.ts";
import { initial, linkData, type NeuronState } from "../../src/studio/neuron/state.ts";
import { caveats } from "../../src/studio/neuron/words.ts";
import { load } from "../nn/cases.ts";
import { type Opened, openPage, rowsOf, seriousOn, visited } from "./visit.ts";

const visit = visited();

type Change = Partial<Omit<NeuronState, "numbers">> & { readonly numbers?: Partial<Numbers> };

const stateOf = ({ numbers, ...rest }: Change): NeuronState => ({ ...initial, ...rest, numbers: { ...initialNumbers, ...numbers } });

const open = async (change: Change = {}, options: BrowserContextOptions = {}): Promise<Opened> =>
  openPage(visit.browser, visit.site.address + (await writeLink("neuron", linkData(stateOf(change)))), "#curve-title", { reducedMotion: "reduce", ...options });

const numberAt = async (page: Page, name: string): Promise<string> => (await page.textContent(`[data-number="${name}"]`))!;

test("every activation has its row, with the value and slope of the course's table", async () => {
  const { page, close } = await open({ numbers: { z: -0.5, mean: 1, scale: 3 } });
  const rows = await rowsOf(page, "All activations");
  assert.deepEqual(rows.map(([name]) => name), activationNames);
  const course = load("networks").of("activations");
  const at = course["x"].indexOf(-0.5);
  const words = { sigmoid: "sigmoid", tanh: "tanh", relu: "relu", "leaky-relu": "leaky_relu_0.01", elu: "elu_1", gelu: "gelu_exact", "gelu-tanh": "gelu_tanh", silu: "silu", softplus: "softplus", selu: "selu" };
  for (const [name, word] of Object.entries(words)) {
    const [, value, slope] = rows.find(([first]) => first === name)!;
    assert.deepEqual([value, slope], [show(course["rows"][word].y[at]), show(course["rows"][word].dy[at])], name);
  }
  for (const [name, , , , saturated, still, mean] of rows) {
    const { population } = measure(name!, stateOf({ numbers: { z: -0.5, mean: 1, scale: 3 } }).numbers);
    assert.deepEqual([saturated, still, mean], [percent(population.saturated), percent(population.still), show(population.meanOutput)], name);
  }
  await close();
});

test("saturation and zero-centring follow the sliders, in the drawing and in words", async () => {
  const { page, close } = await open();
  const said = (what: string): Promise<string[]> => page.locator(`[data-said="${what}"]`).allTextContents();
  assert.match((await said("probe"))[0]!, /At z = 2 sigmoid gives 0\.8808\. Its slope there is 0\.105, 42% of its largest: a gradient passes/);
  assert.equal(await page.locator("svg.chart rect.shaded").count(), 2);
  await page.getByLabel("z, value").fill("-6");
  assert.match((await said("probe"))[0]!, /gives 0\.002473\. .*: saturated/);
  await page.getByLabel("scale, slider").fill("10");
  assert.match((await said("population"))[0]!, /Of 200 inputs 66% are saturated/);
  assert.match((await said("population"))[1]!, /with a mean of 0\.5: all of one sign/);
  await page.getByRole("group", { name: "Choose an activation" }).getByRole("button", { name: "tanh", exact: true }).click();
  assert.match((await said("population"))[1]!, /with a mean of 0: they are centred on 0/);
  assert.equal(await page.textContent("#curve-title"), "tanh and its slope");
  // Undo leads back, one step for each slider that was moved.
  for (const wanted of [/sigmoid gives 0\.002473/, /sigmoid gives 0\.002473/, /At z = 2 sigmoid/]) {
    await page.getByRole("button", { name: "Undo" }).click();
    assert.match((await said("probe"))[0]!, wanted);
  }
  await close();
});

test("a maxout neuron has its two pieces, and what nobody may type is refused", async () => {
  const { page, close } = await open({ activation: "maxout", numbers: { z: 0.5 } });
  const probe = page.locator('[data-said="probe"]');
  assert.match((await probe.textContent())!, /At z = 0\.5 maxout gives 0\.5\. Its slope there is -0\.8/);
  const slope = page.getByLabel("slope 2, value");
  await slope.fill("3");
  assert.match((await probe.textContent())!, /gives 2\.4\. Its slope there is 3/);
  for (const text of ["", "x", "Infinity", "1e9"]) {
    await slope.fill(text);
    assert.equal(await slope.getAttribute("aria-invalid"), "true", text);
    assert.match((await probe.textContent())!, /gives 2\.4/);
  }
  await slope.blur();
  assert.equal(await slope.inputValue(), "3");
  await close();
});

test("one neuron as a binary softmax and as an SVM has the losses and gradients of slide 47", async () => {
  const { page, close } = await open();
  const cases = load("classifiers");
  for (const [button, id] of [["Example is positive", "neuron-binary-softmax-y1"], ["Example is negative", "neuron-binary-softmax-y0"]] as const) {
    await page.getByRole("button", { name: button }).click();
    const wanted = cases.of(id);
    assert.deepEqual(
      await Promise.all(["score", "probability", "loss", "scoreGradient"].map((name) => numberAt(page, name))),
      [wanted["z"], wanted["p"], wanted["loss"], wanted["dz"]].map(show),
    );
    const gradients = new Map((await rowsOf(page, "Gradients of the loss")).map(([name, , gradient]) => [name, gradient]));
    assert.deepEqual(
      ["w0", "w1", "x0", "x1", "b"].map((name) => gradients.get(name)),
      [...wanted["dw"], ...wanted["dx"], wanted["db"]].map(show),
    );
  }
  await page.getByRole("button", { name: "Binary SVM" }).click();
  for (const [button, id] of [["Example is negative", "neuron-binary-svm-y-1"], ["Example is positive", "neuron-binary-svm-y+1"]] as const) {
    await page.getByRole("button", { name: button }).click();
    const wanted = cases.of(id);
    assert.deepEqual([await numberAt(page, "loss"), await numberAt(page, "scoreGradient")], [show(wanted["loss"]), show(wanted["dscore"])]);
  }
  await close();
});

test("steps train the neuron, weights without a gradient are forgotten, and it opens as a circuit", async () => {
  const { page, close } = await open({ positive: false });
  const losses: number[] = [];
  for (let i = 0; i < 4; i++) {
    losses.push(Number(await numberAt(page, "loss")));
    await page.getByRole("button", { name: "Take one step" }).click();
  }
  assert.ok(losses.every((loss, i) => i === 0 || loss < losses[i - 1]!), losses.join(" "));
  await page.getByRole("button", { name: "Undo" }).click();
  assert.equal(Number(await numberAt(page, "loss")), losses[3]);
  // Far beyond its margin the example changes nothing, and the penalty alone is left: 0.5 * 0.1 of the weights at each step.
  await page.getByRole("button", { name: "Binary SVM" }).click();
  for (const [name, value] of [["lambda", "0.1"], ["b", "-50"], ["w0", "1"], ["w1", "-2"]] as const) await page.getByLabel(`${name}, value`, { exact: true }).fill(value);
  await page.getByRole("button", { name: "Take one step" }).click();
  assert.equal(await page.getByLabel("w0, value", { exact: true }).inputValue(), "0.95");
  assert.equal(await page.getByLabel("w1, value", { exact: true }).inputValue(), "-1.9");
  assert.equal(await page.getByLabel("b, value", { exact: true }).inputValue(), "-50");
  await page.getByRole("button", { name: "Binary softmax (logistic)" }).click();
  await page.getByRole("link", { name: "Open this neuron as a circuit" }).click();
  await page.waitForSelector("[data-key]");
  assert.match(await page.getByLabel("Expression, or stages").inputValue(), /p = sigmoid\(s\)\nloss = -log\(1 - p\)/);
  await close();
});

test("the likeness to the brain ends where slide 48 says", async () => {
  const { page, close } = await open();
  assert.deepEqual(await rowsOf(page, "The model and the brain"), caveats.map(({ model, brain }) => [model, brain]));
  await close();
});

test("the link brings back everything, and the keyboard alone reaches it", async () => {
  const { page, close } = await open();
  await page.getByRole("group", { name: "Choose an activation" }).getByRole("button", { name: "elu", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Shift+Tab");
  assert.equal(await page.evaluate(() => document.activeElement!.textContent!.trim()), "sigmoid");
  const slider = page.getByLabel("z, slider");
  await slider.focus();
  await page.keyboard.press("End");
  assert.equal(await page.getByLabel("z, value").inputValue(), "8");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement!.getAttribute("aria-label")), "z, value");
  await page.getByRole("button", { name: "Binary SVM" }).focus();
  await page.keyboard.press("Space");
  await page.waitForTimeout(500);
  const link = page.url();
  assert.match(link, /#neuron\.1\./);
  await close();
  const again = await visit.browser.newPage();
  await again.goto(link);
  await again.waitForSelector("#curve-title");
  assert.equal(await again.textContent("#curve-title"), "elu and its slope");
  assert.equal(await again.getByLabel("z, value").inputValue(), "8");
  assert.equal(await again.getByRole("button", { name: "Binary SVM" }).getAttribute("aria-pressed"), "true");
  await again.close();
});

test("each drawing stands as a table too, and is saved as SVG, PNG and data", async () => {
  const { page, close } = await open();
  for (const summary of await page.locator("summary").all()) await summary.click();
  const table = await rowsOf(page, "Numbers: sigmoid and its slope");
  const { curve } = measure("sigmoid", initialNumbers);
  assert.deepEqual(table.find(([z]) => z === "2"), ["2", show(curve.values[200]!), show(curve.slopes[200]!)]);
  const losses = await rowsOf(page, "Numbers: The logistic loss and its slope, by score");
  assert.deepEqual(losses.find(([score]) => score === "0"), ["0", show(Math.LN2), "-0.5"]);
  for (const [title, name] of [["sigmoid and its slope", "sigmoid"], ["The logistic loss and its slope, by score", "logistic-loss"]] as const) {
    for (const kind of ["SVG", "PNG", "JSON"]) {
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByLabel(`Save ${title} as`).selectOption(kind)]);
      assert.equal(download.suggestedFilename(), `${name}.${kind.toLowerCase()}`);
      const bytes = readFileSync(await download.path());
      if (kind === "PNG") assert.equal(bytes.subarray(1, 4).toString(), "PNG");
      else if (kind === "JSON") assert.equal(JSON.parse(bytes.toString()).curves[0].name, name === "sigmoid" ? "value" : "loss");
      else assert.match(bytes.toString(), new RegExp(`^<svg[^]*${title}`));
    }
  }
  await close();
});

/** Drawings that are wider than their place, and their texts that are small, cut off, or over each other along an axis. */
const problemsOfCharts = (): string[] =>
  [...document.querySelectorAll("svg.chart")].flatMap((svg) => {
    const [paper, place] = [svg.getBoundingClientRect(), svg.parentElement!.parentElement!.getBoundingClientRect()];
    const texts = [...svg.querySelectorAll("text")].map((text) => ({ text: text.textContent!, at: text.getBoundingClientRect(), middle: text.getAttribute("text-anchor") === "middle", y: text.getAttribute("y") }));
    const scale = paper.width / (svg as SVGSVGElement).viewBox.baseVal.width;
    return [
      ...(paper.right > place.right + 1 ? ["a drawing is too wide"] : []),
      ...(13 * scale < 12.9 ? [`letters of ${13 * scale} px`] : []),
      ...texts.filter(({ at }) => at.left < paper.left - 1 || at.right > paper.right + 1).map(({ text }) => `${text} is cut off`),
      ...texts.filter(({ middle, y, at }, i) => middle && y !== null && i > 0 && texts[i - 1]!.y === y && texts[i - 1]!.at.right > at.left).map(({ text }) => `${text} over the one before`),
    ];
  });

test("the neuron page fits from a phone to a wide screen", async () => {
  for (const [width, colorScheme] of [[360, "light"], [1024, "light"], [1024, "dark"], [1920, "light"]] as const) {
    const { page, close } = await open({ activation: "maxout" }, { viewport: { width, height: 900 }, colorScheme });
    for (const summary of await page.locator("summary").all()) await summary.click();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0, `${width}: ${wide} px too wide`);
    assert.deepEqual(await page.evaluate(problemsOfCharts), []);
    for (const summary of await page.locator("summary").all()) await summary.click();
    const shot = process.env["SCREENSHOTS"];
    if (shot) await page.screenshot({ path: `${shot}/neuron-${width}-${colorScheme}.png`, fullPage: true });
    await close();
  }
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`the neuron page is found from the menu, and axe finds nothing serious, ${colorScheme}`, async () => {
    const context = await visit.browser.newContext({ viewport: { width: 820, height: 900 }, colorScheme });
    const page = await context.newPage();
    await page.goto(visit.site.address);
    await page.getByRole("link", { name: "Neuron" }).click();
    await page.waitForSelector("#curve-title");
    for (const summary of await page.locator("summary").all()) await summary.click();
    assert.deepEqual(await seriousOn(page), []);
    await context.close();
  });
}
