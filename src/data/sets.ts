/** The data sets that have a name and need no file: one entry each, from which the command lists and loads them. */
import type { DataSet } from "./data-set.ts";
import { loadDigits } from "./digits.ts";
import { generated, type recipes } from "./generate.ts";
import { loadIris } from "./iris.ts";

export interface NamedSet {
  /** What it is, in a few words. */
  readonly says: string;
  readonly load: () => Promise<DataSet>;
}

const points = (name: keyof typeof recipes, says: string): readonly [string, NamedSet] => [name, { says, load: async () => generated(name) }];

/**
 * The data sets by name. Each is the same for everybody, with training, validation and test rows of its own.
 * @example
 * const set = await dataSets.get("iris")!.load();
 * set.schema.label; // { kind: "class", name: "species", classes: ["setosa", "versicolor", "virginica"] }
 */
export const dataSets: ReadonlyMap<string, NamedSet> = new Map([
  points("spiral", "three arms of a spiral in the plane, as in the course's case study"),
  points("xor", "four quadrants in the plane, opposite ones alike"),
  points("circles", "a circle around another"),
  points("moons", "two half circles that reach into each other"),
  points("gauss", "two clouds in the plane"),
  ["digits", { says: "1,797 images of handwritten digits, 8x8 pixels", load: loadDigits }],
  ["iris", { says: "150 flowers of three species, four lengths each", load: loadIris }],
]);
