/** `chainrule studio`: the pages of the studio in a browser, from this machine to this machine. */
import { Diagnostic } from "../../ir/diagnostic.ts";
import { programOptions } from "../circuit.ts";
import { type Context, defineCommand, type ExitCode } from "../command.ts";
import { isFolder, lookUp, missingFile } from "../files.ts";
import { noteEnding } from "../interrupt.ts";
import type { Io } from "../io.ts";
import { flag, type Values, whole } from "../option.ts";
import { jsonLine } from "../output.ts";
import { readGiven } from "../program.ts";
import { LiveModel } from "./live-model.ts";
import { modelRoutes } from "./model-routes.ts";
import { openBrowser, openerFor } from "./open.ts";
import { startStudio } from "./server.ts";
import { readSite, studioFolder } from "./site.ts";

const options = {
  ...programOptions,
  port: whole({ least: 1, most: 65_535, help: "the port to listen on", standard: "a free one" }),
  "no-open": flag("open no browser: the address is printed either way"),
};

export const studioCommand = defineCommand({
  usage: "[file [name=value ...]] [options]",
  about: [
    "Prints the address of the pages, alone on one line, when they can be opened, and opens the browser unless there is " +
      "no display. Runs until Ctrl-C. Nothing leaves this machine, and no other machine can reach it.",
    "<file> is what chainrule explain takes as a file: a TypeScript or JavaScript file that exports a function, or a " +
      "program. It is read here, where the command was started, and again whenever it changes; while it has a mistake, the " +
      "page shows what is wrong beside the last version that had none. The address then carries a token, without which " +
      "nothing of the file is sent; it is valid until the command ends.",
  ],
  options,
  examples: [
    { command: "chainrule studio", says: "the circuits of the course, and one of your own" },
    { command: "chainrule studio model.ts --function f x=-2 y=5 z=-4", says: "a function of a TypeScript file, as you edit it" },
    { command: "chainrule studio --no-open --port 4000", says: "on a port that you choose, for a browser that you open yourself" },
  ],
  run: async ({ values, rest }, context): Promise<ExitCode> => {
    const { io } = context;
    const site = readSite(studioFolder());
    const model = await modelOf(rest, values, io);
    // From here on a signal ends it in good order, also while a file is read that never comes to an end.
    const ending = noteEnding();
    let [over, close] = [false, (): void => {}];
    const start = async (): Promise<void> => {
      await model?.open();
      const studio = await startStudio(site, model && modelRoutes(model, io), values.port ?? 0);
      if (over) return studio.close();
      close = studio.close;
      io.out.write(values.json ? jsonLine({ schema: 1, address: studio.address }) : `${studio.address}\n`);
      if (!values["no-open"]) open(studio.once, context);
      context.say("Ctrl-C ends it.");
    };
    try {
      await Promise.race([start().then(() => ending.asked), ending.asked]);
      return 0;
    } finally {
      over = true;
      ending.release();
      close();
      model?.close();
    }
  },
});

/** @throws Diagnostic if there is no such file, and those of reading inputs */
const modelOf = async (rest: readonly string[], { inputs, function: wanted }: Values<typeof options>, io: Io): Promise<LiveModel | undefined> => {
  const [file, ...assignments] = rest;
  if (file === undefined) {
    const needless = inputs === undefined ? (wanted === undefined ? undefined : "--function") : "--inputs";
    if (needless === undefined) return undefined;
    throw new Diagnostic("no-program", `The option ${needless} needs a file that it is meant for.`, { help: `for example: chainrule studio model.ts ${needless === "--inputs" ? "--inputs in.json" : "--function f"} x=1` });
  }
  const found = lookUp(file, io);
  if (found === undefined) throw missingFile(file, io).with({ help: "an expression is typed into the page itself, or into a file" });
  if (found.isDirectory()) throw isFolder(file);
  const { here } = await import("./tracer.ts");
  return new LiveModel(here, { folder: io.folder, file, function: wanted, inputs: await readGiven(inputs, assignments, io) }, io);
};

const open = (address: string, { io, say }: Context): void => {
  const opener = openerFor(process.platform, io.env);
  if (opener === undefined) say("There is no display here: open the address in a browser of yours.");
  else openBrowser(address, opener, () => say("The browser could not be opened: open the address yourself."));
};
