/** Mistakes in the model itself: what its scores are, and where its gradient is not that of the loss. */
import type { Diagnosis } from "./finding.ts";
import { about, listed } from "./words.ts";

/** Probabilities where the loss wants scores: softmax is applied twice. */
export const doubleSoftmax: Diagnosis = {
  when: "before",
  codes: ["double-softmax"],
  explains: ["learning-rate-too-low", "update-ratio", "cannot-overfit", "vanishing-gradients", "loss-at-start"],
  find: ({ start, comparesProbabilities }) => {
    if (!comparesProbabilities) return [];
    return [{
      code: "double-softmax",
      says: `The scores are probabilities already: none is negative and every row adds up to 1. The loss takes raw scores and applies a softmax or margins itself: of numbers from 0 to 1 it cannot get near 0 (it starts at ${about(start.loss)}), and gradients are small.`,
      try: "leave out the softmax at the end of the model; apply it to the scores only where you want to read probabilities",
    }];
  },
};

const isBias = (path: string): boolean => /(^|\.)b(ias(es)?)?\d*$/.test(path);

/** Parameters that matter to the loss and get no gradient, or a wrong one. */
export const wrongGradient: Diagnosis = {
  when: "before",
  codes: ["no-bias-gradient", "no-gradient", "wrong-gradient"],
  explains: ["learning-rate-too-high", "learning-rate-too-low", "update-ratio", "cannot-overfit", "vanishing-gradients"],
  find: ({ wrongGradients }) => {
    const missing = wrongGradients.filter((one) => one.missing);
    const wrong = wrongGradients.filter((one) => !one.missing);
    const biases = missing.every(({ path }) => isBias(path));
    const one = missing.length === 1;
    const names = listed(missing.map(({ path }) => path));
    const which = biases ? `The ${one ? "bias" : "biases"} ${names}` : names;
    return [
      ...(missing.length === 0 ? [] : [{
        code: biases ? "no-bias-gradient" : "no-gradient",
        says:
          `${which} ${one ? "gets" : "get"} no gradient: it is exactly 0, and yet the loss changes when ${one ? "it is" : "they are"} moved ` +
          `(slope ${about(missing[0]!.numeric)}). ${one ? "It stays what it was" : "They stay what they were"} at the start.`,
        try: "look for stopGradient, or for numbers read out with dataSync() or itemSync() and put back in, on the way from there to the loss",
      }]),
      ...(wrong.length === 0 ? [] : [{
        code: "wrong-gradient",
        says: `The gradient of ${listed(wrong.map(({ path }) => path))} is not the slope of the loss: it says ${about(wrong[0]!.analytic)} where the loss changes by ${about(wrong[0]!.numeric)}.`,
        try: "look for stopGradient on a part of the way to the loss; of gradients written by hand, checkGradients(loss, [model]) names the wrong one",
      }]),
    ];
  },
};
