/** Runs test files in a process of their own and reads what became of each test. */
import { spawnSync } from "node:child_process";
import { root } from "../../scripts/entries.ts";

export interface Ran {
  readonly passed: readonly string[];
  /** For each failed test what the report says of it. */
  readonly failed: ReadonlyMap<string, string>;
  readonly output: string;
}

/** A pattern that finds this text and nothing else. */
export const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

/** `pattern`: a regular expression that names of tests must match. Files are relative to `folder`, the checkout by default. */
export const runTests = (files: readonly string[], pattern?: string, folder: string = root): Ran => {
  // A test run inside a test run would otherwise report to its parent, and do nothing.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const only = pattern === undefined ? [] : [`--test-name-pattern=${pattern}`];
  const args = ["--test", "--test-reporter=tap", "--test-concurrency=2", ...only, ...files];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: "utf8", maxBuffer: 1e8 });
  const passed: string[] = [];
  const failed = new Map<string, string>();
  for (const [, verdict, name, report] of stdout.matchAll(/^ *(ok|not ok) \d+ - (.*)((?:\n(?! *(?:ok|not ok|# Subtest)\b).*)*)/gm)) {
    // A test that was skipped has shown nothing.
    if (/ # (?:SKIP|TODO)/.test(name!)) continue;
    const plain = name!.replace(/\\([#\\])/g, "$1");
    if (verdict === "ok") passed.push(plain);
    else failed.set(plain, report!);
  }
  return { passed, failed, output: stdout + stderr };
};
