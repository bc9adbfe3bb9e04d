/**
 * `npm run bench -- studio`: what a visitor of the built studio waits for, in this machine's Chromium without a display.
 * Each round opens fresh pages, so that nothing is cached; printed are the medians of the rounds. Before them stands how
 * much a visitor loads, as the build counts it.
 */
import type { Browser, Page } from "playwright-core";
import { initial, linkData } from "../src/studio/circuit/state.ts";
import { initial as classifierInitial, linkData as classifierData } from "../src/studio/classifier/state.ts";
import { writeLink } from "../src/studio/link.ts";
import { launchChromium } from "../test/browser/chromium.ts";
import { serveSite, studioFolder } from "../test/browser/site.ts";
import { median } from "./measure.ts";
import { weigh } from "./studio-weight.ts";

const rounds = 3;
const frames = 60;

/** A recurrent neuron of so many gates, three a stage: every value and every gradient depends on `x`. */
const recurrent = (gates: number): string => {
  const stages = Array.from({ length: Math.ceil(gates / 3) }, (_, i) => `s${i + 1} = tanh(w * ${i === 0 ? "x" : `s${i}`} + b)`);
  return stages.join("\n");
};

const linkOf = (gates: number): Promise<string> =>
  writeLink("circuit", linkData({ ...initial, program: recurrent(gates), inputs: { w: 0.9, x: 0.5, b: 0.1 }, selected: undefined }));

const inPage = async <T>(browser: Browser, address: string, use: (page: Page) => Promise<T>): Promise<T> => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const page = await context.newPage();
    await page.goto(address);
    return await use(page);
  } finally {
    await context.close();
  }
};

/** Milliseconds from the start of the navigation to the first picture of the page. */
const firstPaint = async (page: Page): Promise<number> => {
  const entry = await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  return (await entry.jsonValue())!;
};

/** Milliseconds from the start of the navigation until the circuit and its numbers stand in the document and are painted. */
const shown = async (page: Page): Promise<number> => {
  const at = await page.waitForFunction(() =>
    document.querySelector("[data-key]") === null || "waits" in document.documentElement.dataset
      ? undefined
      : new Promise<number>((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now())))),
  );
  return (await at.jsonValue())!;
};

interface Frames {
  /** From one frame to the next, in milliseconds. */
  readonly frames: readonly number[];
  /** What the page computes for a frame: script, style, layout and the list of what to paint. */
  readonly work: readonly number[];
}

/** Times of frames; with `slides` the slider of `x` moves at each of them, as a hand on it would. */
const watch = (page: Page, slides = false): Promise<Frames> =>
  page.evaluate(async ({ count, slides }) => {
    const slider = slides ? document.querySelector<HTMLInputElement>('[aria-label="x, slider"]')! : undefined;
    const [frames, work]: [number[], number[]] = [[], []];
    const { port1, port2 } = new MessageChannel();
    let last = 0;
    for (let i = -10; i < count; i++) {
      const now = await new Promise<number>(requestAnimationFrame);
      const start = performance.now();
      if (i >= 0) frames.push(now - last);
      last = now;
      if (slider) {
        slider.valueAsNumber = 0.5 + Math.sin(i / 15) / 2;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
      }
      await new Promise((done) => {
        port1.onmessage = done;
        port2.postMessage(0);
      });
      if (i >= 0) work.push(performance.now() - start);
    }
    return { frames, work };
  }, { count: frames, slides });

/** As many points as a class draws by hand, on a spiral of three arms. */
const manyPoints = 48;
const crowd = (): Promise<string> =>
  writeLink(
    "classifier",
    classifierData({
      ...classifierInitial,
      points: Array.from({ length: manyPoints }, (_, i) => {
        const [label, far] = [(i % 3) as 0 | 1 | 2, 0.2 + (0.8 * i) / manyPoints];
        const turn = label * 2.1 + far * 2;
        return { x: Number((far * Math.cos(turn)).toFixed(2)), y: Number((far * Math.sin(turn)).toFixed(2)), label };
      }),
    }),
  );

/** A point is taken and moved round, one move after another, until the frames are counted. */
const dragPoint = async (page: Page): Promise<Frames> => {
  const { x, y, width, height } = (await page.locator("[data-point='40'] .reach").boundingBox())!;
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  let over = false;
  const found = watch(page).finally(() => (over = true));
  for (let i = 0; !over; i++) await page.mouse.move(x + width / 2 - 30 * Math.sin(i / 10), y + height / 2 + 30 * Math.cos(i / 10));
  await page.mouse.up();
  return found;
};

const benchClassifier = async (browser: Browser, address: string): Promise<void> => {
  console.log(`\n  the classifier page with ${manyPoints} points, an update for every frame`);
  const [training, dragging]: Frames[][] = [[], []];
  for (let round = 0; round < rounds; round++) {
    await inPage(browser, address + (await crowd()), async (page) => {
      await page.getByRole("button", { name: "Play" }).click();
      training!.push(await watch(page));
      dragging!.push(await dragPoint(page));
    });
  }
  for (const [name, found] of [["a frame while it trains", training!], ["a frame while a point is dragged, too", dragging!]] as const) {
    spread(name, found.flatMap((one) => one.frames));
    spread("  of that the page's own work", found.flatMap((one) => one.work));
  }
};

/** The same drag on a page with nothing but a slider: what the machine gives, whatever a page does. */
const floor = (browser: Browser): Promise<Frames> =>
  inPage(browser, "about:blank", async (page) => {
    await page.setContent('<input type="range" min="-5" max="5" step="0.01" aria-label="x, slider">');
    await page.waitForTimeout(300);
    return watch(page, true);
  });

const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
const ms = (x: number): string => `${x.toFixed(1).padStart(7)} ms`;
const line = (name: string, text: string): void => console.log(`  ${name.padEnd(44)}${text}`);

const spread = (name: string, list: readonly number[]): void => {
  const times = sorted(list);
  line(name, `${ms(median(times))}, 95%: ${ms(times[Math.floor(times.length * 0.95)]!)}`);
};

export const benchStudio = async (): Promise<void> => {
  const [browser, site] = await Promise.all([launchChromium(), serveSite()]);
  try {
    console.log(weigh(studioFolder).text);
    console.log(`the studio in Chromium ${browser.version()}, medians of ${rounds} rounds`);
    const paints: number[] = [];
    const opened: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await inPage(browser, site.address, async (page) => {
        paints.push(await firstPaint(page));
        opened.push(await shown(page));
      });
    }
    line("first page: first paint", ms(median(sorted(paints))));
    line("first page: it moves", ms(median(sorted(opened))));
    for (const gates of [100, 1000]) {
      const address = site.address + (await linkOf(gates));
      const [seen, all, work, boxes, empty]: number[][] = [[], [], [], [], []];
      const painted: number[] = [];
      for (let round = 0; round < rounds; round++) {
        await inPage(browser, address, async (page) => {
          painted.push(await firstPaint(page));
          seen!.push(await shown(page));
          boxes!.push(await page.locator("[data-node]").count());
          await page.waitForTimeout(300);
          const found = await watch(page, true);
          all!.push(...found.frames);
          work!.push(...found.work);
        });
        empty!.push(...(await floor(browser)).frames);
      }
      console.log(`\n  a link to ${gates} gates, ${median(sorted(boxes!))} boxes`);
      line("first paint", ms(median(sorted(painted))));
      line("the circuit is shown", ms(median(sorted(seen!))));
      spread("a frame of a dragged slider", all!);
      spread("  of that the page's own work", work!);
      spread("a frame of a page with nothing but a slider", empty!);
    }
    await benchClassifier(browser, site.address);
  } finally {
    await browser.close();
    await site.close();
  }
};
