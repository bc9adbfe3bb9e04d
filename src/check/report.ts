/** A gradient check as a person reads it in a terminal. */
import { placeText } from "../ir/diagnostic.ts";
import type { EntryCheck, GradientCheck } from "./types.ts";
import { passes, type Verdict } from "./verdict.ts";

/** Columns padded to equal widths, numbers to the right; two spaces between them. */
export const columns = (rows: readonly (readonly string[])[], left: readonly number[] = [0]): string[] => {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row.map((cell, i) => (left.includes(i) ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ").trimEnd(),
  );
};

export const errorText = (error: number): string => (error === 0 ? "0" : Number.isFinite(error) ? error.toExponential(1) : String(error));

/** At most so many significant digits, none that says nothing. */
export const significant = (x: number, digits: number): string => String(Number(x.toPrecision(digits)));

const numberText = (x: number): string => significant(x, 12);

const words: Readonly<Record<Verdict, string>> = {
  good: "good",
  ok: "ok (the function has kinks or many layers, or the rest is rounding)",
  "kink crossed": "fine; kinks were crossed",
  "may be fine: errors build up with depth": "may be fine: errors build up with depth",
  "too high": "too high for a function without kinks",
  suspicious: "suspicious",
  wrong: "wrong",
  "not finite": "not finite",
};

/** Rows shown at most; the worst first where there are more. */
const shown = 40;

export const reportText = (check: GradientCheck): string => {
  const { entries } = check;
  const bad = entries.filter((e) => !passes(e.verdict));
  const parameters = new Set(entries.map((e) => e.parameter)).size;
  const counted = `${entries.length} entr${entries.length === 1 ? "y" : "ies"} of ${parameters} parameter${parameters === 1 ? "" : "s"}`;
  const lines = [`gradient check: ${words[check.verdict]}${check.passed ? "" : " - FAILED"} (worst relative error ${errorText(check.worst)}, ${counted})`];
  for (const entry of bad.slice(0, 3)) {
    lines.push(`  ${entry.name}: analytic ${numberText(entry.analytic)}, numeric ${numberText(entry.numeric)}, relative error ${errorText(entry.relativeError)}: ${entry.verdict}${ratioText(entry)}`);
  }
  if (bad.length > 3) lines.push(`  and ${bad.length - 3} more`);
  lines.push(...culpritLines(check, bad.length > 0), "");
  const listed = entries.length <= shown ? entries : [...entries].sort((a, b) => rank(b) - rank(a)).slice(0, shown);
  const head = ["entry", "analytic", "numeric", "relative error", "verdict"];
  const rows = listed.map((e) => [e.name, numberText(e.analytic), numberText(e.numeric), errorText(e.relativeError), e.note === undefined ? e.verdict : `${e.verdict} (${e.note})`]);
  lines.push(...columns([head, ...rows], [0, 4]).map((row) => `  ${row}`));
  if (listed.length < entries.length) lines.push(`  (the ${shown} largest errors of ${entries.length})`);
  lines.push("");
  for (const witness of check.witnesses) lines.push(`  ${witness.agrees ? "agrees" : "DISAGREES"}: ${witness.name}, ${witness.note}`);
  for (const warning of check.warnings) lines.push(`  warning: ${warning}`);
  for (const [name, part] of Object.entries(check.parts)) {
    lines.push("", `${name} alone:`, ...part.text.split("\n").map((line) => `  ${line}`.trimEnd()));
  }
  return lines.join("\n").trimEnd();
};

const rank = (entry: EntryCheck): number => (passes(entry.verdict) ? 0 : 10) + (Number.isNaN(entry.relativeError) ? 5 : entry.relativeError);

/** The slips that hand-written gradients are known for. */
const ratioText = ({ analytic, numeric, own }: EntryCheck): string => {
  const text = own === undefined ? "" : ` (chainrule's own gradient: ${numberText(own)})`;
  if (analytic === 0 || numeric === 0 || !Number.isFinite(analytic / numeric)) return text;
  const ratio = analytic / numeric;
  if (Math.abs(ratio + 1) < 1e-6) return `; the sign is turned${text}`;
  return Math.abs(ratio - 1) < 1e-3 ? text : `; it is ${significant(ratio, 4)} times what it should be${text}`;
};

const culpritLines = ({ culprit, passed, entries }: GradientCheck, entriesFailed: boolean): string[] => {
  if (culprit) {
    const { place } = culprit;
    const where = place === undefined ? "" : ` at ${placeText(place)}`;
    const entry = culprit.entry.length > 0 ? ` at [${culprit.entry.join(", ")}]` : "";
    return [
      `  the gate: ${culprit.gate}${culprit.name === undefined ? "" : ` "${culprit.name}"`}${where}: ${culprit.note}`,
      `  its operand ${culprit.operand}${entry}: analytic ${numberText(culprit.analytic)}, numeric ${numberText(culprit.numeric)}`,
    ];
  }
  const own = entries.some((entry) => entry.own !== undefined);
  const infinite = entries.some((entry) => entry.verdict === "not finite");
  return passed || own || infinite || !entriesFailed ? [] : ["  every gate's own rule agrees with its numbers at this point; look at the warnings, and at the step h"];
};
