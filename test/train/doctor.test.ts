/**
 * Broken trainings are named rightly: real trainings on real data, no evidence made by hand.
 * What is said of the first set-up of each code stands in `doctor.golden.txt`, to be read aloud; UPDATE_GOLDEN=1 writes it.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { diagnoses } from "../../src/train/doctor/diagnoses.ts";
import { findingEvent, findingText } from "../../src/train/doctor/index.ts";
import { examine } from "./examine.ts";
import { alsoBroken, asLossAlone, broken } from "./set-ups.ts";

const golden = new URL("doctor.golden.txt", import.meta.url);
const updates = process.env["UPDATE_GOLDEN"] === "1";
const said: string[] = [];
const known = updates ? [] : readFileSync(golden, "utf8").trimEnd().split("\n\n");

const codes = (findings: readonly { readonly code: string }[]): readonly string[] => findings.map(({ code }) => code);
const all = Object.entries({ ...broken, ...alsoBroken });

for (const [code, setUps] of all) {
  test(`${code}: ${Object.keys(setUps).length} broken trainings are named so, and nothing else`, async (t) => {
    for (const [i, [name, setUp]] of Object.entries(setUps).entries()) {
      await t.test(`${code}: ${name}`, async () => {
        const { live, end } = await examine(await setUp(1));
        assert.deepEqual(codes(end), [code], end.map(({ says }) => says).join("\n"));
        assert.ok(live.every((finding) => finding.code === code), `told while it ran: ${codes(live).join(", ")}`);
        const text = findingText(end[0]!);
        if (i === 0 && updates) said.push(text);
        else if (i === 0) assert.ok(known.includes(text), text);
      });
    }
  });
}

after(() => {
  if (updates) writeFileSync(golden, `${said.join("\n\n")}\n`);
});

test("every code that the doctor knows is tried, or needs what none of these trainings has", () => {
  const untried = ["update-ratio"];
  const tried = new Set([...all.map(([code]) => code), ...untried]);
  assert.deepEqual(diagnoses.flatMap((diagnosis) => diagnosis.codes).filter((code) => !tried.has(code)), []);
});

for (const code of ["double-softmax", "no-bias-gradient", "dead-units", "labels-shuffled", "learning-rate-too-high"]) {
  test(`a model of which nothing is known but its loss: ${code}`, async () => {
    const [setUp] = Object.values(broken[code]!);
    assert.deepEqual(codes((await examine(await asLossAlone(setUp!)(2))).end), [code]);
  });
}

test("a finding as an event", () => {
  const finding = { code: "x", says: "It is dark.", try: "the switch" };
  assert.deepEqual(JSON.parse(JSON.stringify(findingEvent(finding))), { event: "finding", ...finding });
});
