/** Positions as files: a run that goes on from one is the run that never stopped, and no damaged file is taken for one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Diagnostic, leavesOf } from "../../src/api/index.ts";
import { loadIris, takeRows, type DataSet } from "../../src/data/index.ts";
import { identityOf, openSealed, planOf, positionOf, readCheckpoint, settingsFor, train, writeCheckpoint, writeWeights, type Network, type Position, type RunSettings, type Settings } from "../../src/train/index.ts";
import { copied } from "../../src/train/floats.ts";
import { activations } from "../../src/train/activations.ts";
import { optimizers, schedules } from "../../src/train/settings.ts";

const words = <T extends object>(table: T) => fc.constantFrom(...(Object.keys(table) as (keyof T)[]));

const iris = await loadIris();
const few = (rows: number): DataSet => ({ ...iris, train: takeRows(iris.train, Array.from({ length: rows }, (_, i) => i)) });

const settings = fc.record({
  hidden: fc.constantFrom([3], [4, 3]),
  activation: words(activations),
  optimizer: words(optimizers),
  schedule: words(schedules),
  dropout: fc.constantFrom(0, 0.3),
  batch: fc.integer({ min: 1, max: 9 }),
  epochs: fc.integer({ min: 1, max: 3 }),
  l2: fc.constantFrom(0, 0.01),
  lr: fc.constantFrom(0.003, 0.03),
  seed: fc.nat(1000),
  dtype: fc.constantFrom("float32", "float64"),
}) satisfies fc.Arbitrary<Partial<Settings>>;

interface Followed {
  readonly positions: readonly Position<Network>[];
  /** All that happened, but how long it took and the positions themselves. */
  readonly events: readonly unknown[];
  readonly last: Position<Network>;
}

const follow = async (data: DataSet, chosen: Partial<Settings>, from?: Position<Network>): Promise<Followed> => {
  const positions: Position<Network>[] = [];
  const events: unknown[] = [];
  const training = train(planOf(data, settingsFor("", chosen)), from);
  for (;;) {
    const next = await training.next();
    if (next.done) return { positions, events, last: next.value.position };
    if (next.value.event === "step") positions.push(copied(next.value.position));
    else if (next.value.event !== "start") events.push(JSON.parse(JSON.stringify(next.value, (name, value) => (name === "seconds" ? 0 : value))));
  }
};

test("from any step, through a file, under any settings: the same bits and the same events", async () => {
  await fc.assert(
    fc.asyncProperty(settings, fc.integer({ min: 5, max: 9 }), fc.double({ min: 0, max: 1, noNaN: true }), async (chosen, rows, share) => {
      const data = few(rows);
      const whole = await follow(data, chosen);
      const at = whole.positions[Math.min(whole.positions.length - 1, Math.floor(share * whole.positions.length))]!;
      const bytes = writeCheckpoint({ position: at, run: "r", metricsBytes: 7 });
      const back = readCheckpoint(bytes, positionOf(planOf(data, settingsFor("", chosen))), "checkpoint");
      assert.deepEqual([back.run, back.metricsBytes], ["r", 7]);
      const rest = await follow(data, chosen, back.position);
      assert.deepEqual(writeWeights(rest.last), writeWeights(whole.last));
      assert.deepEqual(leavesOf(rest.last.state).map(({ tensor }) => tensor.dataSync()), leavesOf(whole.last.state).map(({ tensor }) => tensor.dataSync()));
      // An epoch is measured at its end, which lies behind each of its steps.
      assert.deepEqual(rest.events, whole.events.slice(at.epoch + 1));
    }),
    { numRuns: 40 },
  );
});

test("a run with a constant learning rate and more epochs is the longer run", async () => {
  const data = few(9);
  const chosen: Partial<Settings> = { hidden: [3], batch: 4, schedule: "constant", dropout: 0.2 };
  const short = await follow(data, { ...chosen, epochs: 2 });
  const long = await follow(data, { ...chosen, epochs: 5 });
  const longer = await follow(data, { ...chosen, epochs: 5 }, short.last);
  assert.deepEqual(writeWeights(longer.last), writeWeights(long.last));
});

const chosen = { hidden: [2], batch: 4, epochs: 1 };
const small = await follow(few(8), chosen);
const like = positionOf(planOf(few(8), settingsFor("", chosen)));
const whole = writeCheckpoint({ position: small.last, run: "r", metricsBytes: 0 });

const isDiagnostic = (codes: readonly string[]) => (error: unknown) => error instanceof Diagnostic && codes.includes(error.code);

test("a file with any one bit changed is refused", () => {
  for (let at = 0; at < whole.length; at++) {
    const changed = whole.slice();
    changed[at]! ^= 1 << at % 8;
    assert.throws(() => readCheckpoint(changed, like, "c"), isDiagnostic(["damaged-file"]), `byte ${at}`);
  }
});

test("a file that is cut anywhere, or goes on, is refused", () => {
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => readCheckpoint(whole.slice(0, length), like, "c"), isDiagnostic(["damaged-file"]), `${length} bytes`);
  }
  const longer = new Uint8Array(whole.length + 1);
  longer.set(whole);
  assert.throws(() => readCheckpoint(longer, like, "c"), isDiagnostic(["damaged-file"]));
  assert.throws(() => readCheckpoint(new Uint8Array(whole.length), like, "c"), isDiagnostic(["damaged-file"]));
});

test("a whole file of something else is refused, too", () => {
  assert.throws(() => readCheckpoint(writeWeights(small.last), like, "c"), isDiagnostic(["other-format"]));
  const other = positionOf(planOf(few(8), settingsFor("", { ...chosen, hidden: [3] })));
  assert.throws(() => readCheckpoint(whole, other, "c"), isDiagnostic(["weights-do-not-fit"]));
});

test("weights are an ordinary safetensors file that says where the run stood", () => {
  const { tensors, metadata } = openSealed(writeWeights(small.last), "w");
  assert.deepEqual(Object.keys(tensors), ["[0].w", "[0].b", "[1].w", "[1].b"]);
  assert.deepEqual([metadata["epoch"], metadata["step"]], ["1", "2"]);
});

test("how many epochs a run has is a part of what it is only where the learning rate depends on it", () => {
  const run = (settings: Partial<Settings>, digest = "d"): RunSettings => ({
    format: 1,
    chainrule: "0",
    data: { name: "iris", digest },
    schema: iris.schema,
    settings: settingsFor("", settings),
    arithmetic: { runtime: "r", engine: "e" },
  });
  const constant = { schedule: "constant" } as const;
  assert.equal(identityOf(run({ ...constant, epochs: 3 })), identityOf(run({ ...constant, epochs: 4 })));
  assert.notEqual(identityOf(run({ epochs: 3 })), identityOf(run({ epochs: 4 })));
  assert.notEqual(identityOf(run({ lr: 0.1 })), identityOf(run({ lr: 0.2 })));
  assert.notEqual(identityOf(run({}, "d")), identityOf(run({}, "e")));
});
