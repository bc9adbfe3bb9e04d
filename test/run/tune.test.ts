/** V8's flags: each in a process of its own, on this Node and on the system's if it is another. Needs dist. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { nodes } from "../../scripts/measure.ts";
import type { EngineReport } from "../../src/run/tune.ts";

const library = new URL("../../dist/index.js", import.meta.url).href;

/** A product large enough for every tile, and its bits; before or after the flags. */
const script = `
  const { compile, tensor, tuneEngine } = await import(${JSON.stringify(library)});
  const { createHash } = await import("node:crypto");
  const [how] = process.argv.slice(1);
  if (how === "unreachable") process.getBuiltinModule = undefined;
  const report = how === "plain" ? undefined : tuneEngine();
  const again = how === "plain" ? undefined : tuneEngine();
  const bits = {};
  for (const [dtype, ArrayType] of [["float32", Float32Array], ["float64", Float64Array]]) {
    const numbers = (length, by) => ArrayType.from({ length }, (_, i) => Math.sin(i * by));
    const a = tensor(numbers(67 * 300, 1.7), { shape: [67, 300] });
    const b = tensor(numbers(300 * 90, 2.3), { shape: [300, 90] });
    const product = compile((x, y) => x.matmul(y))(a, b).dataSync();
    bits[dtype] = createHash("sha256").update(product).digest("hex");
  }
  console.log(JSON.stringify({ report, again, bits }));
`;

interface Said {
  readonly report?: EngineReport;
  readonly again?: EngineReport;
  readonly bits: Readonly<Record<string, string>>;
}

const say = (node: string, how: "plain" | "tuned" | "unreachable", flags: readonly string[] = []): Said =>
  JSON.parse(execFileSync(node, [...flags, "--input-type=module", "-e", script, how], { encoding: "utf8" })) as Said;

const v8Of = (node: string): number => Number.parseInt(execFileSync(node, ["-p", "process.versions.v8"], { encoding: "utf8" }), 10);

for (const node of nodes()) {
  const v8 = v8Of(node);
  const joins = "--experimental-wasm-revectorize";
  const fuses = "--experimental-wasm-relaxed-simd";

  test(`V8 ${v8}: a second call changes nothing, and every flag that is on has somebody who switched it on`, () => {
    const { report, again } = say(node, "tuned");
    assert.deepEqual(again, report);
    assert.ok(report!.on);
    assert.deepEqual(report!.flags.map(({ flag }) => flag), v8 >= 13 ? [joins] : v8 <= 11 ? [fuses] : []);
    for (const { on, by, why } of report!.flags) {
      assert.equal(by, on ? "tuneEngine" : undefined);
      assert.notEqual(why, "");
    }
    assert.equal(report!.wideVectors, report!.flags.some(({ flag, on }) => flag === joins && on));
  });

  test(`V8 ${v8}: where V8 cannot be reached there are no flags, and nothing fails`, () => {
    const { report, bits } = say(node, "unreachable");
    assert.deepEqual(report!.flags, []);
    assert.equal(report!.wideVectors, false);
    assert.deepEqual(bits, say(node, "plain").bits);
  });

  if (v8 >= 13) {
    test(`V8 ${v8}: wide vectors change no bits`, () => {
      assert.deepEqual(say(node, "tuned").bits, say(node, "plain").bits);
      assert.deepEqual(say(node, "plain", [joins]).bits, say(node, "plain").bits);
    });

    test(`V8 ${v8}: a flag of the command line is found, and tried all the same`, () => {
      const [flag] = say(node, "tuned", [joins]).report!.flags;
      assert.equal(flag!.by, "command line");
      assert.equal(flag!.on, true);
    });

    test(`V8 ${v8}: a flag without effect leads to the narrow tiles, and is switched off again`, { skip: process.arch !== "x64" && "the processor's flags are those of x64" }, () => {
      const { report, bits } = say(node, "tuned", ["--no-enable-avx2"]);
      assert.equal(report!.wideVectors, false);
      assert.deepEqual(report!.flags.map(({ on, by }) => ({ on, by })), [{ on: false, by: undefined }]);
      assert.deepEqual(bits, say(node, "plain").bits);
    });

    test(`V8 ${v8}: without fused multiply-add nothing is tried`, { skip: process.arch !== "x64" && "the processor's flags are those of x64" }, () => {
      const { report } = say(node, "tuned", ["--no-enable-fma3"]);
      assert.equal(report!.fusedMultiplyAdd, false);
      assert.equal(report!.wideVectors, false);
      assert.match(report!.flags[0]!.why, /fused multiply-add/);
    });
  }

  if (v8 <= 11) {
    test(`V8 ${v8}: fused multiply-add comes with the flag, and its bits are those of a Node that has it by itself`, () => {
      const { report, bits } = say(node, "tuned");
      assert.deepEqual(say(node, "tuned", [fuses]).bits, bits);
      assert.equal(report!.fusedMultiplyAdd, report!.flags[0]!.on);
      const own = say(process.execPath, "tuned");
      if (own.report!.fusedMultiplyAdd) assert.deepEqual(bits, own.bits);
    });
  }
}
