/** Columns of finished examples that teach nothing, because they never change, or too much, because they are the label. */
import type { Examples } from "./examples.ts";
import { inputsOf, type Schema } from "./schema.ts";

/** A column of the schema, as the numbers that it became. */
interface Span {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Columns by name, without images, whose single pixels are no columns; each number alone where the schema does not fit. */
const spansOf = (schema: Schema, columns: number): readonly Span[] => {
  if (inputsOf(schema) !== columns) return Array.from({ length: columns }, (_, i) => ({ name: `column ${i + 1}`, from: i, to: i + 1 }));
  const spans: Span[] = [];
  let from = 0;
  for (const column of schema.inputs) {
    const to = from + inputsOf({ ...schema, inputs: [column] });
    if (column.kind !== "pixels" && to > from) spans.push({ name: column.name, from, to });
    from = to;
  }
  return spans;
};

/** The name of the column that a number of a row belongs to; undefined in an image. */
export const columnNameAt = (schema: Schema, columns: number, index: number): string | undefined =>
  spansOf(schema, columns).find(({ from, to }) => index >= from && index < to)?.name;

const constantIn = ({ x, y, columns }: Examples, { from, to }: Span): boolean => {
  for (let i = 1; i < y.length; i++) for (let j = from; j < to; j++) if (x[i * columns + j] !== x[j]) return false;
  return y.length > 1;
};

/** The columns that hold the same in every training row. */
export const constantColumns = (train: Examples, schema: Schema): readonly string[] =>
  spansOf(schema, train.columns).filter((span) => constantIn(train, span)).map(({ name }) => name);

/** How many times wider than every class the gaps between classes are: measurements of different kinds overlap, or nearly. */
const widestGap = 5;

/** Each class has a range of numbers of its own, far from all others. */
const separates = ({ x, y, columns }: Examples, column: number): boolean => {
  const ranges = new Map<number, { low: number; high: number; rows: number }>();
  for (let i = 0; i < y.length; i++) {
    const v = x[i * columns + column]!;
    const range = ranges.get(y[i]!);
    if (range === undefined) ranges.set(y[i]!, { low: v, high: v, rows: 1 });
    else {
      range.low = Math.min(range.low, v);
      range.high = Math.max(range.high, v);
      range.rows++;
    }
  }
  const sorted = [...ranges.values()].sort((a, b) => a.low - b.low);
  if (sorted.length < 2 || sorted.some(({ rows }) => rows < 3)) return false;
  const width = Math.max(...sorted.map(({ low, high }) => high - low));
  return sorted.slice(1).every(({ low }, i) => low - sorted[i]!.high > widestGap * width && low > sorted[i]!.high);
};

/** A category whose words stand for one class each, and the classes for one word each. */
const isOneToOne = ({ x, y, columns }: Examples, { from, to }: Span): boolean => {
  const [there, back] = [new Map<string, number>(), new Map<number, string>()];
  for (let i = 0; i < y.length; i++) {
    const word = x.subarray(i * columns + from, i * columns + to).join();
    if ((there.get(word) ?? y[i]) !== y[i] || (back.get(y[i]!) ?? word) !== word) return false;
    there.set(word, y[i]!);
    back.set(y[i]!, word);
  }
  return there.size > 1 && y.length >= 3 * there.size;
};

/** All points lie on one line that is not level. */
const isLine = ({ x, y, columns }: Examples, column: number): boolean => {
  const n = y.length;
  let [mx, my] = [0, 0];
  for (let i = 0; i < n; i++) [mx, my] = [mx + x[i * columns + column]! / n, my + y[i]! / n];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [dx, dy] = [x[i * columns + column]! - mx, y[i]! - my];
    [xx, yy, xy] = [xx + dx * dx, yy + dy * dy, xy + dx * dy];
  }
  return n >= 5 && xx > 0 && yy > 0 && Math.abs(xy) / Math.sqrt(xx) / Math.sqrt(yy) > 1 - 1e-9;
};

/** The columns that alone tell the label of every training row; a straight line through the only column is none. */
export const leakingColumns = (train: Examples, schema: Schema): readonly string[] => {
  const spans = spansOf(schema, train.columns);
  const leaks = (span: Span): boolean => {
    if (schema.label.kind === "number") return spans.length > 1 && span.to - span.from === 1 && isLine(train, span.from);
    return span.to - span.from === 1 ? separates(train, span.from) : isOneToOne(train, span);
  };
  return spans.filter(leaks).map(({ name }) => name);
};
