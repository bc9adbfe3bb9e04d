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
  wrongGradient,
  doubleSoftmax,
  explodingDepth,
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

/** The findings of all diagnoses that can be told by now, without those that follow from one before. */
export const diagnose = (evidence: Evidence, moments: readonly Diagnosis["when"][]): readonly Finding[] => {
  const explained = new Set<string>();
  const findings: Finding[] = [];
  for (const { when, find, explains } of diagnoses) {
    if (!moments.includes(when)) continue;
    const found = find(evidence).filter(({ code }) => !explained.has(code));
    if (found.length === 0) continue;
    findings.push(...found);
    for (const code of [...explains, ...found.map((one) => one.code)]) explained.add(code);
  }
  return findings;
};
