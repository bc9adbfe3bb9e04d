/** The circuit page of the built studio, opened at a state. */
import assert from "node:assert/strict";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { initial, linkData, type CircuitState } from "../../src/studio/circuit/state.ts";
import { writeLink } from "../../src/studio/link.ts";
import type { SiteServer } from "./site.ts";
import { problemsOf } from "./visit.ts";

export interface Opened {
  readonly page: Page;
  readonly problems: string[];
  /** Fails if anything was said in the console, or asked for elsewhere. */
  readonly close: () => Promise<void>;
}

/** Opens pages without an error in their console, to the end; without a state the first one. */
export const circuitPages =
  (visit: { readonly browser: Browser; readonly site: SiteServer }) =>
  async (state?: Partial<CircuitState>, options: BrowserContextOptions = {}): Promise<Opened> => {
    const page = await visit.browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce", ...options });
    const problems = problemsOf(page);
    page.on("dialog", (dialog) => problems.push(`dialog: ${dialog.message()}`));
    page.on("request", (request) => {
      if (!request.url().startsWith(visit.site.address) && !request.url().startsWith("blob:")) problems.push(`asked for ${request.url()}`);
    });
    const hash = state === undefined ? "" : await writeLink("circuit", linkData({ ...initial, ...state }));
    await page.goto(visit.site.address + hash);
    await page.waitForSelector("[data-key]");
    const close = async (): Promise<void> => {
      assert.deepEqual(problems, []);
      await page.close();
    };
    return { page, problems, close };
  };

export const press = async (page: Page, ...keys: readonly string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key);
};

/** The values of the drawing ("v"), or its gradients ("g"). */
export const textsOf = (page: Page, letter: "v" | "g"): Promise<string[]> => page.locator(`svg [data-key^="${letter}"]`).allTextContents();
