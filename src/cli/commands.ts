/** The commands, and how to load each: nothing of a command is read before it is the one that is asked for. */
import type { Command } from "./command.ts";

export interface Listed {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

export const commands: readonly Listed[] = [
  {
    name: "explain",
    summary: "show a circuit with the value and gradient of every wire, and the arithmetic behind each",
    load: async () => (await import("./explain.ts")).explainCommand,
  },
  {
    name: "check",
    summary: "compare exact gradients with numerical ones, and say what the difference means",
    load: async () => (await import("./check.ts")).checkCommand,
  },
  {
    name: "train",
    summary: "train a model on data, keep the run, show how well it does, and say what is wrong with it",
    load: async () => (await import("./train.ts")).trainCommand,
  },
  {
    name: "predict",
    summary: "say what a trained run makes of new rows",
    load: async () => (await import("./predict.ts")).predictCommand,
  },
  {
    name: "test",
    summary: "say how well a trained run does on rows whose labels are known",
    load: async () => (await import("./test.ts")).testCommand,
  },
  {
    name: "export",
    summary: "write a trained run as one JavaScript module that needs nothing else",
    load: async () => (await import("./export.ts")).exportCommand,
  },
  {
    name: "search",
    summary: "try many settings side by side, and say which do best on the validation rows",
    load: async () => (await import("./search/command.ts")).searchCommand,
  },
  {
    name: "landscape",
    summary: "draw the loss around a trained run: along rays, over planes, with the path of training",
    load: async () => (await import("./landscape/command.ts")).landscapeCommand,
  },
  {
    name: "studio",
    summary: "see and step through circuits in the browser, from a server on this machine alone",
    load: async () => (await import("./studio/command.ts")).studioCommand,
  },
  {
    name: "profile",
    summary: "show where the time of a training goes, kernel by kernel",
    load: async () => (await import("./profile.ts")).profileCommand,
  },
  {
    name: "ops",
    summary: "list the operations, or tell everything about one",
    load: async () => (await import("./ops.ts")).opsCommand,
  },
  {
    name: "info",
    summary: "say what the engine uses on this machine, why, and how fast the machine is",
    load: async () => (await import("./info.ts")).infoCommand,
  },
];
