/** How the weights were drawn: what the model is before the first step decides whether it can learn. */
import { counted } from "../../data/words.ts";
import type { LayerLook, ParameterLook } from "../look.ts";
import { deadUnits, rms, saturatedShare } from "../look.ts";
import type { Evidence } from "./evidence.ts";
import { works } from "./evidence.ts";
import type { Diagnosis } from "./finding.ts";
import { about, listed, percent, timesText } from "./words.ts";

const course = [
  "learning-rate-too-high", "learning-rate-too-low", "update-ratio", "cannot-overfit", "labels-shuffled", "validation-gap", "vanishing-gradients",
] as const;

const isWeight = ({ shape }: ParameterLook): boolean => shape.length >= 2;
const allZero = (values: ArrayLike<number>): boolean => Array.from(values).every((v) => v === 0);
const random = "start the weights with random numbers, normal with deviation sqrt(2 / inputs) (that is what linear(key, inputs, outputs) does); only biases start at 0";

/** Weights that are all 0, so that no gradient passes them. A linear classifier may start so: each of its weights has a gradient. */
export const zeroWeights: Diagnosis = {
  when: "before",
  codes: ["all-zero-initialisation"],
  explains: [...course, "equal-weights", "dead-units", "loss-at-start"],
  find: ({ start }) => {
    const weights = start.parameters.filter(isWeight);
    const zero = weights.filter(({ values }) => allZero(values));
    const still = weights.filter(({ gradient }) => allZero(gradient));
    if (zero.length === 0 || still.length === 0) return [];
    const all = zero.length === weights.length;
    const which = all ? "All weights are" : `All weights of ${listed(zero.map(({ path }) => path))} are`;
    return [{
      code: "all-zero-initialisation",
      says: `${which} 0 at the start, so the gradient of ${listed(still.map(({ path }) => path))} is exactly 0: ${all ? "the units are all alike, and stay so" : "nothing flows back through zeros"}.`,
      try: random,
    }];
  },
};

/** Whether all slices along an axis of a [rows, columns] matrix are the same numbers. */
const slicesEqual = (values: ArrayLike<number>, [rows, columns]: readonly [number, number], axis: 0 | 1): boolean => {
  if ((axis === 0 ? rows : columns) < 2) return false;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const first = values[axis === 0 ? j : i * columns]!;
      if (Math.abs(values[i * columns + j]! - first) > 1e-12 * Math.abs(first)) return false;
    }
  }
  return true;
};

const symmetric = ({ shape, values, gradient }: ParameterLook): boolean => {
  if (shape.length !== 2 || allZero(values)) return false;
  const size = shape as readonly [number, number];
  return ([0, 1] as const).some((axis) => slicesEqual(values, size, axis) && slicesEqual(gradient, size, axis) && !allZero(gradient));
};

/** Units that start alike and have one gradient: they stay one unit for ever. */
export const equalWeights: Diagnosis = {
  when: "before",
  codes: ["equal-weights"],
  explains: [...course, "dead-units", "loss-at-start", "saturated-units"],
  find: ({ start }) => {
    const alike = start.parameters.filter(symmetric);
    if (alike.length === 0) return [];
    return [{
      code: "equal-weights",
      says: `All units of ${listed(alike.map(({ path }) => path))} start with the same weights and have the same gradients, so they stay one unit, however many there are.`,
      try: random,
    }];
  },
};

const inLayers = (layers: readonly LayerLook[], text: (layer: LayerLook) => string): string => listed(layers.map((layer) => `${text(layer)} in layer ${layer.name}`));

/** Half of the units, and more than chance kills in a narrow layer; or all of them. */
const mostlyDead = (layer: LayerLook, bad: boolean): boolean => {
  const dead = deadUnits(layer);
  return dead === layer.units || (dead >= layer.units / 2 && dead >= 8) || (dead >= 0.75 * layer.units && dead >= 4) || (bad && dead >= layer.units / 2 && dead >= 4);
};

/** Relus that give 0 for every row, before the first step. */
export const deadAtStart: Diagnosis = {
  when: "before",
  codes: ["dead-units"],
  explains: [...course, "dead-units", "saturated-units", "loss-at-start"],
  find: (evidence) => {
    const bad = evidence.epochs.length > 1 && !works(evidence);
    const dead = evidence.start.layers.filter((layer) => mostlyDead(layer, bad));
    if (dead.length === 0) return [];
    return [{
      code: "dead-units",
      says: `Dead units before the first step: ${inLayers(dead, (layer) => `${deadUnits(layer)} of ${layer.units}`)} give 0 for every row, so no gradient passes them and they cannot learn.`,
      try: "start the biases at 0 and the weights with deviation sqrt(2 / inputs); or use leaky-relu, which is never flat",
    }];
  },
};

/** Tanh or sigmoid units at their ends, before the first step. Well-drawn weights put hardly any there. */
export const saturatedAtStart: Diagnosis = {
  when: "before",
  codes: ["saturated-units"],
  explains: [...course, "loss-at-start", "saturated-units", "exploding-gradients"],
  find: ({ start }) => {
    const saturated = start.layers.filter((layer) => saturatedShare(layer) >= 0.15);
    if (saturated.length === 0) return [];
    return [{
      code: "saturated-units",
      says: `Saturated units before the first step: ${inLayers(saturated, (layer) => `${percent(saturatedShare(layer))} of the outputs`)} are so near the end of the activation that hardly any gradient passes.`,
      try: "start with smaller weights, deviation sqrt(2 / (inputs + outputs)) (Xavier), and look whether the inputs are scaled",
    }];
  },
};

/** How many times larger the gradient is at some hidden layer than at the last. */
const growth = ({ start: { layers } }: Evidence): number => Math.max(...layers.map(({ gradient }) => rms(gradient))) / rms(layers.at(-1)?.gradient ?? []);

/**
 * Tanh and sigmoid keep signals small, and flat ends stop gradients: with large weights a few such layers are saturated
 * first of all. Many of them are chaotic, and pass gradients that grow here and there.
 */
const explodes = (evidence: Evidence): boolean => {
  const { layers } = evidence.start;
  if (!layers.every(({ flat }) => flat === "both ends")) return growth(evidence) > 100;
  const saturated = layers.filter((layer) => saturatedShare(layer) > 0.15).length;
  return layers.length >= 8 && growth(evidence) > (saturated > layers.length / 2 ? 5 : 50);
};

/** Signals or gradients that grow from layer to layer. */
export const explodingDepth: Diagnosis = {
  when: "before",
  codes: ["exploding-gradients"],
  explains: [...course, "wrong-gradient", "saturated-units", "dead-units", "loss-at-start"],
  find: (evidence) => {
    const { layers } = evidence.start;
    if (layers.length < 2 || !explodes(evidence)) return [];
    const [first, last] = [layers[0]!, layers.at(-1)!];
    const signals = rms(last.activations) / rms(first.activations);
    const grown = growth(evidence);
    const said = [
      ...(signals > 10 ? [`what the layers give grows ${timesText(signals)} from the first to the last`] : []),
      `the gradient grows ${timesText(grown)} on its way back from the last`,
    ];
    return [{
      code: "exploding-gradients",
      says: `Gradients explode with depth: through ${counted(layers.length, "hidden layer")} ${said.join(", and ")}. No learning rate suits all layers.`,
      try: "start with smaller weights, deviation sqrt(2 / inputs) for relu and sqrt(2 / (inputs + outputs)) for tanh; or use fewer layers",
    }];
  },
};

/** What reaches the first hidden layer of what the last one gets. */
const shareThatArrives = ({ start: { layers } }: Evidence): number => (layers.length < 2 ? 1 : rms(layers[0]!.gradient) / rms(layers.at(-1)!.gradient));

/** Gradients that do not reach the first layers. */
export const vanishingDepth: Diagnosis = {
  when: "before",
  codes: ["vanishing-gradients"],
  explains: ["learning-rate-too-low", "update-ratio", "cannot-overfit", "labels-shuffled"],
  find: (evidence) => {
    const shrunk = shareThatArrives(evidence);
    const bad = evidence.epochs.length > 1 && !works(evidence);
    if (!(shrunk > 0 && shrunk < (bad ? 1e-3 : 1e-6))) return [];
    const { layers } = evidence.start;
    return [{
      code: "vanishing-gradients",
      says: `Gradients vanish with depth: through ${counted(layers.length, "hidden layer")} the gradient shrinks to ${about(shrunk)} of its size on its way back to ${layers[0]!.name}, so the first layers hardly learn.`,
      try: "use relu with weights of deviation sqrt(2 / inputs), or fewer layers",
    }];
  },
};

/** A first loss that says the model is sure of something before it has seen anything. */
export const lossAtStart: Diagnosis = {
  when: "before",
  codes: ["loss-at-start"],
  explains: ["learning-rate-too-high", "validation-gap"],
  find: ({ start, chanceLoss, kind, data }) => {
    const bound = kind === "class" ? 10 : 30;
    if (!(start.loss > bound * chanceLoss)) return [];
    const { label } = data.schema;
    const know = label.kind === "class" ? `a model that knows nothing of ${counted(label.classes.length, "class", "classes")} has ${about(chanceLoss)}` : `always answering 0 has ${about(chanceLoss)}`;
    return [{
      code: "loss-at-start",
      says: `The loss before the first step is ${about(start.loss)}, and ${know}: the starting weights are so large that the model is sure of wrong answers.`,
      try: "start with smaller weights, deviation sqrt(2 / inputs), and biases 0",
    }];
  },
};
