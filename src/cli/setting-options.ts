/** The settings of a training, and how its data are read, as options of a command. */
import { activations } from "../train/activations.ts";
import { floats, models, optimizers, recipeOf, schedules, type Settings } from "../train/settings.ts";
import { badValue, choice, number, type Option, text, whole } from "./option.ts";

const standard = recipeOf("");

const layers: Option<readonly number[]> = {
  takes: "value",
  placeholder: "64,32",
  help: "units of each hidden layer, such as 64 or 128,32; 0 for none",
  standard: standard.hidden.join(","),
  read: (value, name) => {
    const sizes = value.split(",").map(Number);
    if (value === "0") return [];
    if (!sizes.every((size) => Number.isSafeInteger(size) && size > 0)) throw badValue(name, "whole numbers such as 64 or 128,32", value);
    return sizes;
  },
};

/** The words of a table, in its order. */
const words = <T extends object>(table: T): readonly (keyof T & string)[] => Object.keys(table) as (keyof T & string)[];

/** One of many words, which are listed in the help rather than in the placeholder: that would leave no room for the rest. */
const word = <T extends object>(table: T, help: string, preset: keyof T & string): Option<keyof T & string> =>
  choice(words(table), { placeholder: "name", help: `${help}: ${words(table).join(", ")}`, standard: preset });

/** The settings of a training, each by its own name: how they are read, and what help says of them. */
export const settingOptions = {
  model: choice(models, { help: "softmax and svm are linear classifiers, mlp has hidden layers, cnn convolutions of images before them", standard: standard.model }),
  hidden: layers,
  activation: word(activations, "what stands between layers", standard.activation),
  epochs: whole({ least: 0, help: "passes through the training rows", standard: String(standard.epochs) }),
  batch: whole({ least: 1, help: "rows a step", standard: String(standard.batch) }),
  lr: number({ positive: true, help: "learning rate", standard: String(standard.lr) }),
  optimizer: word(optimizers, "how a step follows from the gradient", standard.optimizer),
  momentum: number({ least: 0, help: "share of the last step that momentum and nesterov keep, below 1", standard: String(standard.momentum) }),
  schedule: word(schedules, "how the learning rate changes over the training", standard.schedule),
  l2: number({ least: 0, help: "lambda of 0.5 lambda (sum of squared weights)", standard: String(standard.l2) }),
  dropout: number({ least: 0, help: "share of hidden units that a step leaves out, below 1", standard: String(standard.dropout) }),
  seed: whole({ least: 0, help: "decides starting weights, the order of rows and dropout, not the split", standard: String(standard.seed) }),
  dtype: choice(floats, { help: "what weights and the numbers of a step are; the gradient check is float64", standard: standard.dtype }),
} satisfies { readonly [K in keyof Settings]: Option<Settings[K]> };

export const settingNames = words(settingOptions);

/** How a table of the user's own is read. */
export const dataOptions = {
  label: text({ placeholder: "name", help: "the column to learn", standard: "the last one" }),
  as: choice(["class", "number"], { help: "learn the label as classes or as a number", standard: "said by its values" }),
  "test-share": number({ least: 0, most: 1, help: "share of the rows kept for the test, and as many to validate", standard: "0.2" }),
};
