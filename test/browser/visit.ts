/** The built studio and a browser to visit it with, and what every visit looks for. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { launchChromium } from "./chromium.ts";
import { serveSite, type SiteServer } from "./site.ts";

/** Both are there from the first test of the calling file to its last. */
export const visited = (): { readonly browser: Browser; readonly site: SiteServer } => {
  let there: readonly [Browser, SiteServer];
  before(async () => {
    there = await Promise.all([launchChromium(), serveSite()]);
  });
  after(async () => {
    await there[0].close();
    await there[1].close();
  });
  return {
    get browser() {
      return there[0];
    },
    get site() {
      return there[1];
    },
  };
};

/** What the page's console says from now on, errors among it: a list that grows. */
export const problemsOf = (page: Page): string[] => {
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => problems.push(message.text()));
  return problems;
};

/** An open page, and what closes it. */
export interface Opened {
  readonly page: Page;
  /** Fails if anything was said in the console. */
  readonly close: () => Promise<void>;
}

/** A page that may say nothing in its console, to the end, once `ready` is there. */
export const openPage = async (inside: Pick<Browser, "newPage">, address: string, ready: string, options: BrowserContextOptions = {}): Promise<Opened> => {
  const page = await inside.newPage({ viewport: { width: 1440, height: 900 }, ...options });
  const problems = problemsOf(page);
  await page.goto(address);
  await page.waitForSelector(ready);
  const close = async (): Promise<void> => {
    assert.deepEqual(problems, []);
    await page.close();
  };
  return { page, close };
};

/** The cells of a table, row by row. */
export const rowsOf = (page: Page, label: string): Promise<string[][]> =>
  page.locator(`[aria-label="${label}"] tbody tr`).evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent!.trim())));

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds serious or critical on the page as it stands. */
export const seriousOn = async (page: Page): Promise<readonly string[]> => {
  // The page's policy lets no script in but the site's own; what a test evaluates is let through.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: { run: () => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> } }).axe.run();
    return violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`);
  });
};
