/** A page that trains the multi-layer net of the bench, in its workers and in itself, under a content security policy. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { root } from "../../scripts/entries.ts";
import { launchChromium } from "./chromium.ts";

export interface Trained {
  readonly losses: readonly number[];
  /** Of all parameters after six steps. */
  readonly hash: string;
  /** Of a step, once all threads are ready: the median of many. */
  readonly milliseconds: number;
  readonly threads: { readonly wanted: number; readonly ready: number; readonly lost: number; readonly why?: string };
}

/** In a worker of the page with one thread and with two, and in the page itself, which asks for two. */
export type Seen = Readonly<Record<"alone" | "together" | "page", Trained>>;

interface Visit extends Seen {
  /** What went wrong in the page. */
  readonly errors: readonly string[];
  /** The browser's own. */
  readonly version: string;
}

const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

/** With these a page is cross-origin isolated. */
export const isolation = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

/** Visits the page, which the server sends with these headers. */
export const visit = async (headers: Readonly<Record<string, string>>): Promise<Visit> => {
  const server = createServer(({ url }, response) => {
    const path = url!.slice(1);
    if (path === "") {
      const html = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/test/browser/w4-page.mjs"></script>';
      return void response.writeHead(200, { "content-type": "text/html", "content-security-policy": policy, ...headers }).end(html);
    }
    if (!/^(dist|test\/browser)\/[\w/-]+\.m?js$/.test(path)) return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": "text/javascript", "content-security-policy": policy, ...headers }).end(readFileSync(join(root, path)));
  });
  const browser = await launchChromium();
  try {
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { waitUntil: "load" });
    const seen = await page.evaluate(() => (globalThis as unknown as { trained: Promise<Seen> }).trained);
    return { ...seen, errors, version: browser.version() };
  } finally {
    await browser.close();
    server.close();
  }
};
