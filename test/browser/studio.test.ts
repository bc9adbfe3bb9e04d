/** The circuit page of the studio as its visitor meets it: the built site in headless Chromium, under a strict policy. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { explainProgram } from "../../src/explain/index.ts";
import { shower } from "../../src/explain/numbers.ts";
import { gallery } from "../../src/studio/circuit/gallery.ts";
import { initial, linkData } from "../../src/studio/circuit/state.ts";
import { writeLink } from "../../src/studio/link.ts";
import { circuitCase, exampleCase, numberOf } from "../explain/cases.ts";
import { circuitPages, press, textsOf } from "./circuit-page.ts";
import { seriousOn, visited } from "./visit.ts";

const visit = visited();

const open = circuitPages(visit);
const show = shower(2);

test("it opens on the neuron of slides 14 to 20, both passes done, every number as the lecture prints it", async () => {
  const { page, close } = await open();
  const { values, grads } = circuitCase("s14-sigmoid-neuron-gates");
  const at = (key: string): Promise<string | null> => page.textContent(`svg [data-key="${key}"]`);
  const index = async (name: string): Promise<string> => (await page.getAttribute(`[data-name="${name}"]`, "data-node"))!;
  for (const name of ["w0", "x0", "w1", "x1", "w2", "f"]) {
    assert.equal(await at(`v${await index(name)}`), show(numberOf(values[name]!)), name);
    assert.equal(await at(`g${await index(name)}`), show(numberOf(grads[name]!)), name);
  }
  // The inner gates have no name here: all their numbers, in order.
  const inner = ["m0", "m1", "a0", "dot", "n", "e", "d"];
  assert.deepEqual((await textsOf(page, "v")).slice(5, 12), inner.map((name) => show(numberOf(values[name]!))));
  assert.deepEqual((await textsOf(page, "g")).slice(5, 12), inner.map((name) => show(numberOf(grads[name]!))));
  await close();
});

test("without any script the document holds that circuit, and a link to another shows none of it", async () => {
  const { page, close } = await open(undefined, { javaScriptEnabled: false });
  const { values, grads } = circuitCase("s14-sigmoid-neuron-gates");
  const order = ["w0", "x0", "w1", "x1", "w2", "m0", "m1", "a0", "dot", "n", "e", "d", "f"];
  assert.deepEqual(await textsOf(page, "v"), order.map((name) => show(numberOf(values[name]!))));
  assert.deepEqual(await textsOf(page, "g"), order.map((name) => show(numberOf(grads[name]!))));
  await close();
  const linked = await visit.browser.newPage();
  await linked.route("**/assets/*.js", (route) => route.abort());
  await linked.goto(`${visit.site.address}#circuit.1.AAAA`, { waitUntil: "commit" });
  await linked.waitForSelector("[data-key]", { state: "attached" });
  assert.equal(await linked.isVisible("[data-key]"), false);
  await linked.close();
});

test("every example shows the numbers of its case", async () => {
  const { page, close } = await open();
  for (const { id, title, program, inputs } of gallery) {
    await page.selectOption('select[aria-label="Example"]', { label: title });
    const { circuit } = explainProgram(program, inputs);
    const expected = exampleCase(id);
    await page.waitForFunction((count) => document.querySelectorAll("[data-node]").length === count, circuit.nodes.length);
    for (const { name, index } of circuit.nodes) {
      if (!(name in expected.values)) continue;
      assert.equal(await page.textContent(`svg [data-key="v${index}"]`), show(numberOf(expected.values[name]!)), `${id} ${name}`);
      assert.equal(await page.textContent(`svg [data-key="g${index}"]`), show(numberOf(expected.grads[name]!)), `${id} ${name}`);
    }
  }
  await close();
});

test("stepped with the keyboard alone: nothing is 0 before it is computed, and the gate is told", async () => {
  const { page, close } = await open();
  const where = (): Promise<string | null> => page.textContent(".says .where");
  await press(page, "Home");
  assert.ok([...(await textsOf(page, "v")), ...(await textsOf(page, "g"))].every((text) => text === "?"));
  assert.match((await where())!, /nothing is computed yet/);
  await press(page, "ArrowRight");
  assert.equal((await textsOf(page, "v")).filter((text) => text !== "?").length, 1);
  await press(page, "f");
  assert.ok((await textsOf(page, "v")).every((text) => text !== "?"));
  assert.ok((await textsOf(page, "g")).every((text) => text === "?"));
  await press(page, "ArrowRight", "ArrowRight");
  assert.match((await page.textContent(".says"))!, /gets \[-1 \/ 1\.37\^2 = -0\.53\] × \[1\.00\] = -0\.53/);
  await press(page, "b");
  assert.match((await where())!, /both passes are done/);
  await press(page, "Home", "Space");
  await page.waitForFunction(() => document.querySelectorAll("svg .value:not(.unknown)").length >= 2);
  await press(page, "Space");
  await press(page, "End", "ArrowUp", "ArrowUp");
  const chosen = await page.locator('[data-node][aria-pressed="true"]').getAttribute("aria-label");
  await press(page, "ArrowDown");
  assert.notEqual(await page.locator('[data-node][aria-pressed="true"]').getAttribute("aria-label"), chosen);
  await close();
});

test("the panel says where a gradient comes from, and the numeric check agrees", async () => {
  const { page, close } = await open({ program: gallery.find(({ id }) => id === "s26-staged")!.program, inputs: { x: 3, y: -4 }, selected: "x" });
  const panel = page.locator('section[aria-labelledby="gate-title"]');
  await panel.locator("text=good").waitFor();
  const text = (await panel.innerText()).replace(/\s+/g, " ");
  // In the order in which they arrive.
  assert.match(text, /gradient 1\.58 \+ \(-0\.04\) \+ 0\.51 = 2\.06/);
  assert.match(text, /used 3 times/);
  assert.match(text, /num local gradient 1\.00 × gradient of num 0\.51 = contribution 0\.51/);
  assert.match(text, /numeric 2\.05956980 against 2\.05956980/);
  await panel.locator("text=truth").waitFor();
  assert.match((await panel.innerText()).replace(/\s+/g, " "), /promises 1\.54564 → 1\.75160 truth 1\.54564 → /);
  await close();
});

test("a slider and a typed number move every number, and the drawing stays where it is", async () => {
  const { page, close } = await open({ program: "q = x + y\nf = q * z", inputs: { x: -2, y: 5, z: -4 } });
  const places = (): Promise<string[]> => page.locator("svg .shape").evaluateAll((all) => all.map((one) => `${one.getAttribute("x")} ${one.getAttribute("y")}`));
  const before = await places();
  await page.getByLabel("z, slider").fill("2.5");
  assert.deepEqual(await textsOf(page, "v"), ["-2.00", "5.00", "2.50", "3.00", "7.50"]);
  assert.deepEqual(await textsOf(page, "g"), ["2.50", "2.50", "3.00", "2.50", "1.00"]);
  await page.getByLabel("x, value").fill("10");
  assert.deepEqual(await textsOf(page, "v"), ["10.00", "5.00", "2.50", "15.00", "37.50"]);
  await page.getByLabel("x, value").fill("nonsense");
  assert.equal(await page.getByLabel("x, value").getAttribute("aria-invalid"), "true");
  assert.deepEqual(await textsOf(page, "v"), ["10.00", "5.00", "2.50", "15.00", "37.50"]);
  await page.getByLabel("z, slider").focus();
  await press(page, "ArrowRight");
  assert.deepEqual(await places(), before);
  await close();
});

test("a mistake is marked at its column as one types, and the last circuit stays", async () => {
  const { page, close } = await open({ program: "f = x * y", inputs: { x: 4, y: -3 } });
  const editor = page.getByLabel("Expression, or stages");
  await editor.fill("f = x * (y + ");
  assert.match((await page.textContent("#program-problem"))!, /Line 1, column/);
  assert.equal(await editor.getAttribute("aria-invalid"), "true");
  assert.deepEqual(await textsOf(page, "v"), ["4.00", "-3.00", "-12.00"]);
  await page.waitForSelector(".canvas.stale");
  await editor.fill("f = x * (y + new)");
  assert.equal(await page.locator(".canvas.stale").count(), 0);
  assert.deepEqual(await textsOf(page, "v"), ["4.00", "-3.00", "1.00", "-2.00", "-8.00"]);
  await page.getByLabel("new, value").waitFor();
  await editor.fill("f = x * y * <script>alert(1)</script>");
  assert.equal(await page.locator("svg script, pre script").count(), 0);
  await page.getByLabel("Undo").click();
  await page.waitForFunction(() => (document.querySelector("textarea") as HTMLTextAreaElement).value === "f = x * y");
  await close();
});

test("the link opens the same page in another browser, and one of garbage opens the first", async () => {
  const { page, close } = await open({ program: "f = x * y", inputs: { x: 4, y: -3 } });
  await page.getByLabel("y, slider").fill("2");
  await page.selectOption("select:near(:text('Digits'))", "4");
  await page.locator('[data-name="x"]').click();
  await press(page, "f");
  await page.waitForTimeout(600);
  const link = page.url();
  assert.match(link, /#circuit\.1\.[\w-]+$/);
  const other = await visit.browser.newContext();
  const again = await other.newPage();
  await again.goto(link);
  await again.waitForSelector("[data-key]");
  for (const letter of ["v", "g"] as const) assert.deepEqual(await textsOf(again, letter), await textsOf(page, letter));
  assert.deepEqual(await textsOf(again, "v"), ["4.0000", "2.0000", "8.0000"]);
  assert.equal(await again.inputValue("textarea"), "f = x * y");
  for (const garbage of ["#circuit.1.AAAA", "#circuit.99.x", "#nothing", "#circuit.1.%%%"]) {
    await again.goto("about:blank");
    await again.goto(visit.site.address + garbage);
    await again.waitForSelector("text=could not be read");
    assert.equal(await again.locator("[data-node]").count(), 13, garbage);
  }
  await other.close();
  await close();
});

test("the quiz hides every red number but the first, and marks answers", async () => {
  const { page, close } = await open({ program: "q = x + y\nf = q * z", inputs: { x: -2, y: 5, z: -4 }, quiz: true, selected: "q" });
  assert.deepEqual(await textsOf(page, "g"), ["?", "?", "?", "?", "1.00"]);
  const answer = page.getByLabel(/What is the gradient of q/);
  await answer.fill("3");
  await press(page, "Enter");
  await page.waitForSelector("text=Not this number");
  assert.deepEqual(await textsOf(page, "g"), ["?", "?", "?", "? ✗", "1.00"]);
  await answer.fill("-4");
  await press(page, "Enter");
  await page.waitForSelector("text=1 of 4 right");
  assert.deepEqual(await textsOf(page, "g"), ["?", "?", "?", "-4.00 ✓", "1.00"]);
  await page.locator('[data-name="z"]').click();
  await page.click("text=Show it");
  await page.waitForSelector("text=1 of 4 right, 1 shown");
  await close();
});

test("groups fold and unfold, one by one and all with g, and the numbers around them stay", async () => {
  const { page, close } = await open();
  const words = (): Promise<string[]> => page.locator("[data-node] .label").allTextContents();
  const inputs = async (): Promise<string[]> => (await textsOf(page, "g")).slice(0, 5);
  const before = await inputs();
  const chip = page.getByRole("group", { name: /^Groups/ }).getByRole("button");
  assert.equal(await chip.getAttribute("aria-pressed"), "false");
  await chip.click();
  assert.deepEqual((await words()).slice(5), ["×", "×", "+", "+", "sigmoid"]);
  assert.deepEqual(await inputs(), before);
  await chip.click();
  assert.equal((await words()).length, 13);
  await page.locator("h2").first().click();
  await press(page, "g");
  assert.equal((await words()).length, 10);
  await page.getByLabel("Expression, or stages").fill("f = sigmoid(x)");
  await page.waitForFunction(() => document.querySelectorAll("[data-node]").length === 2);
  await page.locator("h2").first().click();
  await press(page, "g");
  await page.waitForFunction(() => document.querySelectorAll("[data-node]").length === 5);
  await close();
});

/** Named lines in a row, each of three gates. */
const recurrence = (stages: number): string => Array.from({ length: stages }, (_, i) => `s${i + 1} = tanh(w * ${i === 0 ? "x" : `s${i}`} + b)`).join("\n");

test("a large circuit opens folded by its stages; box by box it opens and folds again, by mouse and by keyboard", async () => {
  const { page, close } = await open({ program: recurrence(334), inputs: { w: 0.9, x: 0.5, b: 0.1 }, selected: undefined });
  const count = (): Promise<number> => page.locator("[data-node]").count();
  const names = (): Promise<(string | null)[]> => page.locator("[data-node]").evaluateAll((all) => all.map((one) => one.getAttribute("data-name")));
  const { circuit } = explainProgram(recurrence(334), { w: 0.9, x: 0.5, b: 0.1 });
  const numbersAreRight = async (): Promise<void> => {
    const [values, grads] = [await textsOf(page, "v"), await textsOf(page, "g")];
    (await names()).forEach((name, i) => {
      const node = circuit.nodes.find((one) => one.name === name)!;
      assert.deepEqual([values[i], grads[i]], [show(node.value as number), show(node.grad as number)], String(name));
    });
  };
  assert.equal(await count(), 3 + 48);
  await numbersAreRight();
  assert.deepEqual((await page.locator("[data-node] .label").allTextContents()).slice(-2), ["7 stages", "7 stages"]);
  // A row opens into its stages by the mouse, a stage into its gates by the keyboard.
  await page.locator('[data-name="s334"]').dblclick();
  await page.waitForFunction((wanted) => document.querySelectorAll("[data-node]").length === wanted, 3 + 47 + 7);
  assert.equal(await page.locator('[data-name="s334"] .label').textContent(), "stage");
  await numbersAreRight();
  await press(page, "o");
  await page.waitForFunction((wanted) => document.querySelectorAll("[data-node]").length === wanted, 3 + 47 + 6 + 3);
  await numbersAreRight();
  const link = page.url();
  // What surrounds the gate folds again, from the inside and from the panel.
  await press(page, "o");
  assert.equal(await count(), 3 + 47 + 7);
  await page.getByRole("button", { name: "Fold 7 stages up to s334" }).click();
  assert.equal(await count(), 3 + 48);
  await page.getByRole("button", { name: "Open 7 stages up to s334" }).click();
  assert.equal(await count(), 3 + 47 + 7);
  // The pass goes box by box, and all of it opens with g.
  assert.match((await page.getAttribute('input[aria-label="Step"]', "max"))!, /^\d\d\d$/);
  await press(page, "g");
  await page.waitForFunction((wanted) => document.querySelectorAll("[data-node]").length === wanted, circuit.nodes.length);
  await page.waitForFunction((before) => location.href !== before, link);
  await close();
});

test("while a large circuit is computed its text stands there, and without the parts that fold and lay it out it is drawn as written", async () => {
  const page = await visit.browser.newPage();
  let release = (): void => undefined;
  const held = new Promise<void>((done) => (release = done));
  await page.route("**/folding-*.js", async (route) => {
    await held;
    await route.abort();
  });
  await page.route(/\/(layout-aside|gestures)-[^/]*\.js$/, (route) => route.abort());
  await page.goto(visit.site.address + (await writeLink("circuit", linkData({ ...initial, program: recurrence(60), inputs: {} }))));
  await page.getByText("Laying out 180 gates").waitFor();
  assert.match(await page.inputValue("textarea"), /^s1 = tanh/);
  release();
  await page.waitForFunction((wanted) => document.querySelectorAll("[data-node]").length === wanted, 183);
  // Each missing part is named once, and another program changes nothing of that.
  await page.getByLabel("Expression, or stages").fill(recurrence(61));
  await page.waitForFunction((wanted) => document.querySelectorAll("[data-node]").length === wanted, 186);
  assert.deepEqual(
    (await page.locator("[role=alert]").allTextContents()).sort(),
    ["What folds groups and stages", "What lays out a large circuit beside the page", "What zooms and drags the drawing"].map((what) => `${what} could not be loaded. Reload the page to try again.`),
  );
  await page.close();
});

test("the stages of a small program fold one by one, and the link keeps it", async () => {
  const { page, close } = await open({ program: "a = tanh(w * x + b)\nc = exp(a * 2) + 1\nf = c * a + x", inputs: { w: 0.5, x: 1, b: 0.2 }, selected: "a" });
  const ops = (): Promise<string[]> => page.locator("[data-node] .label").allTextContents();
  assert.equal((await ops()).length, 11);
  await page.getByRole("button", { name: "Fold stage of a" }).click();
  assert.deepEqual((await ops()).slice(0, 4), ["w", "x", "b", "stage"]);
  assert.match(await page.locator('section[aria-labelledby="gate-title"]').innerText(), /its 3 gates at once/);
  const before = await textsOf(page, "g");
  await page.waitForTimeout(600);
  const again = await visit.browser.newPage();
  await again.goto(page.url());
  await again.waitForFunction(() => document.querySelectorAll("[data-node]").length === 9);
  assert.deepEqual(await textsOf(again, "g"), before);
  await again.close();
  await page.selectOption("select:near(:text('Show'))", "stages");
  assert.deepEqual(await ops(), ["w", "x", "b", "stage", "stage", "stage"]);
  await page.getByLabel("x, slider").fill("2");
  const { circuit } = explainProgram("a = tanh(w * x + b)\nc = exp(a * 2) + 1\nf = c * a + x", { w: 0.5, x: 2, b: 0.2 }, { stages: true });
  assert.deepEqual(await textsOf(page, "g"), circuit.nodes.map(({ grad }) => show(grad as number)));
  await close();
});

test("a circuit of a thousand gates is laid out beside the page, and its numbers move", async () => {
  const stages = Array.from({ length: 500 }, (_, i) => `t${i + 1} = tanh(t${i} * w${i % 5})`);
  const { page, close } = await open({ program: ["t0 = x + 1", ...stages].join("\n"), inputs: { x: 1, w0: 1, w1: -1, w2: 2, w3: -0.5, w4: 3 }, selected: "t1", level: "written" });
  assert.equal(await page.locator("[data-node]").count(), 1007);
  const before = await page.textContent('svg [data-key="v7"]');
  await page.getByLabel("x, slider").fill("-2");
  assert.notEqual(await page.textContent('svg [data-key="v7"]'), before);
  await close();
});

test("the line of the gate is lit in both languages", async () => {
  const { page, close } = await open({ program: "q = x + y\nf = q * z", inputs: { x: -2, y: 5, z: -4 }, selected: "q" });
  await page.click('summary:has-text("Staged code")');
  const lit = (): Promise<string[]> => page.locator(".line.lit").allTextContents();
  await page.waitForSelector(".line.lit");
  assert.deepEqual((await lit()).map((line) => line.trim()), ["const q = x + y;", "// backprop q = x + y", "const dx = dq;", "const dy = dq;"]);
  await page.getByRole("button", { name: "Python" }).click();
  assert.deepEqual((await lit()).map((line) => line.trim()), ["q = x + y", "# backprop q = x + y", "dx = dq", "dy = dq"]);
  await page.locator(".line", { hasText: "f = q * z" }).first().click();
  assert.match((await page.textContent("#gate-title"))!, /^f/);
  await close();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing serious, ${colorScheme}`, async () => {
    const { page, close } = await open({}, { colorScheme });
    await page.waitForSelector("summary");
    for (const summary of await page.locator("summary").all()) await summary.click();
    await page.waitForSelector("table");
    await page.waitForSelector(".code");
    assert.deepEqual(await seriousOn(page), []);
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(background === "rgb(255, 255, 255)", colorScheme === "light");
    await close();
  });
}

for (const width of [360, 1024, 1920]) {
  test(`nothing is cut off at ${width} pixels`, async () => {
    const { page, close } = await open({}, { viewport: { width, height: 800 } });
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width);
    await close();
  });
}

test("the drawing and its data are saved as files", async () => {
  const { page, close } = await open();
  for (const kind of ["SVG", "PNG", "JSON"]) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.selectOption("select:near(:text('Save as'))", kind)]);
    assert.equal(download.suggestedFilename(), `f.${kind.toLowerCase()}`);
    const bytes = readFileSync(await download.path());
    if (kind === "PNG") assert.equal(bytes.subarray(1, 4).toString(), "PNG");
    else if (kind === "JSON") assert.equal(JSON.parse(bytes.toString()).check.verdict, "good");
    else assert.match(bytes.toString(), /^<svg[^]*data-key="g0"[^>]*>-0\.20</);
  }
  await close();
});
