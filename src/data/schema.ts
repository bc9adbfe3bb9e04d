/**
 * How the cells of a table become numbers, and what a model's numbers mean: learned on training rows alone, kept with a
 * run, and used for every row that comes later. Plain data, so that it is written as JSON and read by an exported model.
 */

/** A column of numbers: (cell - mean) / deviation; a missing cell counts as the mean, so it becomes 0. */
export interface NumberColumn {
  readonly kind: "number";
  readonly name: string;
  readonly mean: number;
  readonly deviation: number;
}

/** A column of words: one number for each word, 1 for the one in the cell; a word not listed, or none, is all zeros. */
export interface CategoryColumn {
  readonly kind: "category";
  readonly name: string;
  readonly values: readonly string[];
}

/** An image: (pixel - shift) * scale, with one shift for each pixel. */
export interface PixelColumns {
  readonly kind: "pixels";
  readonly name: string;
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly shift: readonly number[];
  readonly scale: number;
}

/** A column that nothing is learned from. */
export interface LeftOutColumn {
  readonly kind: "left-out";
  readonly name: string;
  readonly why: string;
}

export type InputColumn = NumberColumn | CategoryColumn | PixelColumns | LeftOutColumn;

/** One of several words; a model's scores are in their order. */
export interface ClassLabel {
  readonly kind: "class";
  readonly name: string;
  readonly classes: readonly string[];
}

/** A number, trained as (number - mean) / deviation. */
export interface NumberLabel {
  readonly kind: "number";
  readonly name: string;
  readonly mean: number;
  readonly deviation: number;
}

export type Label = ClassLabel | NumberLabel;

export interface Schema {
  readonly inputs: readonly InputColumn[];
  readonly label: Label;
}

/** How many numbers a column becomes. */
const widthOf = (column: InputColumn): number => {
  if (column.kind === "category") return column.values.length;
  return column.kind === "pixels" ? column.shift.length : column.kind === "number" ? 1 : 0;
};

/** How many numbers go into a model for each row. */
export const inputsOf = ({ inputs }: Schema): number => inputs.reduce((sum, column) => sum + widthOf(column), 0);

/** How many scores come out: one for each class, or the number itself. */
export const outputsOf = ({ label }: Schema): number => (label.kind === "class" ? label.classes.length : 1);
