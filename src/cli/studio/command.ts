/** `chainrule studio`: the pages of the studio in a browser, from this machine to this machine. */
import { type Context, defineCommand, type ExitCode } from "../command.ts";
import { noteEnding } from "../interrupt.ts";
import { flag, whole } from "../option.ts";
import { jsonLine } from "../output.ts";
import { openBrowser, openerFor } from "./open.ts";
import { startStudio } from "./server.ts";
import { readSite, studioFolder } from "./site.ts";

const options = {
  port: whole({ least: 1, most: 65_535, help: "the port to listen on", standard: "a free one" }),
  "no-open": flag("open no browser: the address is printed either way"),
};

export const studioCommand = defineCommand({
  usage: "[options]",
  about: [
    "Prints the address of the pages, alone on one line, when they can be opened, and opens the browser unless there is " +
      "no display. Runs until Ctrl-C. Nothing leaves this machine, and no other machine can reach it.",
  ],
  options,
  examples: [
    { command: "chainrule studio", says: "the circuits of the course, and one of your own" },
    { command: "chainrule studio --no-open --port 4000", says: "on a port that you choose, for a browser that you open yourself" },
  ],
  run: async ({ values }, context): Promise<ExitCode> => {
    const site = readSite(studioFolder());
    const ending = noteEnding();
    try {
      const studio = await startStudio(site, undefined, values.port ?? 0);
      context.io.out.write(values.json ? jsonLine({ schema: 1, address: studio.address }) : `${studio.address}\n`);
      if (!values["no-open"]) open(studio.once, context);
      context.say("Ctrl-C ends it.");
      await ending.asked;
      studio.close();
      return 0;
    } finally {
      ending.release();
    }
  },
});

const open = (address: string, { io, say }: Context): void => {
  const opener = openerFor(process.platform, io.env);
  if (opener === undefined) say("There is no display here: open the address in a browser of yours.");
  else openBrowser(address, opener, () => say("The browser could not be opened: open the address yourself."));
};
