/** What a model is made of, to read or to count: a wrong size is seen here before anything is trained. */
import { shapeText } from "../ir/diagnostic.ts";
import type { Shape } from "../ir/shape.types.ts";
import { isParameter, namedTensors } from "./named.ts";

export interface SummaryRow {
  /** As one would write it after the model's name: `[0].w`, `head.b`. */
  readonly path: string;
  readonly shape: Shape;
  /** How many numbers training can change: 0 for whole numbers, booleans and running statistics. */
  readonly parameters: number;
}

export interface Summary {
  readonly rows: readonly SummaryRow[];
  /** The parameters of all rows together. */
  readonly parameters: number;
  /** The same as a table. */
  readonly text: string;
}

const table = (lines: readonly (readonly [string, string, string])[]): string => {
  const width = (column: 0 | 1 | 2): number => Math.max(...lines.map((line) => line[column].length));
  const [paths, shapes, counts] = [width(0), width(1), width(2)];
  return lines.map(([path, shape, count]) => `${path.padEnd(paths)}  ${shape.padEnd(shapes)}  ${count.padStart(counts)}`).join("\n");
};

/**
 * The tensors of a model (a tree of tensors) with their shapes and numbers of parameters.
 * @example
 * summary(mlp(key(0), [3, 4, 2])).parameters; // 26
 * summary(mlp(key(0), [3, 4, 4, 1])).parameters; // 41
 */
export const summary = (model: unknown): Summary => {
  const rows = namedTensors(model).map(({ name, tensor }): SummaryRow => ({
    path: name,
    shape: tensor.shape,
    parameters: isParameter(tensor, name) ? tensor.size : 0,
  }));
  const parameters = rows.reduce((sum, row) => sum + row.parameters, 0);
  const body = rows.map(({ path, shape, parameters: n }) => [path || "(model)", shapeText(shape), String(n)] as const);
  return { rows, parameters, text: table([["tensor", "shape", "parameters"], ...body, ["total", "", String(parameters)]]) };
};
