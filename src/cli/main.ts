#!/usr/bin/env node
/** The `chainrule` command: this process's arguments and streams, and its exit code. */
import * as module from "node:module";
import { cannotWrite } from "./files.ts";
import { processIo } from "./io.ts";
import { reportError, reportingOf } from "./report.ts";
import { run } from "./run.ts";

// What a command loads from here on is kept compiled, among the temporary files, for the next start. Node 20 cannot do
// that; where nothing can be written, or NODE_DISABLE_COMPILE_CACHE=1 is set, nothing is kept.
(module as { readonly enableCompileCache?: () => unknown }).enableCompileCache?.();

const args = process.argv.slice(2);
const io = processIo();

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // Whoever reads the output may have read enough (`| head`): that is no error.
    if (error.code === "EPIPE") process.exit();
    if (stream === process.stdout) reportError(cannotWrite("standard output", error), reportingOf(args, io), io);
    process.exit(2);
  });
}

process.exitCode = await run(args, io);
