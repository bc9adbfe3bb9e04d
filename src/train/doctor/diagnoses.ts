/** All that the doctor knows, causes before what follows from them: the first finding is the first thing to mend. */
import { cannotOverfit, shuffledLabels, stillUnits, validationGap } from "./course.ts";
import { constantColumn, leakedLabel, sharedRows } from "./data.ts";
import type { Evidence } from "./evidence.ts";
import type { Diagnosis, Finding } from "./finding.ts";
import { unscaledInputs, unscaledTargets } from "./inputs.ts";
import { doubleSoftmax, wrongGradient } from "./model.ts";
import { rateTooHigh, rateTooLow, updateRatio } from "./rate.ts";
import { deadAtStart, equalWeights, explodingDepth, lossAtStart, saturatedAtStart, vanishingDepth, zeroWeights } from "./start.ts";

export const diagnoses: readonly Diagnosis[] = [
  // The data: nothing that is measured on them is worth anything before.
  leakedLabel,
  sharedRows,
  unscaledInputs,
  unscaledTargets,
  // The model, and how it starts.
  zeroWeights,
  equalWeights,
  explodingDepth,
  wrongGradient,
  doubleSoftmax,
  saturatedAtStart,
  deadAtStart,
  lossAtStart,
  // The training.
  rateTooHigh,
  vanishingDepth,
  stillUnits,
  shuffledLabels,
  rateTooLow,
  cannotOverfit,
  updateRatio,
  validationGap,
  // Good to know.
  constantColumn,
];

/**
 * The findings of the diagnoses that can be told at these moments, without those that follow from one before them or from
 * what was `found` already.
 */
export const diagnose = (evidence: Evidence, moments: readonly Diagnosis["when"][], found: readonly Finding[] = []): readonly Finding[] => {
  const given = new Set(found.map(({ code }) => code));
  const explained = new Set(given);
  const findings: Finding[] = [];
  const isTold = ({ codes }: Diagnosis): boolean => codes.some((code) => given.has(code));
  for (const diagnosis of diagnoses) if (isTold(diagnosis)) for (const code of diagnosis.explains) explained.add(code);
  for (const { when, codes, find, explains } of diagnoses) {
    if (!moments.includes(when) || codes.every((code) => explained.has(code))) continue;
    const news = find(evidence).filter(({ code }) => !explained.has(code));
    if (news.length === 0) continue;
    findings.push(...news);
    for (const code of [...explains, ...news.map((one) => one.code)]) explained.add(code);
  }
  return findings;
};
