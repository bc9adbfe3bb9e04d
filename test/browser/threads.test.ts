/** Threads in a page: workers of its worker, where it is cross-origin isolated, under a content security policy. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/entries.ts";
import { launchChromium } from "./chromium.ts";

interface Trained {
  readonly losses: readonly number[];
  readonly hash: string;
  readonly milliseconds: number;
  readonly threads: { readonly wanted: number; readonly ready: number; readonly lost: number; readonly why?: string };
}

type Seen = Readonly<Record<"alone" | "together" | "page", Trained>>;

const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
const isolation = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

const visit = async (headers: Readonly<Record<string, string>>): Promise<Seen> => {
  const server = createServer(({ url }, response) => {
    const path = url!.slice(1);
    if (path === "") {
      const html = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/test/browser/w4-page.mjs"></script>';
      return void response.writeHead(200, { "content-type": "text/html", "content-security-policy": policy, ...headers }).end(html);
    }
    if (!/^(dist|test\/browser)\/[\w/-]+\.m?js$/.test(path)) return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": "text/javascript", "content-security-policy": policy, ...headers }).end(readFileSync(join(root, path)));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { waitUntil: "load" });
    const seen = await page.evaluate(() => (globalThis as unknown as { trained: Promise<Seen> }).trained);
    assert.deepEqual(errors, []);
    return seen;
  } finally {
    await browser.close();
    server.close();
  }
};

const here = (async () => {
  const { train } = (await import(pathToFileURL(join(root, "test/browser/w4.mjs")).href)) as { train: (threads: number) => Promise<Trained> };
  return train(1);
})();

test("an isolated page trains in a worker on two threads, with the bits of Node", async (t) => {
  const { losses, hash } = await here;
  const { alone, together, page } = await visit(isolation);
  assert.deepEqual({ losses: alone.losses, hash: alone.hash }, { losses, hash });
  assert.deepEqual({ losses: together.losses, hash: together.hash }, { losses, hash });
  assert.deepEqual(together.threads, { wanted: 2, ready: 2, lost: 0, why: undefined });
  t.diagnostic(`a step of 784-512-256-10 on 128 rows: ${alone.milliseconds.toFixed(2)} ms on one thread, ${together.milliseconds.toFixed(2)} ms on two`);
  assert.equal(page.hash, hash);
  assert.deepEqual(page.threads, { wanted: 1, ready: 1, lost: 0, why: "a page's main thread may not wait for others: call the library in a worker" });
});

test("a page that is not isolated trains on one thread, and says why", async () => {
  const { losses, hash } = await here;
  const { together, page } = await visit({});
  for (const { threads, ...rest } of [together, page]) {
    assert.deepEqual({ losses: rest.losses, hash: rest.hash }, { losses, hash });
    assert.deepEqual(threads, { wanted: 1, ready: 1, lost: 0, why: "the page is not cross-origin isolated" });
  }
});
