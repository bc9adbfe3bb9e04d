/** What `predict`, `test` and `export` say to runs and rows that are not what they should be. */
import { cpSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderWithRuns } from "./flowers.ts";
import { readAloud } from "./golden.ts";

const folder = await folderWithRuns();

const tables = {
  "empty.csv": "",
  "header.csv": "length,colour\n",
  "other.csv": "lenght,petal\n1,2\n",
  "bad.csv": "length,colour\n5,red\n5 cm,blue\ntall,red\n",
  "ragged.csv": "length,colour\n5,red,7\n",
  "half.csv": "length,colour,species\n5,red,setosa\n6,blue,\n5,red,NA\n",
};
for (const [name, text] of Object.entries(tables)) writeFileSync(join(folder, name), text);

/** The run of the flowers, with other settings. */
const changed = (name: string, change: (text: string) => string): void => {
  const run = join(folder, "runs", name);
  cpSync(join(folder, "runs", "flowers"), run, { recursive: true });
  writeFileSync(join(run, "settings.json"), change(readFileSync(join(run, "settings.json"), "utf8")));
};
changed("own", (text) => text.replace('"arithmetic"', `"file": { "name": "model.ts", "path": "../../model.ts", "digest": "${"0".repeat(64)}" }, "arithmetic"`));
changed("later", (text) => text.replace('"format": 1', '"format": 2').replace(/"chainrule": "[^"]*"/, '"chainrule": "7.0.0"'));
changed("typo", (text) => text.replace('"kind": "category"', '"kind": "categorie"'));
changed("shapes", (text) => text.replace(/"hidden": \[\s*64\s*\]/, '"hidden": [32]'));
changed("nothing", () => "");
changed("cut", (text) => text);
truncateSync(join(folder, "runs", "cut", "weights.safetensors"), 1000);

await readAloud(new URL("use.golden.txt", import.meta.url), folder);
