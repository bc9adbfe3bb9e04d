/** Runs in a worker with a small stack: reads and prints a program that nests as deep as it may. */
import { parentPort } from "node:worker_threads";
import { createPrinter } from "../../../src/explain/language/print.ts";
import { resolved } from "./support.ts";

const read = resolved(`${"-(".repeat(500)}x${")".repeat(500)}`);
parentPort!.postMessage(createPrinter(read)(read.output).length);
