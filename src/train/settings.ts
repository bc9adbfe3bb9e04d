/** What can be chosen about a training, with its limits: plain data, kept with the run. */
import type { Schema } from "../data/schema.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import { adagrad, adam, adamW, momentum, nesterov, rmsprop, sgd } from "../optim/index.ts";
import { cosine, exponentialDecay, oneOverT, rateAt, stepDecay, warmUp, type LearningRate } from "../optim/schedules.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { tensor } from "../trace/tensor.ts";
import { activations, type ActivationName } from "./activations.ts";
import type { Floats } from "./floats.ts";

export interface Settings {
  /**
   * softmax and svm are linear classifiers; mlp has hidden layers, and a softmax or, for numbers, the squared error; cnn is
   * an mlp behind two convolutions of images; file is a model and a loss of the user's own.
   */
  readonly model: "softmax" | "svm" | "mlp" | "cnn" | "file";
  /** Units of each hidden layer. */
  readonly hidden: readonly number[];
  readonly activation: ActivationName;
  /** Passes through the training rows. */
  readonly epochs: number;
  /** Rows a step. */
  readonly batch: number;
  readonly lr: number;
  readonly optimizer: OptimizerName;
  /** Share of the last step that momentum and nesterov keep. */
  readonly momentum: number;
  readonly schedule: ScheduleName;
  /** lambda of 0.5 * lambda * (sum of squared weights). */
  readonly l2: number;
  /** Share of hidden units that are dropped in a step. */
  readonly dropout: number;
  /** Decides the starting weights, the order of the rows and what is dropped; not the split. */
  readonly seed: number;
  /** What weights, and the numbers of a step, are. A model of one's own decides that itself. */
  readonly dtype: Floats;
}

/** By the word that settings use. */
export const optimizers = {
  sgd: ({ lr }) => sgd({ lr }),
  momentum: ({ lr, mu }) => momentum({ lr, mu }),
  nesterov: ({ lr, mu }) => nesterov({ lr, mu }),
  adagrad: ({ lr }) => adagrad({ lr }),
  rmsprop: ({ lr }) => rmsprop({ lr }),
  adam: ({ lr }) => adam({ lr }),
  adamw: ({ lr }) => adamW({ lr }),
} as const satisfies Readonly<Record<string, (options: { lr: LearningRate; mu: number }) => Optimizer>>;

export type OptimizerName = keyof typeof optimizers;

/** Learning rates over a training of so many steps, by the word that settings use. */
export const schedules = {
  constant: (lr) => lr,
  /** Half after each quarter of the steps. */
  step: (lr, steps) => stepDecay({ lr, every: Math.max(1, Math.ceil(steps / 4)) }),
  /** Down to a hundredth at the end. */
  exponential: (lr, steps) => exponentialDecay({ lr, decay: Math.log(100) / Math.max(1, steps) }),
  /** Down to a tenth at the end. */
  "1-over-t": (lr, steps) => oneOverT({ lr, decay: 9 / Math.max(1, steps) }),
  /** Half a wave, down to 0 at the end. */
  cosine: (lr, steps) => cosine({ lr, steps: Math.max(1, steps) }),
  /** Up during the first twentieth of the steps, then half a wave down to 0. */
  "warm-up": (lr, steps) => warmUp(cosine({ lr, steps: Math.max(1, steps) }), { steps: Math.max(1, Math.ceil(steps / 20)) }),
} as const satisfies Readonly<Record<string, (lr: number, steps: number) => LearningRate>>;

export type ScheduleName = keyof typeof schedules;

/** The optimiser that settings ask for, for a training of so many steps. */
export const optimizerOf = ({ optimizer, schedule, lr, momentum: mu }: Settings, steps: number): Optimizer =>
  optimizers[optimizer]({ lr: schedules[schedule](lr, steps), mu });

/** The learning rate at a step, counted from 0. */
export const lrAt = ({ schedule, lr }: Settings, steps: number, step: number): number => {
  const rate = rateAt(schedules[schedule](lr, steps), tensor(step, { dtype: "float64" }));
  return typeof rate === "number" ? rate : rate.itemSync();
};

const words = (table: object): readonly string[] => Object.keys(table);
const oneOf = (choices: readonly string[]) => [`one of ${choices.join(", ")}`, (v: unknown) => choices.includes(v as string)] as const;
const number = (wanted: string, fits: (v: number) => boolean) => [wanted, (v: unknown) => typeof v === "number" && fits(v)] as const;

/** The models that settings build. */
export const models = ["softmax", "svm", "mlp", "cnn"] as const satisfies readonly Settings["model"][];

/** The types that a training can have. */
export const floats = ["float32", "float64"] as const satisfies readonly Floats[];

/** Whether a model that settings build has hidden layers, and gives probabilities of classes. */
export const hasLayers = (model: Settings["model"]): boolean => model === "mlp" || model === "cnn";

const limits: { readonly [K in keyof Settings]: readonly [wanted: string, fits: (v: unknown) => boolean] } = {
  model: oneOf([...models, "file"]),
  hidden: ["a list of whole numbers, 1 or more", (v) => Array.isArray(v) && v.every((n) => Number.isSafeInteger(n) && n >= 1)],
  activation: oneOf(words(activations)),
  epochs: number("a whole number, 0 or more", (v) => Number.isSafeInteger(v) && v >= 0),
  batch: number("a whole number, 1 or more", (v) => Number.isSafeInteger(v) && v >= 1),
  lr: number("a number above 0", (v) => v > 0 && v < Infinity),
  optimizer: oneOf(words(optimizers)),
  momentum: number("a number from 0 to below 1", (v) => v >= 0 && v < 1),
  schedule: oneOf(words(schedules)),
  l2: number("a number, 0 or more", (v) => v >= 0 && v < Infinity),
  dropout: number("a number from 0 to below 1", (v) => v >= 0 && v < 1),
  seed: number("a whole number from 0 to 2^53 - 1", (v) => Number.isSafeInteger(v) && v >= 0),
  dtype: oneOf(floats),
};

const shown = (value: unknown): string => (typeof value === "number" ? String(value) : JSON.stringify(value) ?? String(value));

/**
 * The settings, if they are whole and make sense.
 * @throws Diagnostic `bad-setting`, `unknown-setting`
 */
export const checkSettings = (settings: Settings): Settings => {
  const given = new Map<string, unknown>(Object.entries(settings));
  for (const name of given.keys()) {
    if (name in limits) continue;
    throw new Diagnostic("unknown-setting", `there is no setting ${name}`, { help: `the settings are ${Object.keys(limits).join(", ")}` });
  }
  for (const [name, [wanted, fits]] of Object.entries(limits)) {
    const value = given.get(name);
    if (!fits(value)) throw new Diagnostic("bad-setting", `${name}: ${shown(value)} is not ${wanted}`, { help: `${name} takes ${wanted}` });
  }
  if (settings.model === "cnn" && settings.activation === "maxout") {
    throw new Diagnostic("bad-setting", "activation: maxout is a layer of its own kind, and stands in no convolution", { help: "take another activation, or the model mlp" });
  }
  if (!hasLayers(settings.model) && settings.hidden.length > 0) {
    const why = settings.model === "file" ? "a model of one's own builds its layers itself" : `the model ${settings.model} is linear and has no hidden layers`;
    throw new Diagnostic("bad-setting", `hidden: ${why}`, { help: "leave hidden out, or take the model mlp" });
  }
  return settings;
};

/** Settings that do well on data nobody knows yet; data sets that are named have recipes of their own. */
const standard: Settings = {
  model: "mlp",
  hidden: [64],
  activation: "relu",
  epochs: 100,
  batch: 32,
  lr: 0.01,
  optimizer: "adam",
  momentum: 0.9,
  schedule: "cosine",
  l2: 1e-3,
  dropout: 0,
  seed: 0,
  dtype: "float32",
};

/** Points in the plane are many for what they show, and must be followed closely. */
const plane: Partial<Settings> = { lr: 0.03, l2: 1e-4 };

/** Where the recipe of a named data set differs; chosen on validation rows alone, by `scripts/recipes.ts`. */
const recipes: Readonly<Record<string, Partial<Settings>>> = {
  spiral: plane,
  xor: plane,
  circles: plane,
  moons: plane,
  gauss: plane,
  iris: { hidden: [16], lr: 0.03 },
  digits: { hidden: [128], epochs: 40, lr: 0.1, optimizer: "momentum", schedule: "constant", l2: 1e-3 },
};

/** Images of one's own are many and large: fewer passes, of larger batches. */
const images: Partial<Settings> = { hidden: [256], epochs: 10, batch: 128, lr: 1e-3, l2: 1e-4 };

/** The settings for a data set where nothing else is asked for; `schema` tells images from tables where the name says nothing. */
export const recipeOf = (name: string, schema?: Schema): Settings => {
  const isImages = schema?.inputs.some(({ kind }) => kind === "pixels") === true;
  return { ...standard, ...(Object.hasOwn(recipes, name) ? recipes[name] : isImages ? images : {}) };
};

/** The recipe with what was chosen; a linear classifier that was asked for by name has no hidden layers. */
export const settingsFor = (name: string, chosen: Partial<Settings> = {}, schema?: Schema): Settings => {
  const linear = chosen.model !== undefined && !hasLayers(chosen.model) ? { hidden: [] } : {};
  return checkSettings({ ...recipeOf(name, schema), ...linear, ...chosen });
};
