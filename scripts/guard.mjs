/**
 * Preloaded (`node --import`) by every npm script that is for development: they are tested on one Node alone, the
 * one that `npm ci` puts into node_modules. Plain JavaScript, so that the older Node it refuses can read it.
 */
import { readFileSync } from "node:fs";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const pinned = manifest.devDependencies.node;

if (process.versions.node.split(".")[0] !== pinned.split(".")[0]) {
  console.error(
    `${manifest.name} is developed on Node ${pinned}, and this is Node ${process.versions.node}.\n` +
      "  help: run `npm ci` (without --ignore-scripts), which installs that Node into node_modules,\n" +
      "        then `npm run <script>` or `npx node <file>`, which find it there.",
  );
  process.exit(1);
}
