/** `search`: tables, advice, threads that die, processes that are killed, folders that hold something else. */
import assert from "node:assert/strict";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { runPool, type Listener } from "../../src/cli/search/pool.ts";
import type { TrialResult } from "../../src/train/search/trial.ts";
import { settingsFor } from "../../src/train/settings.ts";
import { elements } from "../explain/markup.ts";
import { chainrule, ended, startProcess, temporaryFolder, words } from "./support.ts";

const folder = temporaryFolder();

const small = ["search", "spiral", "--lr", "1e-3..10", "--hidden", "4/8", "--epochs", "1", "--trials", "4"];

interface Line {
  readonly event: string;
  readonly trial?: number;
  readonly seconds?: number;
  // Other fields differ from event to event.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly [field: string]: any;
}

const linesOf = (text: string): Line[] => text.trim().split("\n").map((line) => JSON.parse(line) as Line);
const journalOf = (out: string): Line[] => linesOf(readFileSync(join(folder, out, "search.jsonl"), "utf8"));

/** The trials in their order, without what the clock says. */
const trialsIn = (lines: readonly Line[]): unknown[] =>
  lines.filter(({ event }) => event === "trial").map(({ seconds: _, ...trial }) => trial).sort((a, b) => a.trial! - b.trial!);

const run = async (args: readonly string[]) => {
  const { code, out, err } = await chainrule(args, { folder });
  assert.equal(code, 0, err);
  return { out, err };
};

describe("search", () => {
  test("shows the trials from the best down, a plot, and the command that trains the best", async () => {
    const { out, err } = await run([...small, "--out", "shown"]);
    assert.match(out, /^spiral: 300 rows to train, 300 to choose by; the test rows are not read\nsearching hidden 4\/8, lr 1e-3\.\.10 \(log scale\): 4 random trials, /);
    assert.match(out, /trial +hidden +lr +validation +loss +train +seconds\n/);
    const table = out.split("\n").filter((line) => /^ +\d +[48] /.test(line)).map((line) => line.trim().split(/ +/));
    assert.equal(table.length, 4);
    const shares = table.map((cells) => parseFloat(cells[3]!));
    assert.deepEqual(shares, [...shares].sort((a, b) => b - a));
    assert.match(out, /accuracy on validation rows\n[^]*★[^]*lr[^]*★ best   ● trial/);
    const best = table[0]!;
    assert.match(out, new RegExp(`best: trial ${best[0]}, ${best[3]!.replace(".", "\\.")} \\(\\d+ of 300 validation rows\\)`));
    assert.match(err, /^0 of 4 trials\n1 of 4 trials, best so far [^]*4 of 4 trials, best so far \d+\.\d% \(hidden [48], lr [\d.]+\)\n$/);
  });

  test("the command that it ends with trains that very model", async () => {
    const { out } = await run([...small, "--out", "shown", "--quiet"]);
    const lines = journalOf("shown").filter(({ event }) => event === "trial");
    const best = lines.reduce((a, b) => (b["result"].validation.accuracy > a["result"].validation.accuracy ? b : a));
    const [program, ...args] = words(out.trim());
    assert.equal(program, "chainrule");
    const trained = linesOf((await run([...args, "--json", "--check=0", "--out", "best"])).out).filter(({ event }) => event === "epoch");
    assert.deepEqual(trained.at(-1)!["validation"], best["result"].validation);
    assert.deepEqual(trained.at(-1)!["train"], best["result"].train);
  });

  test("the results do not depend on how many trainings run side by side", async () => {
    const of = async (workers: string) => linesOf((await run([...small, "--workers", workers, "--out", `with-${workers}`, "--json"])).out);
    const [one, three] = [await of("1"), await of("3")];
    assert.deepEqual(trialsIn(one), trialsIn(three));
    const last = (lines: readonly Line[]) => ({ ...lines.at(-1)!, best: { ...lines.at(-1)!["best"], seconds: 0 } });
    assert.deepEqual(last(one), last(three));
    assert.deepEqual(trialsIn(one), trialsIn(journalOf("shown")));
    assert.equal(one[0]!.event, "start");
    assert.equal(one.at(-1)!["ranking"].length, 4);
  });

  test("a longer search goes on from the shorter one, which need not be run again", async () => {
    const before = trialsIn(journalOf("with-1"));
    const { out } = await run([...small.slice(0, -1), "6", "--out", "with-1"]);
    assert.match(out, /kept in with-1: 4 of 6 are there already/);
    const after = trialsIn(journalOf("with-1"));
    assert.deepEqual([after.slice(0, 4), after.length], [before, 6]);
  });

  test("killed in the middle, with a torn line behind, it goes on to the same results", { skip: process.platform === "win32" }, async () => {
    const many = [...small.slice(0, -1), "8", "--workers", "2"];
    const { out: unbroken } = await run([...many, "--out", "unbroken", "--json"]);
    const file = join(folder, "killed", "search.jsonl");
    for (let kills = 1; kills <= 3; kills++) {
      const child = startProcess([...many, "--out", "killed", "--json"], folder);
      const end = ended(child);
      let seen = "";
      // What was there is written first; then one more is waited for.
      child.stdout!.setEncoding("utf8").on("data", (text: string) => {
        seen += text;
        if (seen.split('"event":"trial"').length > kills + 1) child.kill("SIGKILL");
      });
      await end;
      assert.ok(trialsIn(journalOf("killed")).length >= kills);
      appendFileSync(file, kills === 2 ? '{"event":"trial","tri\n' : '{"event":"trial","trial":8,"point":{"hid');
    }
    const { out } = await run([...many, "--out", "killed", "--json"]);
    assert.deepEqual(trialsIn(linesOf(out)), trialsIn(linesOf(unbroken)));
    assert.deepEqual(trialsIn(journalOf("killed")), trialsIn(journalOf("unbroken")));
  });

  test("Ctrl-C ends it with 130, and it says how to go on", { skip: process.platform === "win32" }, async () => {
    const child = startProcess(["search", "digits", "--lr", "1e-3..1", "--epochs", "100", "--trials", "50", "--out", "stopped"], folder);
    const end = ended(child);
    await new Promise((resolve) => child.stderr!.once("data", resolve));
    await wait(50);
    child.kill("SIGINT");
    const { code, err } = await end;
    assert.equal(code, 130);
    assert.match(err, /ended with 0 of 50 trials done, kept in stopped; the same command goes on\n$/);
  });

  test("other settings, other data and what is no search are refused in a folder that holds one", async () => {
    const said = async (args: readonly string[]): Promise<string> => {
      const { code, err } = await chainrule(args, { folder });
      assert.equal(code, 2);
      return err;
    };
    const but = (name: string, value: string): string[] => small.map((word, i) => (small[i - 1] === name ? value : word));
    assert.match(await said([...but("--lr", "1e-2..1"), "--out", "shown"]), /error\[other-search\]: shown holds a search with lr 1e-3\.\.10, and this one has 0\.01\.\.1\.\n  help: .*--out <folder>/);
    assert.match(await said([...but("--epochs", "2"), "--out", "shown"]), /with epochs 1, and this one has 2\./);
    assert.match(await said([...but("--hidden", "8"), "--out", "shown"]), /with hidden 4\/8, and this one has 8\./);
    assert.match(await said([...small, "--grid", "--out", "shown"]), /with the method random, and this one has grid\./);
    assert.match(await said(["search", "moons", ...small.slice(2), "--out", "shown"]), /with the data spiral, and this one has moons\./);
    const file = join(folder, "shown", "search.jsonl");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace('"event":"trial"', '"event":"tri'));
    assert.match(await said([...small, "--out", "shown"]), /error\[damaged-search\]: shown.search\.jsonl, line 2: this is no trial\./);
    writeFileSync(file, text);
  });

  test("without --out the same search finds the same folder, and another has its own", async () => {
    const args = ["search", "spiral", "--lr", "1e-2..1", "--hidden", "4", "--epochs", "1", "--trials", "1"];
    const folderIn = (out: string): string => /kept in (\S+?):?[ \n]/.exec(out)![1]!;
    const first = folderIn((await run(args)).out);
    const again = (await run(args)).out;
    assert.equal(folderIn(again), first);
    assert.match(again, /1 of 1 are there already/);
    assert.notEqual(folderIn((await run([...args, "--seed", "7"])).out), first);
  });

  test("a best value at the border is said, with the range to search instead", async () => {
    // With one epoch of few steps the largest of these small rates is the best.
    const { out } = await run(["search", "spiral", "--lr", "1e-5..1e-3", "--hidden", "8", "--epochs", "2", "--grid", "--trials", "3", "--out", "border"]);
    assert.match(out, /the best lr, 1e-3, lies at the upper end of 1e-5\.\.1e-3: better ones may lie above[^\n]*; widen it, as in --lr 1e-4\.\.0\.01\n/);
    const { borders } = linesOf((await run(["search", "spiral", "--lr", "1e-5..1e-3", "--hidden", "8", "--epochs", "2", "--grid", "--trials", "3", "--out", "border", "--json"])).out).at(-1)!;
    assert.deepEqual(borders.map(({ setting, end }: Line) => [setting, end]), [["lr", "high"]]);
  });

  test("a trial that diverges is a row, and with none that ends the exit code is 1", async () => {
    const { code, out } = await chainrule(["search", "spiral", "--lr", "1e200/1e220", "--optimizer", "sgd", "--hidden", "4", "--epochs", "20", "--trials", "2", "--grid", "--out", "lost"], { folder });
    assert.equal(code, 1);
    assert.match(out, / diverged /);
    assert.match(out, /no trial came to its end: try smaller learning rates\n2 diverged \(their numbers were lost\)/);
    const mixed = await run(["search", "spiral", "--lr", "0.05/1e200", "--optimizer", "sgd", "--hidden", "4", "--epochs", "2", "--trials", "2", "--grid", "--out", "mixed"]);
    assert.match(mixed.out, /best: trial 1,[^]*- 1 diverged \(their numbers were lost\), from lr 1e200 up/);
  });

  test("an image of the trials, with the best marked", async () => {
    const { out } = await run([...small, "--out", "shown", "--svg"]);
    const all = elements(out);
    assert.match(all.find(({ name }) => name === "title")!.text, /^Search on spiral: 4 trials$/);
    assert.equal(all.filter(({ attributes }) => attributes.get("class") === "star").length, 1);
    assert.equal(all.filter(({ attributes }) => attributes.get("class") === "dot").length, 3);
  });

  test("what is searched makes sense before anything is trained", async () => {
    const said = async (...args: string[]): Promise<string> => {
      const { code, err } = await chainrule(["search", "spiral", ...args, "--out", "never"], { folder });
      assert.equal(code, 2);
      return err;
    };
    assert.match(await said("--lr", "1..1e-4"), /--lr takes a range from a smaller number to a larger one, such as 1e-4\.\.1, but it was given "1\.\.1e-4"/);
    assert.match(await said("--lr", "a..b"), /--lr takes a number greater than 0, but it was given "a"/);
    assert.match(await said("--optimizer", "adam/mementum"), /did you mean momentum\?/);
    assert.match(await said("--dropout", "0..2"), /error\[bad-setting\]: dropout: 2 is not a number from 0 to below 1/);
    assert.match(await said("--model", "softmax/mlp", "--hidden", "4/8"), /the model softmax is linear/);
    assert.match(await said("--grid", "--lr", "1e-3..1", "--l2", "1e-4..1", "--trials", "3"), /the smallest grid over lr, l2 has 4 points/);
    assert.match(await said("--lr", "0.1", "--l2", "0"), /error\[nothing-to-search\]/);
  });
});

const settings = settingsFor("spiral");
const jobs = [1, 2, 3].map((trial) => ({ trial, settings }));
const finished: TrialResult = { outcome: "finished", train: { loss: 1, accuracy: 1 }, validation: { loss: 1, accuracy: 1 }, error: 0 };

/** A thread that answers every trial, but dies over the second while `lives` counts down. */
const mortal = (lives: Int32Array) => () =>
  new Worker(
    `const { parentPort, workerData } = require("node:worker_threads");
     parentPort.on("message", ({ trial }) => {
       if (trial === 2 && Atomics.sub(workerData.lives, 0, 1) > 0) throw new RangeError("out of luck");
       parentPort.postMessage({ trial, result: ${JSON.stringify(finished)}, seconds: 0 });
     });`,
    { eval: true, workerData: { lives } },
  );

describe("threads", () => {
  const listen = () => {
    const heard = { answers: new Map<number, string>(), deaths: [] as string[] };
    const listener: Listener = {
      epochs: () => {},
      answer: (trial, result) => void heard.answers.set(trial, result.outcome === "finished" ? "finished" : result.says),
      died: (trial, why, again) => void heard.deaths.push(`${trial} ${again} ${why}`),
    };
    return { heard, listener };
  };
  const withLives = (count: number): Int32Array => {
    const lives = new Int32Array(new SharedArrayBuffer(4));
    lives[0] = count;
    return lives;
  };

  for (const size of [1, 2, 3]) {
    test(`a thread of ${size} that dies is said, and its trial is run once more`, async () => {
      const { heard, listener } = listen();
      await runPool(jobs, size, mortal(withLives(1)), listener);
      assert.deepEqual(heard.deaths, ["2 true RangeError: out of luck"]);
      assert.deepEqual([...heard.answers].sort(), [[1, "finished"], [2, "finished"], [3, "finished"]]);
    });
  }

  test("over whose trial a second thread dies, that trial has failed, and the others have not", async () => {
    const { heard, listener } = listen();
    await runPool(jobs, 2, mortal(withLives(5)), listener);
    assert.deepEqual(heard.deaths, ["2 true RangeError: out of luck", "2 false RangeError: out of luck"]);
    assert.deepEqual([...heard.answers].sort(), [[1, "finished"], [2, "its thread died twice: RangeError: out of luck"], [3, "finished"]]);
  });

  test("what cannot be written down ends all threads with that error", async () => {
    const { listener } = listen();
    const full = { ...listener, answer: () => { throw new Error("the disk is full"); } };
    await assert.rejects(runPool(jobs, 2, mortal(withLives(0)), full), /the disk is full/);
  });
});
