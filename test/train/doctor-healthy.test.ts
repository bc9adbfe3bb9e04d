/** Healthy trainings get no alarm. `scripts/doctor-seeds.ts` tries more seeds of these and of the broken ones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { examine } from "./examine.ts";
import { healthy } from "./set-ups.ts";

for (const [name, setUp] of Object.entries(healthy)) {
  test(`healthy: ${name}`, async () => {
    const { live, end } = await examine(await setUp(2));
    assert.deepEqual([...live, ...end], []);
  });
}
