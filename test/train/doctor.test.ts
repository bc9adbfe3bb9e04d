/** Broken trainings are named rightly, healthy ones get no alarm: real trainings on real data, no evidence made by hand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { examine } from "./examine.ts";
import { broken, healthy } from "./set-ups.ts";

const codes = (findings: readonly { readonly code: string }[]): readonly string[] => findings.map(({ code }) => code);

for (const [code, setUps] of Object.entries(broken)) {
  test(`${code}: ${Object.keys(setUps).length} trainings that are broken so are named so, and nothing else is`, async (t) => {
    for (const [name, setUp] of Object.entries(setUps)) {
      await t.test(`${code}: ${name}`, async () => {
        const { live, end } = await examine(await setUp(1));
        assert.deepEqual(codes(end), [code], end.map(({ says }) => says).join("\n"));
        assert.ok(live.every((finding) => finding.code === code), `told while it ran: ${codes(live).join(", ")}`);
      });
    }
  });
}

for (const [name, setUp] of Object.entries(healthy)) {
  test(`healthy: ${name}`, async () => {
    const { live, end } = await examine(await setUp(2));
    assert.deepEqual([...live, ...end], []);
  });
}
