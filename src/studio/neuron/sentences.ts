/** What is measured of an activation, in sentences. */
import { shower } from "../../explain/numbers.ts";
import { grid, type Measured } from "./population.ts";

export const show = shower(undefined);

export const percent = (share: number): string => `${show(100 * share)}%`;

const [first, last] = [grid[0]!, grid.at(-1)!];

const stretchText = ([from, to]: Measured["saturated"][number]): string =>
  from === first && to === last ? "everywhere" : from === first ? `up to z = ${show(to)}` : to === last ? `from z = ${show(from)} on` : from === to ? `at z = ${show(from)}` : `from z = ${show(from)} to ${show(to)}`;

const listed = (texts: readonly string[]): string => (texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)!}`);

/** Outputs are centred where their mean is nearer to 0 than this share of their usual size. */
const centredShare = 0.05;

export type Centre = "centred" | "one sign" | "off centre";

export const centreOf = ({ meanOutput, sizeOutput, least, most }: Measured["population"]): Centre =>
  least >= 0 || most <= 0 ? "one sign" : Math.abs(meanOutput) <= centredShare * sizeOutput ? "centred" : "off centre";

/** The word for the table; the number stands beside it. */
export const centreWords: Readonly<Record<Centre, string>> = { centred: "centred on 0", "one sign": "of one sign", "off centre": "not centred on 0" };

const centreSentence: Readonly<Record<Centre, string>> = {
  centred: "they are centred on 0.",
  "one sign": "all of one sign. The weights of a neuron that reads only these get gradients of one sign too, all up or all down together.",
  "off centre": "of both signs, but not centred on 0.",
};

export const probeSentence = ({ name, probe: { z, value, slope, saturated }, steepest }: Measured): string =>
  `At z = ${show(z)} ${name} gives ${show(value)}. Its slope there is ${show(slope)}${steepest > 0 ? `, ${percent(Math.abs(slope) / steepest)} of its largest` : ""}: ${saturated ? (slope === 0 ? "no gradient passes." : "saturated.") : "a gradient passes."}`;

export const saturationSentence = ({ name, saturated, steepest }: Measured, share: number): string =>
  `Looked at from z = ${first} to ${last}, the slope of ${name} is at most ${show(steepest)}. ${
    saturated.length === 0 ? `Nowhere is it as small as ${percent(share)} of that` : `It is ${percent(share)} of that or less ${listed(saturated.map(stretchText))}`
  }.`;

export const populationSentences = ({ population }: Measured): readonly string[] => {
  const { saturated, still, least, most, meanOutput, inputs } = population;
  return [
    `Of ${inputs.length} inputs ${percent(saturated)} are saturated${still > 0 ? `; through ${percent(still)} no gradient passes at all` : ", and some gradient passes through each"}.`,
    `Their outputs run from ${show(least)} to ${show(most)} with a mean of ${show(meanOutput)}: ${centreSentence[centreOf(population)]}`,
  ];
};

/** All of it, for the description of a drawing. */
export const sentencesOf = (measured: Measured, share: number): readonly string[] => [probeSentence(measured), saturationSentence(measured, share), ...populationSentences(measured)];
