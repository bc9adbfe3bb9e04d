/**
 * "Adding an operation is one entry": the entry that CONTRIBUTING.md shows is put into a copy of the source tree, as one
 * file and nothing else, and everything that is promised to follow from it is looked for.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../scripts/entries.ts";

const shown = /^```ts entry=(\S+)\n([\s\S]*?)^```$/m.exec(readFileSync(join(root, "CONTRIBUTING.md"), "utf8"));

const probe = `
import assert from "node:assert/strict";
import { cbrt, checkOperations, compile, explainProgram, grad, grads, hvp, jvp, tensor, Tensor, vmap } from "./src/index.ts";
import { operationPage } from "./src/explain/docs.ts";
import * as table from "./src/ops/table.ts";

const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-12, \`\${a} is not \${b}\`);

// Function and method, with their types.
const called: Tensor = cbrt(8);
const method: Tensor<readonly [2]> = (tensor([8, 27]) as Tensor<readonly [2]>).cbrt();
near(called.itemSync(), 2);
assert.deepEqual(method.toArraySync(), [2, 3]);

// Gradient of order 1 and 2, forward mode, inside compile.
near(grads((x: Tensor) => x.cbrt())(8)[0], 1 / 12);
near(grad((x: Tensor) => grad((y: Tensor) => y.cbrt())(x))(8), -1 / 144);
near(hvp((x: Tensor) => cbrt(x))(8, 1), -1 / 144);
near(jvp((x: Tensor) => x.cbrt())([tensor(8)], [tensor(12)]).tangent.itemSync(), 1);
assert.deepEqual(vmap((x: Tensor) => x.cbrt())(tensor([8, 27])).toArraySync(), [2, 3]);
near(compile((x: Tensor) => x.cbrt())(27).itemSync(), 3);

// A row of the sweep, with numbers compared in it.
const sweep = checkOperations(table);
const row = sweep.operations.find(({ word }) => word === "cbrt");
assert.ok(sweep.passed && row && row.total > 0 && row.compared["order 2"] > 0, sweep.text);

// A word of the circuit language, its caption, staged code in both languages.
const explained = explainProgram("y = cbrt(x) * x", { x: 8 });
const text = explained.toText();
assert.match(text, /cbrt\\(x\\)/);
assert.ok(explained.circuit.nodes.some(({ op, says }) => op === "cbrt" && says === table.cbrt.says));
assert.match(explained.toCode("ts"), /Math\\.cbrt\\(/);
assert.match(explained.toCode("python"), /math\\.cbrt\\(/);
assert.match(explained.toSVG(), /cbrt/);

// A page of documentation.
const page = operationPage(table.cbrt);
assert.ok(page.includes("x^(1/3)") && page.includes(table.cbrt.says) && page.includes("the slope at 0 is infinite"), page);
console.log("all there");
`;

test("one entry in one file gives the method, its type, gradients, sweep row, docs page, caption and code", () => {
  assert.ok(shown, "CONTRIBUTING.md shows an entry");
  const [, file, entry] = shown as unknown as [string, string, string];
  mkdirSync(join(root, ".tmp"), { recursive: true });
  const copy = mkdtempSync(join(root, ".tmp", "one-entry-"));
  try {
    for (const part of ["src", "scripts", "package.json", "tsconfig.json"]) cpSync(join(root, part), join(copy, part), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "junction");
    writeFileSync(join(copy, "src", "ops", "entries", file), entry);
    writeFileSync(join(copy, "probe.ts"), probe);
    mkdirSync(join(copy, "docs"));
    const run = (...args: string[]) => execFileSync(process.execPath, args, { cwd: copy, encoding: "utf8", stdio: "pipe" });
    run("scripts/generate.ts");
    assert.equal(run("probe.ts").trim(), "all there");
    const config = { extends: "./tsconfig.json", include: ["probe.ts", "src"] };
    writeFileSync(join(copy, "tsconfig.probe.json"), JSON.stringify(config));
    run(join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.probe.json");
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
});
