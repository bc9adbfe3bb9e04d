/** `train` and `check`: events, progress and exit codes. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createProgress } from "../../src/cli/progress.ts";
import { chainrule, temporaryFolder } from "./support.ts";

const folder = temporaryFolder({
  // The rule of stopGradient is meant: its slope is not its numbers' slope.
  "wrong.ts": 'import { stopGradient, type Tensor } from "chainrule";\nexport const f = (x: Tensor): Tensor => x.mul(stopGradient(x));\n',
});

const short = ["train", "digits", "--hidden", "8", "--epochs", "2"];

describe("train", () => {
  test("with --json every event is a line, and the last says how good it is", async () => {
    const { code, out, err } = await chainrule([...short, "--json"]);
    assert.deepEqual([code, err], [0, ""]);
    const events = out.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(events.map(({ event }) => event), ["start", "epoch", "epoch", "epoch", "check", "done"]);
    const { testAccuracy, seconds, confusion } = events.at(-1);
    assert.ok(testAccuracy > 0.5 && testAccuracy <= 1 && seconds > 0);
    assert.equal(confusion.flat().reduce((sum: number, n: number) => sum + n, 0), 360);
    assert.equal(events[4].passed, true);
    assert.deepEqual(events[0].layers, [64, 8, 10]);
  });

  test("shows curve, test rows, confusion and the check of that very net, and progress apart", async () => {
    const { code, out, err } = await chainrule([...short, "--check=2"]);
    assert.equal(code, 0);
    assert.match(out, /net: 64 -> 8 -> 10[^]*training loss[^]*test accuracy \d\d\.\d%[^]*label +0 +1[^]*gradient check: \w+[^]*net\[0\]\.w[^]*data loss alone/);
    assert.deepEqual(err.match(/^epoch \d\/2/gm), ["epoch 0/2", "epoch 1/2", "epoch 2/2"]);
  });

  test("a net without hidden layers has nothing between", async () => {
    const { out } = await chainrule(["train", "digits", "--hidden", "0", "--epochs", "0", "--check=0"]);
    assert.match(out, /^net: 64 -> 10, softmax loss; 650 parameters$/m);
  });

  test("the same seed gives the same net, another seed another", async () => {
    const last = async (seed: string) => {
      const { out } = await chainrule([...short, "--json", "--seed", seed, "--check=0"]);
      const { seconds: _, ...rest } = JSON.parse(out.trimEnd().split("\n").at(-1)!);
      return rest;
    };
    assert.deepEqual(await last("3"), await last("3"));
    assert.notDeepEqual(await last("3"), await last("4"));
  });

  test("--quiet prints the accuracy alone", async () => {
    const { out, err } = await chainrule([...short, "--quiet"]);
    assert.match(out, /^\d+\.\d%\n$/);
    assert.equal(err, "");
  });

  test("on a terminal one line is redrawn, with the time that is left", async () => {
    const { err, out } = await chainrule(short, { terminal: true });
    assert.match(out, /training loss/);
    assert.match(err, /^(?:\r\u001b\[K[^\r\n]+){3}\n$/);
    assert.match(err, /epoch 1\/2 .* \d+ s left\r/);
  });
});

test("progress fits the terminal, and elsewhere writes about ten lines however many parts there are", () => {
  const written = (isTTY: boolean, columns: number | undefined, parts: number): string => {
    let text = "";
    const progress = createProgress({ write: (more) => void (text += more), isTTY, columns });
    for (let i = 0; i <= parts; i++) progress.show(`part ${i} ${"x".repeat(100)}`, i, parts, i);
    progress.end();
    progress.end();
    return text;
  };
  assert.equal(written(false, undefined, 1000).split("\n").length - 1, 11);
  assert.equal(written(false, undefined, 3).split("\n").length - 1, 4);
  const lines = written(true, 40, 5).split("\r\u001b[K").slice(1);
  assert.equal(lines.length, 6);
  for (const line of lines) assert.ok(line.trimEnd().length < 40);
});

describe("check", () => {
  test("exits 0 where gradients are right, at kinks too, and 1 where they are wrong", async () => {
    assert.equal((await chainrule(["check", "sigmoid(x)*y", "x=1", "y=2"])).code, 0);
    const kink = await chainrule(["check", "max(x, 0)", "x=-1e-6"]);
    assert.equal(kink.code, 0);
    assert.match(kink.out, /kink crossed/);
    const wrong = await chainrule(["check", "wrong.ts", "x=3"], { folder });
    assert.equal(wrong.code, 1);
    assert.match(wrong.out, /wrong - FAILED[^]*analytic 3, numeric 6/);
    const { passed, verdict, entries } = JSON.parse((await chainrule(["check", "wrong.ts", "x=3", "--json"], { folder })).out);
    assert.deepEqual([passed, verdict, entries[0].analytic], [false, "wrong", 3]);
  });

  test("takes the method, the step and the formula", async () => {
    const entryOf = async (...args: string[]) =>
      JSON.parse((await chainrule(["check", "exp(x)", "x=1", "--json", ...args])).out).entries[0] as { h: number; numeric: number; relativeError: number };
    const standard = await entryOf();
    assert.equal(standard.h, 1e-5);
    assert.equal((await entryOf("--h", "1e-4")).h, 1e-4);
    assert.notEqual((await entryOf("--method", "forward", "--h=1e-6")).numeric, (await entryOf("--h=1e-6")).numeric);
    assert.ok((await entryOf("--formula", "sparse")).relativeError < standard.relativeError);
  });

  test("sweeps over the step", async () => {
    const { out } = await chainrule(["check", "exp(x)", "x=1", "--sweep"]);
    assert.match(out, /centred is best at h = 1e-[56]/);
    assert.equal(JSON.parse((await chainrule(["check", "exp(x)", "x=1", "--sweep", "--json"])).out).rows.length, 12);
  });

  test("looks at every operation of the library", async () => {
    const { code, out } = await chainrule(["check", "--ops", "--json"]);
    assert.equal(code, 0);
    const { passed, operations } = JSON.parse(out);
    assert.equal(passed, true);
    for (const { word, total } of operations) assert.ok(total > 0, word);
  });
});
