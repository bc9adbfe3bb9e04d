/** Threads in a page: workers of its worker, where it is cross-origin isolated, under a content security policy. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/entries.ts";
import { isolation, type Trained, visit } from "./w4-visit.ts";

const here = (async () => {
  const { train } = (await import(pathToFileURL(join(root, "test/browser/w4.mjs")).href)) as { train: (threads: number) => Promise<Trained> };
  return train(1);
})();

test("an isolated page trains in a worker on two threads, with the bits of Node", async (t) => {
  const { losses, hash } = await here;
  const { alone, together, page, errors } = await visit(isolation);
  assert.deepEqual(errors, []);
  assert.deepEqual({ losses: alone.losses, hash: alone.hash }, { losses, hash });
  assert.deepEqual({ losses: together.losses, hash: together.hash }, { losses, hash });
  assert.deepEqual(together.threads, { wanted: 2, ready: 2, lost: 0, why: undefined });
  t.diagnostic(`a step of 784-512-256-10 on 128 rows: ${alone.milliseconds.toFixed(2)} ms on one thread, ${together.milliseconds.toFixed(2)} ms on two`);
  assert.equal(page.hash, hash);
  assert.deepEqual(page.threads, { wanted: 1, ready: 1, lost: 0, why: "a page's main thread may not wait for others: call the library in a worker" });
});

test("a page that is not isolated trains on one thread, and says why", async () => {
  const { losses, hash } = await here;
  const { together, page, errors } = await visit({});
  assert.deepEqual(errors, []);
  for (const { threads, ...rest } of [together, page]) {
    assert.deepEqual({ losses: rest.losses, hash: rest.hash }, { losses, hash });
    assert.deepEqual(threads, { wanted: 1, ready: 1, lost: 0, why: "the page is not cross-origin isolated" });
  }
});
