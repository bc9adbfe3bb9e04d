/** The classifier in words, for those who do not see it. */
import { shower } from "../../explain/numbers.ts";
import type { Measured } from "./classifier.ts";
import type { ClassifierState, LossName, Point } from "./state.ts";

export const show = shower(2);

/** What the shapes of the classes are called: they differ by more than colour. */
export const shapeWords = ["circle", "triangle", "square"] as const;

export const lossWords: Readonly<Record<LossName, string>> = {
  svm: "SVM, Weston and Watkins",
  "one-vs-all": "SVM, one vs all",
  structured: "SVM, structured",
  softmax: "Softmax",
};

/** The loss of one example, as the notes write it: s are its scores, y its class. Every other part is an index. */
export const lossFormulas: Readonly<Record<LossName, readonly string[]>> = {
  svm: ["Σ", "j≠y", " max(0, s", "j", " − s", "y", " + 1)"],
  "one-vs-all": ["max(0, 1 − s", "y", ") + Σ", "j≠y", " max(0, 1 + s", "j", ")"],
  structured: ["max(0, max", "j≠y", " s", "j", " − s", "y", " + 1)"],
  softmax: ["−ln(exp s", "y", " / Σ", "j", " exp s", "j", ")"],
};

/** `Point 3, triangle of class 1, at -0.40, 0.30, wrong: class 2 scores highest`. */
export const pointWords = (i: number, { x, y, label }: Point, predicted: number): string =>
  `Point ${i + 1}, ${shapeWords[label]} of class ${label}, at ${show(x)}, ${show(y)}, ${predicted === label ? "right" : `wrong: class ${predicted} scores highest`}`;

/** How many points are on their own side. */
export const verdictWords = ({ points }: ClassifierState, { wrong }: Measured): string => {
  if (points.length === 0) return "There is no point.";
  if (wrong === 0) return points.length === 1 ? "The point is right." : `All ${points.length} points are right.`;
  return `${wrong} of ${points.length} ${points.length === 1 ? "point is" : "points are"} wrong.`;
};

/** What an update does to W where the data is content. */
export const forgettingWords = (kept: number): string => {
  if (kept === 1) return "Without data gradient W stays as it is.";
  const factor = `Without data gradient every update multiplies W by ${Number(kept.toPrecision(4))}`;
  if (Math.abs(kept) < 1) return `${factor}: W is slowly forgotten.`;
  return Math.abs(kept) === 1 ? `${factor}: it only turns over.` : `${factor}: W grows without end, the step is too large.`;
};
