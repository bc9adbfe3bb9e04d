#!/usr/bin/env node
/** The `chainrule` command: this process's arguments and streams, and its exit code. */
import { processIo } from "./io.ts";
import { run } from "./run.ts";

// Whoever reads the output may have read enough (`| head`): that is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}

process.exitCode = await run(process.argv.slice(2), processIo());
