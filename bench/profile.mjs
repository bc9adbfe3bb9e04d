/** Where the time of a workload's step goes, kernel by kernel: `node bench/profile.mjs W4 W7`. */
import { profileText } from "../dist/explain.js";
import library from "./peers/chainrule.mjs";
import { workloads } from "./workloads.mjs";

for (const id of process.argv.slice(2)) console.log(`${id}: ${profileText(library[id](workloads[id]()).profile())}\n`);
