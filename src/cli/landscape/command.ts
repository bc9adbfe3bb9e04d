/** `chainrule landscape`: what the loss of a trained run looks like around it. */
import { Diagnostic } from "../../ir/diagnostic.ts";
import { type Context, defineCommand } from "../command.ts";
import { badValue, flag, optionalFile, type Option, whole } from "../option.ts";
import { deliver, jsonText } from "../output.ts";
import { createProgress } from "../progress.ts";
import { planeView, type PlaneKind } from "./plane.ts";
import { rayView, type RayKind } from "./ray.ts";
import { isWhole, readSubject, type Subject } from "./subject.ts";
import { tellOn, type Tell, type View } from "./view.ts";
import { stepsView, strategiesView } from "./ways.ts";

const kinds = ["path", "random"] as const;
const isKind = (value: string): value is PlaneKind => kinds.some((kind) => kind === value);

const rayOption: Option<RayKind> = {
  takes: "optional",
  placeholder: "path|random|[0].w[3,1]",
  help: "the loss along a line: from the start of training to its end, along a random direction, or along one weight; with its kinks",
  standard: "path",
  claims: isKind,
  read: (value, name) => {
    if (value === "") return "path";
    if (isKind(value)) return value;
    const [, tensor, index] = /^(.+)\[([\d,\s]*)\]$/.exec(value) ?? [];
    if (tensor === undefined) throw badValue(name, "path, random or one weight such as [0].w[3,1]", value);
    return { tensor, index: index!.trim() === "" ? [] : index!.split(",").map(Number) };
  },
};

const planeOption: Option<PlaneKind> = {
  takes: "optional",
  placeholder: kinds.join("|"),
  help: "the loss over a plane: that of the optimiser's path (the run is trained again for it), or a random one",
  standard: "path",
  claims: isKind,
  read: (value, name) => {
    if (value === "") return "path";
    if (!isKind(value)) throw badValue(name, "path or random", value);
    return value;
  },
};

/** Points where nothing else is asked for: along a ray, along each side of a plane, looks of each strategy. */
const standardPoints = { ray: 61, plane: 25, strategies: 200 };
const standardRows = 200;

const options = {
  ray: rayOption,
  plane: planeOption,
  steps: flag("the loss after one step from the start, for steps from 1e-10 up: too short, best, too long"),
  strategies: flag("random search, random local search and gradient descent with equally many looks at the loss"),
  points: whole({
    least: 2,
    most: 10_000,
    help: "points along a ray and along each side of a plane, and looks at the loss of each strategy",
    standard: `${standardPoints.ray}, ${standardPoints.plane} and ${standardPoints.strategies}`,
  }),
  rows: whole({ least: 1, help: "training rows that the loss is computed on: few are fast, and have few kinks", standard: String(standardRows) }),
  seed: whole({ least: 0, help: "decides random directions and random steps", standard: "0" }),
  svg: optionalFile([".svg"], { help: "draw one of them, the plane by default, to a file or to standard output" }),
};

export const landscapeCommand = defineCommand({
  usage: "<run> [options]",
  about: [
    "<run> is a folder that chainrule train made. Without --ray, --plane, --steps or --strategies the first two are shown.",
    "The loss is that which was trained, penalty and all but dropout, on some of the training rows. Nothing in the folder is changed.",
  ],
  options,
  examples: [
    { command: "chainrule landscape runs/spiral-1", says: "the loss from start to end, and over the plane of the optimiser's path" },
    { command: "chainrule landscape runs/spiral-1 --plane random --svg plane.svg", says: "a random plane as a picture" },
    { command: 'chainrule landscape runs/spiral-1 --ray="[0].w[0,3]" --rows 5', says: "along one weight, with few rows and so with few kinks, each located" },
    { command: "chainrule landscape runs/spiral-1 --steps --strategies", says: "how long a step should be, and what the gradient is worth" },
  ],
  computes: true,
  run: async ({ values, rest }, context) => {
    const [run, ...more] = rest;
    if (run === undefined) throw new Diagnostic("no-run", "chainrule landscape needs a run.", { help: "give the folder that chainrule train said, as in chainrule landscape runs/digits-1" });
    if (more.length > 0) throw new Diagnostic("needless-argument", `chainrule landscape takes one run, so "${more[0]}" is one too many.`);
    const asked = wanted(values);
    if (values.svg !== undefined && asked.length > 1) {
      throw new Diagnostic("which-view", `An image holds one drawing, and --svg was given with ${asked.map((view) => `--${view}`).join(" and ")}.`, { help: `leave all but one out, as in --${asked[0]} --svg` });
    }
    const { io } = context;
    const progress = createProgress(values.json || values.quiet ? undefined : io.err);
    const subject = await readSubject(run, values.rows ?? standardRows, context);
    if (!isWhole(subject)) context.warn("unfinished-run", `${run} is not finished: it is shown as it stands after step ${subject.position.step}.`);
    const tell = tellOn(progress);
    const views: [Name, View][] = [];
    for (const name of asked) views.push([name, await makers[name](subject, values, tell, context)]);
    progress.end();
    if (values.svg !== undefined) await deliver(views[0]![1].svg(), values.svg, context);
    else if (values.json) io.out.write(jsonText({ schema: 1, run, data: subject.plan.data.name, rows: subject.rows, ...Object.fromEntries(views.map(([name, { json }]) => [name, json])) }));
    else io.out.write(`${views.map(([, view]) => view.text()).join("\n\n\n")}\n`);
    return 0;
  },
});

interface Given {
  readonly ray: RayKind | undefined;
  readonly plane: PlaneKind | undefined;
  readonly steps: true | undefined;
  readonly strategies: true | undefined;
  readonly points: number | undefined;
  readonly seed: number | undefined;
  readonly svg: string | undefined;
}

const names = ["ray", "plane", "steps", "strategies"] as const;
type Name = (typeof names)[number];

const wanted = (given: Given): readonly Name[] => {
  const asked = names.filter((name) => given[name] !== undefined);
  if (asked.length > 0) return asked;
  return given.svg === undefined ? ["ray", "plane"] : ["plane"];
};

const makers: Readonly<Record<Name, (subject: Subject, given: Given, tell: Tell, context: Context) => View | Promise<View>>> = {
  ray: (subject, { ray = "path", points = standardPoints.ray, seed = 0 }, tell) => rayView(subject, ray, points, seed, tell),
  plane: (subject, { plane = "path", points = standardPoints.plane, seed = 0 }, tell, context) => planeView(subject, plane, points, seed, tell, context),
  steps: (subject) => stepsView(subject),
  strategies: (subject, { points = standardPoints.strategies, seed = 0 }, tell) => strategiesView(subject, points, seed, tell),
};
