/** What is wrong with the data themselves: told before the first step. */
import type { DataSet, Remark } from "../../data/data-set.ts";
import type { Examples } from "../../data/examples.ts";
import { constantColumns, leakingColumns } from "../../data/giveaways.ts";
import { testRowsInTraining } from "../../data/leaks.ts";
import { chanceOfTwins } from "../../data/twins.ts";
import { counted } from "../../data/words.ts";
import type { Diagnosis, Finding } from "./finding.ts";
import { columnText, listed, percent } from "./words.ts";

/** What was noticed when the data were read is not looked for again. */
const noticed = ({ remarks }: DataSet, code: string, advice: string): Finding | undefined => {
  const remark = remarks.find((one: Remark) => one.code === code);
  return remark && { code, says: remark.says, try: remark.help ?? advice };
};

/** Columns depend on each other, so rows agree more often by chance than if they did not. */
const dependence = 10;

/** More twins than chance gives, and enough to be worth a word. */
const tooMany = (train: Examples, rows: Examples, twins: number): boolean => {
  const byChance = Math.min(1, dependence * train.y.length * chanceOfTwins(train)) * rows.y.length;
  return twins > 3 * byChance + (byChance < 0.05 ? 0 : 1) && twins >= 0.02 * rows.y.length;
};

/** Rows that are trained on and then tested on. Rows that repeat because few different ones are possible are no leak. */
export const sharedRows: Diagnosis = {
  when: "before",
  codes: ["test-rows-in-training", "validation-rows-in-training"],
  explains: [],
  find: ({ data }) => {
    const { train, validation, test } = data;
    const [inTest, inValidation] = [testRowsInTraining({ train, test }), testRowsInTraining({ train, test: validation })];
    const [tested, validated] = [tooMany(train, test, inTest), tooMany(train, validation, inValidation)];
    if (!tested && !validated) return [];
    const parts = [...(tested ? [["test", inTest, test.y.length] as const] : []), ...(validated ? [["validation", inValidation, validation.y.length] as const] : [])];
    const says = parts.map(([part, twins, of]) => `${twins} of ${counted(of, `${part} row`)} (${percent(twins / of)})`).join(" and ");
    return [{
      code: `${parts[0]![0]}-rows-in-training`,
      says: `${says} are training rows, too: inputs and label alike. What is measured there is memory, and new rows will do worse.`,
      try: "take out rows that repeat before the rows are split, and let no row be in two parts",
    }];
  },
};

/** A column that is the label in other words. */
export const leakedLabel: Diagnosis = {
  when: "before",
  codes: ["leaked-label"],
  explains: [],
  find: ({ data }) => {
    const advice = "if the column is not known before the label is, take it out";
    const remark = noticed(data, "leaked-label", advice);
    if (remark) return [remark];
    const names = leakingColumns(data.train, data.schema);
    if (names.length === 0) return [];
    const says = `${listed(names.map(columnText))} alone ${names.length === 1 ? "gives" : "give"} the label "${data.schema.label.name}" away in every training row.`;
    return [{ code: "leaked-label", says, try: advice }];
  },
};

/** A column from which nothing can be learned. Does no harm, so it explains nothing. */
export const constantColumn: Diagnosis = {
  when: "before",
  codes: ["constant-column"],
  explains: [],
  find: ({ data }) => {
    const advice = "nothing has to be done; if the column should change, look at where the data come from";
    const remark = noticed(data, "constant-column", advice);
    if (remark) return [remark];
    const names = constantColumns(data.train, data.schema);
    if (names.length === 0) return [];
    const says = `${listed(names.map(columnText))} ${names.length === 1 ? "holds" : "hold"} the same in every training row, so nothing can be learned from ${names.length === 1 ? "it" : "them"}.`;
    return [{ code: "constant-column", says, try: advice }];
  },
};
