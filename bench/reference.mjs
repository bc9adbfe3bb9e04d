/** The float64 reference of one workload: gradients of the first step into the folder, the loss after five on a line. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readWorkload } from "./files.mjs";
import { reference } from "./peers/chainrule.mjs";

// Without WebAssembly everything that is read is computed by the interpreter, which is the reference.
globalThis.WebAssembly = undefined;

const [, , folder] = process.argv;
const workload = readWorkload(folder);
const { gradients, step, forward } = reference(workload.id, workload);
for (const [name, values] of Object.entries(gradients())) writeFileSync(join(folder, `reference.${name}.grad`), values);
// Where nothing is updated the loss stays what it is.
const moves = workload.settings.optimizer !== "none";
for (let i = 0; moves && i < 5; i++) step();
console.log(JSON.stringify({ loss: forward() }));
