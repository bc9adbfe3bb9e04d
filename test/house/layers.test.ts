import assert from "node:assert/strict";
import { test } from "node:test";
import { layerViolations } from "./layers.ts";
import { readSource } from "./source.ts";

test("src keeps its layers: no upward import, no cycle", () => {
  const files = readSource();
  assert.ok(files.size > 0);
  assert.deepEqual(layerViolations(files), []);
});

const violations = (files: Record<string, string>) => layerViolations(new Map(Object.entries(files)));

const upward: readonly [name: string, code: string][] = [
  ["of a value", 'import { grads } from "../api/index.ts";'],
  ["of a type", 'import type { Tensor } from "../api/index.ts";'],
  ["without names", 'import "../api/index.ts";'],
  ["re-exported", 'export * from "../api/index.ts";'],
  ["of a type, re-exported", 'export { type Tensor } from "../api/index.ts";'],
  ["dynamic", 'export const load = () => import("../api/index.ts");'],
  ["inside a type", 'export let tensor: import("../api/index.ts").Tensor;'],
];

for (const [name, code] of upward) {
  test(`an upward import ${name} is caught`, () => {
    const found = violations({ "src/ir/node.ts": `// a node\n${code}`, "src/api/index.ts": "export {};" });
    assert.deepEqual(found, ["src/ir/node.ts:2: ir must not import from api (../api/index.ts)"]);
  });
}

test("an import in a comment or a string is not one", () => {
  const code = '// import "../api/index.ts";\nexport const text = \'import "../api/index.ts"\';';
  assert.deepEqual(violations({ "src/ir/node.ts": code, "src/api/index.ts": "export {};" }), []);
});

test("passes and printers see ir alone", () => {
  const found = violations({
    "src/ops/table.ts": "export {};",
    "src/passes/fuse.ts": 'import "../ops/table.ts";',
    "src/emit/js.ts": 'import "../passes/fuse.ts";',
  });
  assert.deepEqual(found, [
    "src/passes/fuse.ts:1: passes must not import from ops (../ops/table.ts)",
    "src/emit/js.ts:1: emit must not import from passes (../passes/fuse.ts)",
  ]);
});

test("components have layers too", () => {
  const found = violations({
    "src/explain/a.ts": 'import "../studio/App.svelte";',
    "src/studio/App.svelte": '<script lang="ts">\n  import "./style.css";\n  import "../cli/main.ts";\n</script>\n<p>import "./nothing.ts"</p>',
    "src/cli/main.ts": "export {};",
  });
  assert.deepEqual(found, [
    "src/explain/a.ts:1: explain must not import from studio (../studio/App.svelte)",
    "src/studio/App.svelte:3: studio must not import from cli (../cli/main.ts)",
  ]);
});

test("a cycle is caught, also one of types alone and one outside the first file", () => {
  const found = violations({
    "src/ir/a.ts": 'import { b } from "./b.ts";',
    "src/ir/b.ts": 'import type { C } from "./c.ts";',
    "src/ir/c.ts": 'import { d } from "./d.ts";\nimport type { B } from "./b.ts";',
    "src/ir/d.ts": "export {};",
  });
  assert.deepEqual(found, ["import cycle: src/ir/b.ts -> src/ir/c.ts -> src/ir/b.ts"]);
});

test("a diamond is no cycle", () => {
  const found = violations({
    "src/ir/a.ts": 'import "./b.ts"; import "./c.ts";',
    "src/ir/b.ts": 'import "./d.ts";',
    "src/ir/c.ts": 'import "./d.ts";',
    "src/ir/d.ts": "export {};",
  });
  assert.deepEqual(found, []);
});

test("a folder without a layer and an import of nothing are caught", () => {
  assert.deepEqual(violations({ "src/extra/x.ts": 'import "../ir/none.ts";' }), [
    "src/extra/x.ts: the folder extra has no layer yet; give it one in test/house/layers.ts",
    "src/extra/x.ts:1: imports ../ir/none.ts, which is no file of src",
  ]);
});
