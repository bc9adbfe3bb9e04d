/** Which classes are taken for which. */

/** Counts: `matrix[label][prediction]`. */
export type Confusion = readonly (readonly number[])[];

/** Counts how often each label, 0 to `classes` - 1, was given each prediction; both lists are equally long. */
export const confusionOf = (labels: ArrayLike<number>, predictions: ArrayLike<number>, classes: number): Confusion => {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < labels.length; i++) matrix[labels[i]!]![predictions[i]!]!++;
  return matrix;
};

/** The matrix as text: a row for each label, a column for each prediction, zeros as dots, and what share was right. */
export const confusionText = (matrix: Confusion, names: readonly string[] = matrix.map((_, i) => String(i))): string => {
  const width = Math.max(...names.map((name) => name.length), ...matrix.flat().map((n) => String(n).length));
  const label = Math.max(5, ...names.map((name) => name.length));
  const row = (head: string, cells: readonly string[], tail: string): string =>
    `${head.padStart(label)}  ${cells.map((cell) => cell.padStart(width)).join(" ")}  ${tail}`.trimEnd();
  return [
    row("label", names, "right"),
    ...matrix.map((counts, i) => {
      const total = counts.reduce((sum, n) => sum + n, 0);
      const share = total === 0 ? "no rows" : `${((100 * counts[i]!) / total).toFixed(1).padStart(5)}%`;
      return row(names[i]!, counts.map((n) => (n === 0 ? "." : String(n))), share);
    }),
  ].join("\n");
};
