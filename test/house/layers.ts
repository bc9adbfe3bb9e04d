/**
 * The layers of src: who may import whom. Nothing looks up, only `api` joins the middle, and no two files need each
 * other, by type or by value.
 */
import { posix } from "node:path";
import { type Files, importsOf } from "./source.ts";

const middle = ["ir", "ops", "trace", "passes", "emit", "run"];
const library = ["check", "nn", "optim", "data", "train"];

/** For each folder of src the other folders it may import from. */
const mayImport: ReadonlyMap<string, readonly string[]> = new Map([
  ["ir", []],
  ["ops", ["ir"]],
  ["trace", ["ir", "ops"]],
  ["passes", ["ir"]],
  ["emit", ["ir"]],
  ["run", ["ir", "emit"]],
  ["api", middle],
  ...library.map((folder) => [folder, [...middle, "api", ...library]] as const),
  ["explain", [...middle, "api", ...library]],
  ["cli", [...middle, "api", ...library, "explain"]],
  ["studio", [...middle, "api", ...library, "explain"]],
  // The small front door.
  ["grad", ["api"]],
  // The library's front door, a file and no folder.
  ["index.ts", [...middle, "api", ...library, "explain"]],
]);

const folderOf = (path: string): string => path.split("/")[1] ?? "";

/** One sentence for each import that breaks the layers; `files` holds paths such as `src/ir/node.ts`. */
export const layerViolations = (files: Files): readonly string[] => {
  const found: string[] = [];
  const graph = new Map<string, string[]>();
  for (const [path, text] of files) {
    const from = folderOf(path);
    const allowed = mayImport.get(from);
    if (!allowed) found.push(`${path}: the folder ${from} has no layer yet; give it one in test/house/layers.ts`);
    const targets: string[] = [];
    for (const { specifier, line } of importsOf(path, text)) {
      // Data and style beside a file belong to it; whoever compiles finds out whether they are there.
      if (!specifier.startsWith(".") || /\.(?:json|css)$/.test(specifier)) continue;
      const target = posix.join(posix.dirname(path), specifier);
      if (!files.has(target)) {
        found.push(`${path}:${line}: imports ${specifier}, which is no file of src`);
        continue;
      }
      targets.push(target);
      const to = folderOf(target);
      if (to !== from && allowed && !allowed.includes(to)) {
        found.push(`${path}:${line}: ${from} must not import from ${to} (${specifier})`);
      }
    }
    graph.set(path, targets);
  }
  const cycle = findCycle(graph);
  if (cycle) found.push(`import cycle: ${cycle.join(" -> ")}`);
  return found;
};

/** The first cycle met, its first file repeated at the end. */
const findCycle = (graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined => {
  const finished = new Set<string>();
  for (const origin of graph.keys()) {
    const path = [origin];
    const pending = [[...(graph.get(origin) ?? [])]];
    while (path.length > 0 && !finished.has(path[0]!)) {
      const next = pending.at(-1)!.pop();
      if (next === undefined) {
        finished.add(path.pop()!);
        pending.pop();
      } else if (path.includes(next)) {
        return [...path.slice(path.indexOf(next)), next];
      } else if (!finished.has(next)) {
        path.push(next);
        pending.push([...(graph.get(next) ?? [])]);
      }
    }
  }
  return undefined;
};
