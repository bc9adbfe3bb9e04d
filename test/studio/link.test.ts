/** The state in the link: everything comes back, and nothing that a link can carry does harm. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { isFolded, isStageFolded } from "../../src/studio/circuit/folding.ts";
import { initial, levels, linkData, readState, type CircuitState } from "../../src/studio/circuit/state.ts";
import { readLink, writeLink } from "../../src/studio/link.ts";

const states: fc.Arbitrary<CircuitState> = fc.record(
  {
    program: fc.string({ unit: "binary", maxLength: 300 }),
    inputs: fc.dictionary(fc.string({ maxLength: 10 }), fc.double()),
    level: fc.constantFrom(...levels),
    digits: fc.constantFrom<CircuitState["digits"]>(2, 4, 8, "few"),
    step: fc.nat(),
    selected: fc.string({ maxLength: 20 }),
    quiz: fc.constant(true),
    flipped: fc.array(fc.string({ maxLength: 20 }), { maxLength: 5 }),
  },
  { requiredKeys: ["program", "inputs", "digits"] },
);

test("a state comes back from its link, NaN, infinities and minus zero included", async () => {
  await fc.assert(
    fc.asyncProperty(states, async (state) => {
      const hash = await writeLink("circuit", linkData(state));
      assert.match(hash, /^#circuit\.1\.[\w-]+$/);
      const link = await readLink(hash);
      assert.equal(link.broken, false);
      // JSON has no lone halves of characters; TextEncoder puts a sign in their place.
      const plain = JSON.parse(new TextDecoder().decode(new TextEncoder().encode(JSON.stringify(state)))) as CircuitState;
      const read = readState(link.state)!;
      assert.deepEqual({ ...read, inputs: undefined }, { ...plain, inputs: undefined });
      assert.ok(Object.values(read.inputs).every((x, i) => Object.is(x, Object.values(state.inputs)[i])));
    }),
    { numRuns: 60 },
  );
});

test("no text is an error, and no data becomes a state that is none", async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), fc.string().map((text) => `#circuit.1.${text}`)), async (hash) => {
      await readLink(hash);
    }),
    { numRuns: 200 },
  );
  fc.assert(
    fc.property(fc.anything(), (data) => {
      const state = readState(data);
      if (state !== undefined) assert.ok(typeof state.program === "string" && Object.values(state.inputs).every((x) => typeof x === "number"));
    }),
  );
  for (const data of [null, [], "x", {}, { program: 1, inputs: {} }, { program: "x", inputs: { x: "1" } }, { program: "x".repeat(300_000), inputs: {} }]) {
    assert.equal(readState(data), undefined);
  }
  const odd = readState({ program: "f = x", inputs: { x: 1 }, level: "up", digits: 3, step: -1, selected: 4, flipped: [1] });
  assert.deepEqual(odd, { program: "f = x", inputs: { x: 1 }, digits: initial.digits });
});

test("a short link that unfolds without end is cut off, and another version is not guessed at", async () => {
  const bomb = deflateRawSync(Buffer.alloc(50_000_000, 32)).toString("base64url");
  assert.ok(bomb.length < 80_000);
  assert.deepEqual(await readLink(`#circuit.1.${bomb}`), { page: "circuit", broken: true });
  assert.deepEqual(await readLink("#circuit.2.AAAA"), { page: "circuit", broken: true });
  assert.deepEqual(await readLink(""), { page: "", broken: false });
  assert.deepEqual(await readLink("#circuit"), { page: "circuit", broken: false });
});

test("a name of a hostile input stays a name", async () => {
  const inputs = JSON.parse('{"__proto__": 3, "constructor": 4}') as Record<string, number>;
  const { state } = await readLink(await writeLink("circuit", linkData({ ...initial, inputs })));
  const read = readState(state)!;
  assert.deepEqual(Object.entries(read.inputs), [["__proto__", 3], ["constructor", 4]]);
  assert.equal(Object.getPrototypeOf(read.inputs), Object.prototype);
});

test("a group is folded as its level says, unless it was flipped", () => {
  const chain = { key: "sigmoid@1:5", written: false };
  assert.equal(isFolded({ level: "written" }, chain), false);
  assert.equal(isFolded({ level: "written" }, { ...chain, written: true }), true);
  assert.equal(isFolded({ level: "grouped" }, chain), true);
  assert.equal(isFolded({ level: "opened" }, { ...chain, written: true }), false);
  assert.equal(isFolded({ level: "written", flipped: [chain.key] }, chain), true);
  const stage = { key: "stage a" };
  assert.deepEqual(levels.map((level) => isStageFolded({ level }, stage)), [true, false, false, false]);
  assert.deepEqual(levels.map((level) => isStageFolded({ level, flipped: [stage.key] }, stage)), [false, true, true, true]);
});
