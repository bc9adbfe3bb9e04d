/** Help is printed from the commands' tables: it names every option, and each of its examples runs as it stands. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { commands } from "../../src/cli/commands.ts";
import manifest from "../../package.json" with { type: "json" };
import { folderWithRuns } from "./flowers.ts";
import { chainrule, temporaryFolder, words } from "./support.ts";

const folder = temporaryFolder({
  "model.ts": 'import type { Tensor } from "chainrule";\nexport const f = (x: Tensor, y: Tensor, z: Tensor): Tensor => x.add(y).mul(z);\n',
  "loss.ts": 'import type { Tensor } from "chainrule";\nexport const loss = (W: Tensor): Tensor => W.sq().sum();\n',
  "flowers.csv": `length,species\n${Array.from({ length: 40 }, (_, i) => `${i % 7},${i % 2 === 0 ? "rose" : "tulip"}`).join("\n")}\n`,
  "net.ts": [
    'import { normal, type Tensor } from "chainrule";',
    "export const model = (key: Tensor) => ({ w: normal(key, [2, 3]) });",
    "export const scores = (m: { w: Tensor }, x: Tensor): Tensor => x.matmul(m.w);",
    "export const loss = (m: { w: Tensor }, { x, y }: { x: Tensor; y: Tensor }): Tensor => scores(m, x).softmaxCrossEntropy(y).mean();",
    "",
  ].join("\n"),
  "weights.json": '{"W": [[1, 2], [3, 4]]}',
});

/** Where runs are, for the commands that use one. */
const used = await folderWithRuns();
await chainrule(["train", "digits", "--out", "runs/digits-1", "--epochs", "0", "--check=0"], { folder: used });
const users = new Set(["predict", "test", "export"]);

/** These run until they are told to stop; their examples run in tests of their own. */
const stays = new Set(["studio"]);

/** The same words with another value of an option, which is added if it is not there. */
const withValue = (args: readonly string[], option: string, value: string): string[] => [
  ...args.filter((word, i) => word !== option && args[i - 1] !== option),
  option,
  value,
];

/** One epoch, few trials and few points show as well that the settings are read. */
const shorter = (name: string, args: readonly string[]): readonly string[] => {
  if (name === "train") return withValue(args, "--epochs", "1");
  if (name === "landscape") return withValue(args, "--points", "7");
  return name === "search" ? withValue(withValue(args, "--epochs", "1"), "--trials", "4") : args;
};

before(async () => {
  const { code } = await chainrule(["train", "spiral", "--epochs", "2", "--check=0", "--out", "runs/spiral-1"], { folder });
  assert.equal(code, 0);
});

test("the version is that of the package", async () => {
  for (const word of ["--version", "version", "-v"]) {
    assert.deepEqual(await chainrule([word]), { code: 0, out: `${manifest.version}\n`, err: "" });
  }
});

test("the overview names every command", async () => {
  const { code, out, err } = await chainrule(["--help"]);
  assert.deepEqual([code, err], [0, ""]);
  for (const { name, summary } of commands) assert.match(out, new RegExp(`^  ${name} +${summary.slice(0, 30)}`, "m"));
  assert.deepEqual(await chainrule(["help"]), { code, out, err });
  assert.deepEqual(await chainrule([]), { code: 2, out: "", err: out });
});

for (const { name, summary, load } of commands) {
  describe(name, () => {
    test("has the same help by every way to ask for it, also beside a mistake", async () => {
      const asked = await chainrule([name, "--help"]);
      assert.equal(asked.code, 0);
      for (const args of [["help", name], [name, "-h"], [name, "--nonsense", "--help"]]) assert.deepEqual(await chainrule(args), asked);
      assert.ok(asked.out.replace(/\n/g, " ").startsWith(`chainrule ${name}: ${summary} `));
      const { options } = await load();
      for (const option of [...Object.keys(options), "json", "quiet", "no-color", "debug", "help"]) {
        assert.match(asked.out, new RegExp(`^  --${option}\\b`, "m"), option);
      }
      const tooWide = asked.out.split("\n").filter((line) => line.length > 100);
      assert.deepEqual(tooWide, []);
    });

    test("has examples, and each runs", async () => {
      const { examples } = await load();
      assert.ok(examples.length > 0);
      for (const { command } of examples) {
        const [program, ...args] = words(command);
        assert.equal(program, "chainrule");
        if (stays.has(name)) continue;
        const { code, err } = await chainrule(shorter(name, args), { folder: users.has(name) ? used : folder });
        assert.equal(code, 0, `${command}\n${err}`);
        assert.doesNotMatch(err, /error/);
      }
    });
  });
}
