/**
 * Every page of the built studio in another browser than all the other tests use: walked through by mouse and by keyboard,
 * with links that go from one browser to the other. Where Firefox is missing this is said, and fails where `CI` is set.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { root } from "../../scripts/entries.ts";
import { significant } from "../../src/check/report.ts";
import { explainProgram } from "../../src/explain/index.ts";
import { shower } from "../../src/explain/numbers.ts";
import { measure } from "../../src/studio/classifier/classifier.ts";
import { initial as firstClassifier, linkData as classifierData, readState } from "../../src/studio/classifier/state.ts";
import { show as classifierNumber } from "../../src/studio/classifier/words.ts";
import { gallery } from "../../src/studio/circuit/gallery.ts";
import { readLink, writeLink } from "../../src/studio/link.ts";
import { activationNames } from "../../src/studio/neuron/activations.ts";
import { initialNumbers } from "../../src/studio/neuron/numbers.ts";
import { measure as measureNeuron } from "../../src/studio/neuron/population.ts";
import { show as neuronNumber } from "../../src/studio/neuron/sentences.ts";
import { startStudio } from "../cli/studio/support.ts";
import { temporaryFolder } from "../cli/support.ts";
import { circuitCase, numberOf } from "../explain/cases.ts";
import { launchChromium } from "./chromium.ts";
import { circuitPages, press, textsOf } from "./circuit-page.ts";
import { launchFirefox, withoutFirefox } from "./firefox.ts";
import { serveSite, type SiteServer } from "./site.ts";
import { type Opened, openPage, rowsOf } from "./visit.ts";

const show = shower(2);
const downloads = temporaryFolder();
const model = (last: string): string =>
  `import type { Tensor } from "chainrule";\nexport const f = (x: Tensor, y: Tensor, z: Tensor): Tensor => {\n  const q = x.add(y);\n  return ${last};\n};\n`;
const folder = temporaryFolder({
  "model.ts": model("q.mul(z)"),
  "layer.ts": 'import type { Tensor } from "chainrule";\nexport const loss = (W: Tensor, x: Tensor): Tensor => {\n  const s = W.matmul(x);\n  return s.sq().sum();\n};\n',
});

describe("in Firefox", { skip: withoutFirefox }, () => {
  let browser: Browser;
  let chromium: Browser;
  let site: SiteServer;
  before(async () => {
    [browser, chromium, site] = await Promise.all([launchFirefox(downloads), launchChromium(), serveSite()]);
  });
  after(async () => {
    await Promise.all([browser.close(), chromium.close(), site.close()]);
  });

  const openCircuit = circuitPages({
    get browser() {
      return browser;
    },
    get site() {
      return site;
    },
  });

  const open = (address: string, ready: string, inside: Pick<Browser, "newPage"> = browser): Promise<Opened> => openPage(inside, address, ready);

  /** The bytes of a file that the page is made to save. Playwright is not told by Firefox which page a download is of. */
  const savedBy = async (page: Page, label: string, kind: string, name: string): Promise<Buffer> => {
    const file = join(downloads, name);
    await page.getByLabel(label).selectOption(kind);
    for (let i = 0; !existsSync(file) || readFileSync(file).length === 0; i++) {
      assert.ok(i < 100, `${name} was not saved`);
      await wait(50);
    }
    return readFileSync(file);
  };

  /** Takes what lies there with the mouse, and lets it go elsewhere. */
  const drag = async (page: Page, from: readonly [number, number], to: readonly [number, number]): Promise<void> => {
    await page.mouse.move(...from);
    await page.mouse.down();
    await page.mouse.move(...to, { steps: 6 });
    await page.mouse.up();
  };

  test("it opens on the lecture's neuron, in the colours and with the motion that its reader asked for", async () => {
    const { page, close } = await openCircuit();
    const { values, grads } = circuitCase("s14-sigmoid-neuron-gates");
    const order = ["w0", "x0", "w1", "x1", "w2", "m0", "m1", "a0", "dot", "n", "e", "d", "f"];
    assert.deepEqual(await textsOf(page, "v"), order.map((name) => show(numberOf(values[name]!))));
    assert.deepEqual(await textsOf(page, "g"), order.map((name) => show(numberOf(grads[name]!))));
    const looks = (): Promise<string[]> => page.evaluate(() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector(".drawing")!).scrollBehavior]);
    const [dark, motion] = await looks();
    assert.equal(motion, "auto");
    await page.getByRole("button", { name: /^Theme/ }).click();
    const [light] = await looks();
    assert.equal(light, "rgb(255, 255, 255)");
    assert.notEqual(dark, light);
    await close();
  });

  test("a slider is dragged, a number typed and undone, and a reload shows the same", async () => {
    const program = "q = x + y\nf = q * z";
    const { page, close } = await openCircuit({ program, inputs: { x: -2, y: 5, z: -4 } });
    await page.getByLabel("z, slider").scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await page.getByLabel("z, slider").boundingBox())!;
    await drag(page, [x + width / 2, y + height / 2], [x + width * 0.8, y + height / 2]);
    const z = Number(await page.getByLabel("z, value").inputValue());
    assert.ok(z > -4, `z is ${z}`);
    const numbersAre = async (inputs: Record<string, number>): Promise<void> => {
      const { nodes } = explainProgram(program, inputs).circuit;
      assert.deepEqual([await textsOf(page, "v"), await textsOf(page, "g")], [nodes.map(({ value }) => show(value as number)), nodes.map(({ grad }) => show(grad as number))]);
    };
    await numbersAre({ x: -2, y: 5, z });
    await page.getByLabel("x, value").focus();
    await press(page, "Control+a");
    await page.getByLabel("x, value").pressSequentially("10");
    await numbersAre({ x: 10, y: 5, z });
    await page.waitForTimeout(600);
    await page.reload();
    await page.waitForSelector("[data-key]");
    await numbersAre({ x: 10, y: 5, z });
    assert.equal(await page.getByLabel("z, slider").inputValue(), String(z));
    await close();
  });

  test("with the keyboard alone it is stepped, a gate is looked at, and what is out of sight is scrolled to", async () => {
    const { page, close } = await openCircuit();
    await press(page, "Home");
    assert.ok([...(await textsOf(page, "v")), ...(await textsOf(page, "g"))].every((text) => text === "?"));
    await press(page, "ArrowRight");
    assert.equal((await textsOf(page, "v")).filter((text) => text !== "?").length, 1);
    await press(page, "f", "ArrowRight", "ArrowRight");
    assert.match((await page.textContent(".says"))!, /gets \[-1 \/ 1\.37\^2 = -0\.53\] × \[1\.00\] = -0\.53/);
    await press(page, "End", "ArrowUp");
    const panel = page.locator('section[aria-labelledby="gate-title"]');
    assert.match((await panel.innerText()).replace(/\s+/g, " "), /contribution -0\.53/);
    for (let i = 0; i < 6; i++) await press(page, "+");
    const [gate, frame] = [page.locator('[data-node][tabindex="0"]'), page.locator(".drawing")];
    await frame.evaluate((one) => one.scrollTo(0, 0));
    const isInSight = (): Promise<boolean> =>
      gate.evaluate((one) => {
        const [inner, outer] = [one.getBoundingClientRect(), document.querySelector(".drawing")!.getBoundingClientRect()];
        return inner.left >= outer.left && inner.right <= outer.right;
      });
    assert.equal(await isInSight(), false);
    await page.getByRole("button", { name: "Smaller" }).focus();
    await press(page, "Shift+Tab");
    assert.ok(await gate.evaluate((one) => one === document.activeElement));
    assert.equal(await isInSight(), true);
    await close();
  });

  test("the quiz marks answers, and drawings and data are saved", async () => {
    const { page, close } = await openCircuit({ program: "q = x + y\nf = q * z", inputs: { x: -2, y: 5, z: -4 }, quiz: true, selected: "q" });
    const answer = page.getByLabel(/What is the gradient of q/);
    await answer.pressSequentially("-4");
    await press(page, "Enter");
    await page.waitForSelector("text=1 of 4 right");
    assert.deepEqual(await textsOf(page, "g"), ["?", "?", "?", "-4.00 ✓", "1.00"]);
    await page.getByRole("button", { name: "Quiz" }).click();
    const svg = (await savedBy(page, "Save as", "SVG", "f.svg")).toString();
    assert.deepEqual([...svg.matchAll(/data-key="g\d+"[^>]*>([^<]*)</g)].map(([, text]) => text), ["-4.00", "-4.00", "3.00", "-4.00", "1.00"]);
    assert.equal(JSON.parse((await savedBy(page, "Save as", "JSON", "f.json")).toString()).check.verdict, "good");
    const png = await savedBy(page, "Save as", "PNG", "f.png");
    const size = await page.evaluate(async (bytes) => {
      const { width, height } = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: "image/png" }));
      return [width, height];
    }, [...png]);
    const [, width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg)!;
    assert.deepEqual(size, [2 * Number(width), 2 * Number(height)]);
    await close();
  });

  const linked: readonly { readonly name: string; readonly ready: string; readonly change: (page: Page) => Promise<unknown> }[] = [
    { name: "circuit", ready: "svg [data-key]", change: (page) => page.getByLabel("w0, slider").fill("0.3") },
    { name: "check", ready: "svg.chart", change: (page) => page.locator('[aria-label="Every input"] button', { hasText: /^x1$/ }).click() },
    { name: "classifier", ready: "svg [data-region]", change: (page) => page.click("text=Single update") },
    { name: "neuron", ready: "svg.chart", change: (page) => page.getByLabel("z, slider").fill("-1.5") },
  ];
  /** Every text of the page, and what stands in its fields. */
  const allOf = (page: Page): Promise<string[]> =>
    page.evaluate(() => [...document.querySelectorAll("main *")].map((one) => (one instanceof HTMLInputElement ? one.value : one.children.length === 0 ? one.textContent!.trim() : "")).filter((text) => text !== ""));
  test("a link to any page shows the same in the other browser, whichever wrote it", async () => {
    const follow = async (from: Browser, to: Browser): Promise<void> => {
      const [first, second] = await Promise.all([open(site.address, "svg [data-key]", from), open(site.address, "svg [data-key]", to)]);
      for (const { name, ready, change } of linked) {
        await first.page.goto(`${site.address}#${name}`);
        await first.page.waitForSelector(ready);
        await change(first.page);
        // Until the link is written, and what comes late is there.
        await first.page.waitForTimeout(500);
        await second.page.goto("about:blank");
        await second.page.goto(first.page.url());
        await second.page.waitForSelector(ready);
        await second.page.waitForTimeout(500);
        const texts = await allOf(first.page);
        assert.ok(texts.filter((text) => /\d\.\d/.test(text)).length > 10);
        assert.deepEqual(await allOf(second.page), texts, name);
      }
      await Promise.all([first.close(), second.close()]);
    };
    await Promise.all([follow(browser, chromium), follow(chromium, browser)]);
  });

  test("the classifier is trained by the mouse alone", async () => {
    const { page, close } = await open(site.address + (await writeLink("classifier", classifierData({ ...firstClassifier, strength: 0.01, stepSize: 1 }))), "svg [data-region]");
    const scores = (): Promise<string[]> => page.locator("[data-score]").allTextContents();
    assert.deepEqual(await scores(), measure(firstClassifier).scores.flat().map(classifierNumber));
    /** Where a place of the plane is on the screen, now that the page may have scrolled. */
    const spot = async (x: number, y: number): Promise<readonly [number, number]> => {
      const { x: left, y: top, width, height } = (await page.locator("[data-ground]").boundingBox())!;
      return [left + (width * (x / 1.25 + 1)) / 2, top + (height * (1 - y / 1.25)) / 2];
    };
    await page.getByRole("button", { name: "Remove all points" }).click();
    for (const [label, x, y] of [[0, 0.6, 0.5], [1, -0.6, 0.5], [2, 0, 0.4]] as const) {
      await page.locator(".choices button").nth(label).click();
      await page.mouse.click(...(await spot(x, y)));
    }
    await page.getByRole("button", { name: "Play" }).click();
    await drag(page, await spot(0, 0.4), await spot(0, -0.7));
    await page.waitForSelector("strong:has-text('All 3 points are right.')");
    await page.getByRole("button", { name: "Pause" }).click();
    await page.waitForTimeout(600);
    const state = readState((await readLink(new URL(page.url()).hash)).state)!;
    assert.deepEqual(state.points, [{ x: 0.6, y: 0.5, label: 0 }, { x: -0.6, y: 0.5, label: 1 }, { x: 0, y: -0.7, label: 2 }]);
    assert.deepEqual(await scores(), measure(state).scores.flat().map(classifierNumber));
    assert.match((await savedBy(page, "Save as", "SVG", "classifier.svg")).toString(), /<title>Linear classifier: All 3 points are right\.<\/title>/);
    await close();
  });

  test("the neuron page and the check page have the library's numbers", async () => {
    const neuron = await open(`${site.address}#neuron`, "svg.chart");
    const activations = new Map((await rowsOf(neuron.page, "All activations")).map(([name, value, slope]) => [name!, [value, slope]]));
    assert.deepEqual([...activations.keys()], activationNames);
    for (const [name, numbers] of activations) {
      const { probe } = measureNeuron(name, initialNumbers);
      assert.deepEqual(numbers, [neuronNumber(probe.value), neuronNumber(probe.slope)], name);
    }
    await neuron.close();
    const check = await open(`${site.address}#check`, "svg.chart");
    const [first] = gallery;
    const { entries } = explainProgram(first!.program, first!.inputs).check();
    assert.deepEqual((await rowsOf(check.page, "Every input")).map(([name, gradient, , , verdict]) => [name, gradient, verdict]), entries.map(({ name, analytic, verdict }) => [name, significant(analytic, 10), verdict]));
    await check.close();
  });

  test("a file of the user's is shown with the token of the address, follows its edits, and is for nobody else", async () => {
    writeFileSync(join(folder, "model.ts"), model("q.mul(z)"));
    const running = await startStudio(root, ["--no-open", "model.ts", "x=-2", "y=5", "z=-4"], { folder });
    const context = await browser.newContext();
    const { page, close } = await open(running.address, "svg [data-key]", context);
    assert.doesNotMatch(page.url(), /token/);
    assert.equal(await page.evaluate(() => document.cookie), "");
    assert.equal(await page.evaluate(() => globalThis.crossOriginIsolated), true);
    assert.deepEqual([await textsOf(page, "v"), await textsOf(page, "g")], [["-2", "5", "-4", "3", "-12"], ["-4", "-4", "3", "-4", "1"]]);
    writeFileSync(join(folder, "model.ts"), model("q.mul(z).neg()"));
    await page.waitForFunction(() => document.querySelectorAll("svg [data-key^=v]").length === 6);
    const target = new URL(running.address).origin;
    const stranger = await browser.newPage();
    await stranger.goto(`${target}/?model`);
    assert.equal(await stranger.evaluate(async () => (await fetch("model")).status), 403);
    // Another port of this machine is the same site: the cookie is in the jar, and its page gets nothing all the same.
    const foreign = await context.newPage();
    await foreign.goto(site.address);
    const tried = await foreign.evaluate((to) => fetch(`${to}/model`, { credentials: "include" }).then(({ status }) => String(status), ({ name }: Error) => name), target);
    assert.equal(tried, "TypeError");
    await close();
    await Promise.all([stranger.close(), context.close()]);
    assert.equal((await running.stop()).code, 0);
  });

  test("a function of tensors opens one entry as a circuit of numbers", async () => {
    const running = await startStudio(root, ["--no-open", "layer.ts", "W=[[1,2],[3,4]]", "x=[1,-1]"], { folder });
    const { page, close } = await open(running.address, "svg [data-key]");
    assert.deepEqual((await textsOf(page, "v")).slice(0, 3), ["[2x2]", "[2]", "[2]"]);
    await page.getByLabel("One entry as a circuit of numbers").pressSequentially("s[1]");
    await press(page, "Enter");
    await page.waitForSelector('[data-name="s[1]"]');
    assert.ok((await textsOf(page, "v")).includes("-1"));
    await close();
    assert.equal((await running.stop()).code, 0);
  });
});
