/**
 * Whether rows that lie close have labels that are alike: a test of the data alone. Where labels were shuffled they do not.
 */
import { someRows, type Examples } from "../../data/examples.ts";

const most = 400;
const near = 5;

/** How well each row's label is told by the labels of its nearest rows. */
export interface Neighbours {
  readonly rows: number;
  /** Share of rows whose class is that of most of their neighbours; for numbers, the correlation with their mean. */
  readonly agreement: number;
  /** What chance alone would give. */
  readonly chance: number;
  /** By how many standard deviations the agreement is above chance. */
  readonly deviations: number;
}

/** Each column by its own spread, so that no unit of measurement decides what is near. */
const scaled = ({ x, y, columns }: Examples): Float64Array => {
  const rows = y.length;
  const out = Float64Array.from(x);
  for (let j = 0; j < columns; j++) {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < rows; i++) sum += x[i * columns + j]!;
    const mean = sum / rows;
    for (let i = 0; i < rows; i++) squares += (x[i * columns + j]! - mean) ** 2;
    const deviation = Math.sqrt(squares / rows);
    for (let i = 0; i < rows; i++) out[i * columns + j] = deviation === 0 ? 0 : (x[i * columns + j]! - mean) / deviation;
  }
  return out;
};

const nearest = (x: Float64Array, columns: number, rows: number, row: number): readonly number[] => {
  const distances = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += (x[i * columns + j]! - x[row * columns + j]!) ** 2;
    distances[i] = i === row ? Infinity : sum;
  }
  return Array.from({ length: rows }, (_, i) => i).sort((a, b) => distances[a]! - distances[b]!).slice(0, Math.min(near, rows - 1));
};


/** How often two rows drawn at random agree if their classes were drawn with these frequencies. */
const agreementByChance = (y: ArrayLike<number>, voted: ArrayLike<number>): number => {
  const shares = (of: ArrayLike<number>): Map<number, number> => {
    const counts = new Map<number, number>();
    for (let i = 0; i < of.length; i++) counts.set(of[i]!, (counts.get(of[i]!) ?? 0) + 1 / of.length);
    return counts;
  };
  const [own, theirs] = [shares(y), shares(voted)];
  return [...own].reduce((sum, [value, share]) => sum + share * (theirs.get(value) ?? 0), 0);
};

const vote = (labels: readonly number[]): number => {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].reduce((best, now) => (now[1] > best[1] ? now : best))[0];
};

const correlation = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const mean = (v: ArrayLike<number>): number => Array.from(v).reduce((sum, x) => sum + x, 0) / v.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [aa, bb, ab] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    aa += (a[i]! - ma) ** 2;
    bb += (b[i]! - mb) ** 2;
    ab += (a[i]! - ma) * (b[i]! - mb);
  }
  return aa * bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
};

/** Looks at up to 400 training rows, each with its five nearest. */
export const neighboursOf = (train: Examples, kind: "class" | "number"): Neighbours => {
  const part = someRows(train, most);
  const rows = part.y.length;
  const x = scaled(part);
  const votes = Float64Array.from({ length: rows }, (_, row) => {
    const labels = nearest(x, part.columns, rows, row).map((i) => part.y[i]!);
    return kind === "class" ? vote(labels) : labels.reduce((sum, v) => sum + v, 0) / labels.length;
  });
  if (kind === "number") {
    const agreement = correlation(part.y, votes);
    return { rows, agreement, chance: 0, deviations: agreement * Math.sqrt(rows) };
  }
  const agreement = votes.reduce((count, voted, i) => count + Number(voted === part.y[i]), 0) / rows;
  const chance = agreementByChance(part.y, votes);
  return { rows, agreement, chance, deviations: (agreement - chance) / Math.sqrt((chance * (1 - chance)) / rows || 1) };
};
