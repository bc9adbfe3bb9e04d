/** The sweep over all operations as a table for a terminal. */
import type { OperationsCheck } from "./operations.types.ts";
import { columns, errorText } from "./report.ts";
import { comparisons } from "./sample-check.ts";

export const operationsText = ({ operations, machinery, passed }: Omit<OperationsCheck, "text">): string => {
  const head = ["operation", ...comparisons, "total", "worst", "verdict"];
  const rows = operations.map((report) => [
    report.word,
    ...comparisons.map((what) => (report.compared[what] === 0 ? "-" : String(report.compared[what]))),
    String(report.total),
    errorText(report.worst),
    report.failures.length === 0 ? "good" : "FAILED",
  ]);
  const lines = ["numbers compared", "", ...columns([head, ...rows], [0, head.length - 1]), "", "behind them", ""];
  const behind = machinery.map(({ op, compared, note, failures }) => [op, String(compared), failures.length > 0 ? "FAILED" : note || "good"]);
  lines.push(...columns([["operation", "compared", "verdict"], ...behind], [0, 2]));
  const excluded = operations.flatMap(({ word, excluded: list }) => list.map((e) => `  ${word}: ${e.count} points left out: ${e.why} (${e.verified} looked at)`));
  if (excluded.length > 0) lines.push("", "left out", "", ...excluded);
  const kinks = operations.filter((report) => report.kinks > 0).map(({ word, kinks: count }) => `${word} ${count}`);
  if (kinks.length > 0) lines.push("", `at kinks, where only the slopes of both sides can be compared: ${kinks.join(", ")}`);
  const failures = [...operations, ...machinery].flatMap((report) => report.failures);
  const failed = operations.filter((report) => report.failures.length > 0).length + machinery.filter((report) => report.failures.length > 0).length;
  lines.push("", ...failures.slice(0, 20).map(({ what, where, sentence }) => `FAILED ${what}: ${where}: ${sentence}`));
  const total = operations.reduce((sum, report) => sum + report.total, 0);
  lines.push(passed ? `all ${operations.length} operations passed: ${total} numbers compared` : `${failed} of ${operations.length + machinery.length} FAILED`);
  return lines.join("\n");
};
