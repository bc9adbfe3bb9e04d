/** `chainrule export`: a run as one JavaScript module that needs nothing else. */
import { exportRun } from "../train/export.ts";
import { defineCommand } from "./command.ts";
import { openRun, runArguments } from "./open-run.ts";
import { text } from "./option.ts";
import { deliver, jsonText } from "./output.ts";

export const exportCommand = defineCommand({
  usage: "<run> [options]",
  about: [
    "<run> is the folder that chainrule train wrote. The module has the weights, the forward pass in plain loops, and what " +
      "the cells of a row mean; predict(row) gives what chainrule predict gives. It runs in Node and in any browser, also " +
      "where code from text is forbidden, and a person can read it.",
  ],
  options: { out: text({ placeholder: "model.js", help: "the file to write", standard: "standard output" }) },
  examples: [
    { command: "chainrule export runs/flowers --out model.js", says: 'use it with: import { predict } from "./model.js"' },
    { command: "chainrule export runs/flowers", says: "to standard output" },
  ],
  run: async ({ values, rest }, context) => {
    const [path] = runArguments("export", rest, ["a run"], "chainrule export runs/digits-1 --out model.js");
    const module = exportRun(await openRun(path, context));
    if (values.out === undefined && values.json) context.io.out.write(jsonText({ schema: 1, module }));
    else await deliver(module, values.out ?? "-", context);
    return 0;
  },
});
