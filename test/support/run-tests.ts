/** Runs test files by name in a process of their own and reads which tests passed. */
import { spawnSync } from "node:child_process";
import { root } from "../../scripts/entries.ts";

export interface Ran {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  readonly output: string;
}

/** `pattern`: a regular expression that names of tests must match. Files are relative to `folder`, the checkout by default. */
export const runTests = (files: readonly string[], pattern?: string, folder: string = root): Ran => {
  // A test run inside a test run would otherwise report to its parent, and do nothing.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const only = pattern === undefined ? [] : [`--test-name-pattern=${pattern}`];
  const args = ["--test", "--test-reporter=tap", "--test-concurrency=2", ...only, ...files];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: "utf8", maxBuffer: 1e8 });
  const passed: string[] = [];
  const failed: string[] = [];
  for (const [, verdict, name] of stdout.matchAll(/^ *(ok|not ok) \d+ - (.*?)(?: # (?:SKIP|TODO).*)?$/gm)) {
    (verdict === "ok" ? passed : failed).push(name!.replace(/\\([#\\])/g, "$1"));
  }
  return { passed, failed, output: stdout + stderr };
};
