/** Run folders: what is kept, what stops a training, and that going on ends in the bits of a run that never stopped. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { appendFileSync, chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { killRuns, randomFrom } from "../../scripts/kill-runs.ts";
import { chainrule, ended, startProcess, temporaryFolder, type Outcome } from "./support.ts";

const model = (spread: number): string =>
  [
    'import { normal, type Tensor } from "chainrule";',
    'import { scale } from "./scale.ts";',
    `export const model = (key: Tensor) => ({ w: normal(key, [2, 3]).mul(${spread}).realize() });`,
    "export const scores = (m: { w: Tensor }, x: Tensor): Tensor => x.matmul(m.w).mul(scale);",
    "export const loss = (m: { w: Tensor }, { x, y }: { x: Tensor; y: Tensor }): Tensor => scores(m, x).softmaxCrossEntropy(y).mean();",
    'export const data = "rows.csv";',
    "",
  ].join("\n");

const rows = (first: string): string => `a,b,kind\n${first}\n${Array.from({ length: 59 }, (_, i) => `${(i * 7) % 13},${(i * 5) % 11},${"xyz"[i % 3]}`).join("\n")}\n`;

const folder = temporaryFolder({
  "rows.csv": rows("1,2,x"),
  "model.ts": model(0.1),
  "scale.ts": "export const scale: number = 1;\n",
  "a-file": "",
});

const train = (...args: readonly string[]): Promise<Outcome> => chainrule(["train", ...args, "--check=0"], { folder });
const read = (...path: readonly string[]): Buffer => readFileSync(join(folder, ...path));
const weightsOf = (run: string): Buffer => read(run, "weights.safetensors");
const metricsOf = (run: string): unknown[] =>
  read(run, "metrics.jsonl").toString().trimEnd().split("\n").map((line) => ({ ...(JSON.parse(line) as object), seconds: 0 }));
const isSame = (run: string, whole: string): void => {
  assert.deepEqual(weightsOf(run), weightsOf(whole));
  assert.deepEqual(metricsOf(run), metricsOf(whole));
};
const copy = (from: string, to: string): string => {
  cpSync(join(folder, from), join(folder, to), { recursive: true });
  return to;
};
const codeOf = ({ err }: Outcome): string | undefined => /error\[([a-z-]+)\]/.exec(err)?.[1];

const small = ["--hidden", "6", "--batch", "16", "--dropout", "0.2"];
/** Long enough to be stopped on its way. */
const long = ["iris", ...small, "--epochs", "50", "--schedule", "constant"];

test("a run folder holds settings, metrics, weights and a checkpoint, and nothing else", async () => {
  const { code, out } = await train("rows.csv", ...small, "--epochs", "3", "--out", "a/run", "--json");
  assert.equal(code, 0);
  assert.equal(JSON.parse(out.split("\n")[0]!).run, "a/run");
  assert.deepEqual(readdirSync(join(folder, "a/run")).sort(), ["checkpoint.safetensors", "metrics.jsonl", "settings.json", "weights.safetensors"]);
  const settings = JSON.parse(read("a/run/settings.json").toString());
  assert.deepEqual([settings.data.name, settings.data.path, settings.settings.hidden], ["rows.csv", "../../rows.csv", [6]]);
  assert.deepEqual(metricsOf("a/run").map((event) => (event as { event: string }).event), ["epoch", "epoch", "epoch", "epoch", "done"]);
});

test("without --out runs are numbered by their data, and none is written twice", async () => {
  const where = temporaryFolder({ "my rows.csv": rows("1,2,x") });
  for (const args of [["iris"], ["my rows.csv"], ["iris"]]) await chainrule(["train", ...args, "--epochs", "0", "--check=0"], { folder: where });
  rmSync(join(where, "runs/iris-1"), { recursive: true });
  await chainrule(["train", "iris", "--epochs", "0", "--check=0"], { folder: where });
  assert.deepEqual(readdirSync(join(where, "runs")).sort(), ["iris-2", "iris-3", "my-rows-1"]);
});

describe("stopped by a signal", { skip: process.platform === "win32" }, () => {
  for (const [signal, exit] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    test(`${signal} ends a training after its step with ${exit}, and it goes on to the same bits`, async () => {
      if (!existsSync(join(folder, "whole"))) await train(...long, "--out", "whole");
      const child = startProcess(["train", ...long, "--out", signal], folder);
      const end = ended(child);
      await once(child.stderr!, "data");
      child.kill(signal);
      const { code, err } = await end;
      assert.equal(code, exit);
      assert.match(err, new RegExp(`stopped after step \\d+ of \\d+; nothing is lost\\. To go on: chainrule train --resume ${signal}\n$`));
      assert.ok(!existsSync(join(folder, signal, "lock")));
      const { code: then } = await train("--resume", signal);
      assert.equal(then, 0);
      isSame(signal, "whole");
    });
  }

  test("with --json the last line says where it stopped", async () => {
    const child = startProcess(["train", ...long, "--out", "json", "--json"], folder);
    const end = ended(child);
    await once(child.stdout!, "data");
    child.kill("SIGINT");
    const { code, out, err } = await end;
    const last = JSON.parse(out.trimEnd().split("\n").at(-1)!);
    assert.deepEqual([code, err, last.event, last.signal, last.run], [130, "", "stopped", "SIGINT", "json"]);
  });

  test("SIGKILL at any moment, and going on as often as it takes: the same bits", async () => {
    const command = [process.execPath, fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url))];
    const { kills } = await killRuns({ command, args: ["iris", ...small, "--epochs", "15"], kills: 5, random: randomFrom(7) });
    assert.equal(kills, 5);
  });
});

describe("two processes", () => {
  test("the second on one run is refused, and a lock of a process that is gone is none", async () => {
    await train("iris", "--epochs", "1", "--out", "locked");
    const lock = join(folder, "locked/lock");
    // Process 1 is always there, and never this one.
    const born = existsSync("/proc/1/stat") ? readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim() + " " + readFileSync("/proc/1/stat", "utf8").split(") ")[1]!.split(" ")[19] : "";
    const holder = { pid: 1, host: hostname(), born };
    writeFileSync(lock, JSON.stringify(holder));
    const refused = await train("--resume", "locked");
    assert.deepEqual([refused.code, codeOf(refused)], [2, "run-locked"]);
    assert.match(refused.err, /process 1 is training there/);
    assert.ok(existsSync(lock));
    writeFileSync(lock, JSON.stringify({ ...holder, host: "elsewhere" }));
    assert.match((await train("--resume", "locked")).err, /process 1 of the machine elsewhere[^]*delete locked\/lock/);
    for (const gone of [{ ...holder, pid: 2 ** 22 + 1 }, { ...holder, pid: process.pid, born: "long ago" }]) {
      writeFileSync(lock, JSON.stringify(gone));
      assert.equal((await train("--resume", "locked")).code, 0);
      assert.ok(!existsSync(lock));
    }
  });

  test("a training that runs locks its folder", { skip: process.platform === "win32" }, async () => {
    const child = startProcess(["train", "iris", ...small, "--epochs", "100000", "--out", "busy"], folder);
    const end = ended(child);
    await once(child.stderr!, "data");
    assert.equal(codeOf(await train("--resume", "busy")), "run-locked");
    child.kill("SIGINT");
    assert.equal((await end).code, 130);
  });
});

describe("what is there is not written over", () => {
  test("another run, or files of something else", async () => {
    await train("iris", "--epochs", "0", "--out", "there");
    const before = read("there/checkpoint.safetensors");
    const again = await train("iris", "--epochs", "1", "--out", "there");
    assert.deepEqual([again.code, codeOf(again)], [2, "run-exists"]);
    assert.match(again.err, /chainrule train --resume there/);
    assert.deepEqual(read("there/checkpoint.safetensors"), before);
    mkdirSync(join(folder, "full"));
    writeFileSync(join(folder, "full/notes.txt"), "");
    assert.equal(codeOf(await train("iris", "--epochs", "0", "--out", "full")), "folder-not-empty");
    assert.deepEqual(readdirSync(join(folder, "full")), ["notes.txt"]);
    mkdirSync(join(folder, "empty"));
    assert.equal((await train("iris", "--epochs", "0", "--out", "empty")).code, 0);
  });

  test("what a process left that was killed before its run was there is", async () => {
    mkdirSync(join(folder, "debris"));
    for (const name of ["checkpoint.safetensors", "metrics.jsonl", "settings.json.12.part"]) writeFileSync(join(folder, "debris", name), "x");
    const resumed = await train("--resume", "debris");
    assert.equal(codeOf(resumed), "no-run");
    assert.match(resumed.err, /nothing is lost: start it again/);
    assert.equal((await train("iris", "--epochs", "1", "--out", "debris")).code, 0);
    assert.equal(readdirSync(join(folder, "debris")).length, 4);
    assert.equal(metricsOf("debris").length, 3);
  });
});

describe("going on", () => {
  test("a finished run says so, and one with a constant learning rate can be made longer", async () => {
    const args = ["iris", ...small, "--schedule", "constant"];
    await train(...args, "--epochs", "3", "--out", "short");
    await train(...args, "--epochs", "6", "--out", "six");
    const { code, err } = await train("--resume", "short");
    assert.equal(code, 0);
    assert.match(err, /^short is finished: 3 of 3 epochs\. To train on: chainrule train --resume short --epochs 6$/m);
    assert.equal((await train("--resume", "short", "--epochs", "6")).code, 0);
    isSame("short", "six");
    assert.equal(codeOf(await train("--resume", "short", "--epochs", "2")), "run-finished");
    await train("iris", ...small, "--epochs", "2", "--out", "cosine");
    const longer = await train("--resume", "cosine", "--epochs", "4");
    assert.deepEqual([longer.code, codeOf(longer)], [2, "schedule-ends"]);
  });

  test("from another folder, and with the data where the run finds them", async () => {
    await train("rows.csv", "--epochs", "1", "--schedule", "constant", "--out", "moved");
    mkdirSync(join(folder, "deep/er"), { recursive: true });
    const { code } = await chainrule(["train", "--resume", "../../moved", "--epochs", "2", "--check=0"], { folder: join(folder, "deep/er") });
    assert.equal(code, 0);
  });

  test("not with other data, another file, or other settings", async () => {
    await train("rows.csv", "--epochs", "1", "--out", "data");
    writeFileSync(join(folder, "rows.csv"), rows("1,3,x"));
    assert.equal(codeOf(await train("--resume", "data")), "data-changed");
    writeFileSync(join(folder, "rows.csv"), rows("1,2,x"));
    assert.equal((await train("--resume", "data")).code, 0);
    const settings = join(folder, "data/settings.json");
    writeFileSync(settings, readFileSync(settings, "utf8").replace('"lr": 0.01', '"lr": 0.02'));
    assert.equal(codeOf(await train("--resume", "data")), "settings-changed");
    writeFileSync(settings, "{");
    assert.equal(codeOf(await train("--resume", "data")), "bad-run");
    assert.equal(codeOf(await train("--resume", "data", "--lr", "3")), "needless-option");
    assert.equal(codeOf(await train("iris", "--resume", "data")), "needless-option");
    assert.equal(codeOf(await train("--resume", "nowhere")), "no-run");
    assert.equal(codeOf(await train("iris", "--allow-different-bits")), "needless-option");
  });

  test("under another arithmetic only when that is allowed, and then it is noted", async () => {
    await train("iris", "--epochs", "1", "--out", "bits");
    const settings = join(folder, "bits/settings.json");
    writeFileSync(settings, readFileSync(settings, "utf8").replace(/"v8 [^"]*"/, '"v8 1.2, pdp11"'));
    const refused = await train("--resume", "bits");
    assert.deepEqual([refused.code, codeOf(refused)], [2, "different-bits"]);
    assert.match(refused.err, /v8 1\.2, pdp11[^]*--resume bits --allow-different-bits/);
    assert.equal((await train("--resume", "bits", "--allow-different-bits")).code, 0);
    assert.equal((await train("--resume", "bits")).code, 0);
  });

  test("metrics behind the checkpoint are cut off, and lost ones are no obstacle", async () => {
    await train("iris", ...small, "--epochs", "2", "--out", "metrics");
    copy("metrics", "behind");
    appendFileSync(join(folder, "behind/metrics.jsonl"), '{"event":"epoch","epoch":3,"st');
    assert.equal((await train("--resume", "behind")).code, 0);
    isSame("behind", "metrics");
    rmSync(join(folder, "behind/metrics.jsonl"));
    assert.equal((await train("--resume", "behind")).code, 0);
    assert.deepEqual(weightsOf("behind"), weightsOf("metrics"));
  });

  test("a damaged checkpoint is one clear error, and nothing is touched", async () => {
    await train("iris", ...small, "--epochs", "1", "--out", "damaged");
    const file = join(folder, "damaged/checkpoint.safetensors");
    const good = readFileSync(file);
    const header = Number(good.readBigUInt64LE(0));
    for (const at of [0, 7, 8, 30, 40, 200, 8 + header, good.length - 1]) {
      const bad = Buffer.from(good);
      bad[at]! ^= 1;
      for (const content of [bad, good.subarray(0, at)]) {
        writeFileSync(file, content);
        const outcome = await train("--resume", "damaged");
        assert.deepEqual([outcome.code, codeOf(outcome), outcome.out], [2, "damaged-file", ""], `byte ${at}`);
        assert.deepEqual(readFileSync(file), content);
      }
    }
    rmSync(file);
    assert.equal(codeOf(await train("--resume", "damaged")), "missing-file");
    writeFileSync(file, good);
    assert.equal((await train("--resume", "damaged")).code, 0);
  });
});

describe("a file of one's own", () => {
  test("goes on to the same bits, and not when it or what it imports has changed", async () => {
    const args = ["model.ts", "--batch", "7", "--schedule", "constant"];
    await train(...args, "--epochs", "4", "--out", "own-whole");
    await train(...args, "--epochs", "2", "--out", "own");
    assert.equal((await train("--resume", "own", "--epochs", "4")).code, 0);
    isSame("own", "own-whole");
    for (const [name, text] of [["model.ts", model(0.2)], ["scale.ts", "export const scale: number = 2;\n"]] as const) {
      const before = read(name);
      writeFileSync(join(folder, name), text);
      assert.equal(codeOf(await train("--resume", "own", "--epochs", "5")), "file-changed", name);
      writeFileSync(join(folder, name), before);
    }
  });
});

describe("when the numbers are lost", () => {
  test("the run ends with 1, the first operation and the model before it", async () => {
    const { code, err } = await train("iris", ...small, "--optimizer", "sgd", "--lr", "1e5", "--out", "lost");
    assert.equal(code, 1);
    assert.equal(codeOf({ code, err, out: "" }), "not-finite");
    const step = Number(/kept in lost\/weights\.safetensors \(step (\d+)\)/.exec(err)![1]);
    assert.match(err, new RegExp(`step ${step + 1} \\(epoch \\d+\\): the numbers are lost`));
    assert.match(err, /^learning-rate-too-high: The learning rate 100000/m);
    const again = await train("--resume", "lost");
    assert.equal(again.code, 1);
    assert.match(again.err, new RegExp(`step ${step + 1} `));
  });

  test("in a file of one's own at its own line", async () => {
    writeFileSync(join(folder, "log.ts"), 'import { tensor, type Tensor } from "chainrule";\nexport const model = { w: tensor([1, 1]) };\nexport const loss = (m: typeof model, { x }: { x: Tensor }): Tensor =>\n  m.w.sum().sub(x.sum().mul(0).add(1.5)).log();\nexport const data = "rows.csv";\n');
    const { code, err } = await train("log.ts", "--lr", "0.5", "--out", "log");
    assert.equal(code, 1);
    assert.match(err, /not-finite[^]*log\([-\d.e]+\) = (NaN|-Infinity)[^]*--> log\.ts:4:\d+/);
  });
});

describe("where nothing can be written", () => {
  test("it is said before anything is trained", async () => {
    const { code, out, err } = await train("iris", "--out", "a-file/run");
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /^error\[cannot-write\]: a-file\/run cannot be written: a part of its path is no folder\./);
  });

  test("a folder that is read-only", { skip: process.getuid?.() === 0 || process.platform === "win32" }, async () => {
    await train("iris", "--epochs", "1", "--schedule", "constant", "--out", "fixed");
    chmodSync(join(folder, "fixed"), 0o555);
    const { code, err } = await train("--resume", "fixed", "--epochs", "2");
    chmodSync(join(folder, "fixed"), 0o755);
    assert.equal(code, 2);
    assert.match(err, /^error\[cannot-write\]: fixed cannot be written: you have no permission\./);
  });

  test("room that ends on the way is one error, and what was kept goes on to the same bits", { skip: process.platform === "win32" }, async () => {
    const { spawn } = await import("node:child_process");
    const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
    // No file may grow beyond 8 blocks: the metrics do.
    const script = 'trap "" XFSZ; ulimit -f 8; exec "$0" "$@"';
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const child = spawn("sh", ["-c", script, process.execPath, main, "train", ...long, "--check=0", "--out", "room"], { cwd: folder, env, stdio: ["pipe", "pipe", "pipe"] });
    const { code, err } = await ended(child);
    assert.equal(code, 2);
    assert.equal(err.match(/error\[/g)?.length, 1);
    assert.match(err, /error\[cannot-write\]: room cannot be written[^]*when it can be written again: chainrule train --resume room/);
    if (!existsSync(join(folder, "whole"))) await train(...long, "--out", "whole");
    assert.equal((await train("--resume", "room")).code, 0);
    isSame("room", "whole");
  });
});
