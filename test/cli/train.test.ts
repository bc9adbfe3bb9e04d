/** `train` and `check`: events, progress and exit codes. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createProgress } from "../../src/cli/progress.ts";
import { chainrule, temporaryFolder } from "./support.ts";

const folder = temporaryFolder({
  // The rule of stopGradient is meant: its slope is not its numbers' slope.
  "wrong.ts": 'import { stopGradient, type Tensor } from "chainrule";\nexport const f = (x: Tensor): Tensor => x.mul(stopGradient(x));\n',
});

/** Runs are kept where the command stands. */
const here = { folder };

const short = ["train", "digits", "--hidden", "8", "--epochs", "2"];

describe("train", () => {
  test("with --json every event is a line, and the last says how good it is", async () => {
    const { code, out, err } = await chainrule([...short, "--json"], here);
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
    const { code, out, err } = await chainrule([...short, "--check=2"], here);
    assert.equal(code, 0);
    assert.match(out, /net: 64 -> 8 -> 10[^]*training loss[^]*test accuracy \d\d\.\d%[^]*label +0 +1[^]*gradient check: \w+[^]*net\[0\]\.w[^]*data loss alone/);
    assert.deepEqual(err.match(/^epoch \d\/2/gm), ["epoch 0/2", "epoch 1/2", "epoch 2/2"]);
  });

  test("a net without hidden layers has nothing between", async () => {
    const { out } = await chainrule(["train", "digits", "--hidden", "0", "--epochs", "0", "--check=0"], here);
    assert.match(out, /^net: 64 -> 10, softmax loss; 650 parameters$/m);
  });

  test("the same seed gives the same net, another seed another", async () => {
    const last = async (seed: string) => {
      const { out } = await chainrule([...short, "--json", "--seed", seed, "--check=0"], here);
      const { seconds: _, run: __, ...rest } = JSON.parse(out.trimEnd().split("\n").at(-1)!);
      return rest;
    };
    assert.deepEqual(await last("3"), await last("3"));
    assert.notDeepEqual(await last("3"), await last("4"));
  });

  test("--quiet prints the accuracy alone", async () => {
    const { out, err } = await chainrule([...short, "--quiet"], here);
    assert.match(out, /^\d+\.\d%\n$/);
    assert.equal(err, "");
  });

  test("on a terminal a picture is redrawn, with the time that is left, and its first line stays", async () => {
    const { err, out } = await chainrule(short, { ...here, terminal: true });
    assert.match(out, /training loss/);
    const pictures = err.split(/\r\u001b\[\d+A\u001b\[J/);
    assert.match(pictures[0]!, /^epoch 0\/2 .*\n░{30}   0%  step 0 of 68\n\n +loss/);
    for (const picture of pictures.slice(1, -2)) assert.match(picture, /step (?:\d+ of 68  \d+ s left|68 of 68)\n/);
    assert.match(pictures.at(-2)!, /^epoch 2\/2 .*\n█{30} 100%  step 68 of 68\n[^]*training loss/);
    assert.match(pictures.at(-1)!, /^epoch 2\/2 [^\n]*\n\nThe run is in runs\/digits-\d+\. To use it: chainrule test runs\/digits-\d+ digits\n$/);
  });
});

test("progress fits the terminal, and elsewhere writes about ten lines however many parts there are", () => {
  const written = (isTTY: boolean, size: { columns?: number; rows?: number }, parts: number): string => {
    let text = "";
    const progress = createProgress({ write: (more) => void (text += more), isTTY, columns: undefined, ...size });
    const details = () => Array.from({ length: 50 }, () => "y".repeat(100));
    for (let i = 0; i <= parts; i++) progress.show(`part ${i} ${"x".repeat(100)}`, { done: i, all: parts, seconds: 0 }, details);
    progress.end();
    progress.end();
    return text;
  };
  assert.equal(written(false, {}, 1000).split("\n").length - 1, 11);
  assert.equal(written(false, {}, 3).split("\n").length - 1, 4);
  const pictures = written(true, { columns: 40, rows: 10 }, 5).split("\u001b[J");
  assert.deepEqual(pictures.map((picture) => picture.split("\n").length), [9, 9, 2]);
  // What is drawn over begins where it was drawn.
  assert.match(pictures[0]!, /\r\u001b\[8A$/);
  const lines = pictures.flatMap((picture) => picture.replace(/\r\u001b\[8A$/, "").split("\n"));
  for (const line of lines) assert.ok(line.length < 40, line);
});

test("where nothing can be redrawn and an epoch takes long, a line says now and then that it goes on", () => {
  let text = "";
  const progress = createProgress({ write: (more) => void (text += more), isTTY: false, columns: undefined });
  progress.show("epoch 0/1", { done: 0, all: 100, seconds: 0 });
  for (let i = 1; i <= 100; i++) progress.move({ done: i, all: 100, seconds: i });
  progress.show("epoch 1/1", { done: 100, all: 100, seconds: 100 });
  assert.equal(text, "epoch 0/1\nstep 30 of 100\nstep 60 of 100\nstep 90 of 100\nepoch 1/1\n");
});

test("where nothing can be redrawn the last news is always written, also when all was counted before it came", () => {
  let text = "";
  const progress = createProgress({ write: (more) => void (text += more), isTTY: false, columns: undefined });
  progress.show("0 of 2", { done: 0, all: 10, seconds: 0 });
  progress.show("1 of 2", { done: 10, all: 10, seconds: 1 });
  progress.show("2 of 2", { done: 10, all: 10, seconds: 1 });
  progress.end();
  progress.end();
  assert.equal(text, "0 of 2\n1 of 2\n2 of 2\n");
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
