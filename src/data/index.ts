/** Rows to learn from: data sets that have a name, your own tables and images, what their cells mean; parts, batches. */
export { batches } from "./batches.ts";
export { readCsv } from "./csv.ts";
export { type DataSet, type Remark } from "./data-set.ts";
export { loadDigits } from "./digits.ts";
export { decode, encode, labelledRows, type EncodedRows } from "./encode.ts";
export { asBatch, columnMeans, shiftAndScale, takeRows, type Batch, type Examples, type Parts, type Targets } from "./examples.ts";
export { dataSetOf, type TableOptions } from "./from-table.ts";
export { circles, gauss, generated, moons, recipes, spiral, xor, type PointOptions } from "./generate.ts";
export { readIdx, type Idx } from "./idx.ts";
export { dataSetOfImages, encodeImages, type LabelledImages } from "./images.ts";
export { loadIris } from "./iris.ts";
export { type LabelKind, type LabelOptions } from "./label.ts";
export { learnSchema, type Learned } from "./learn.ts";
export { readRows } from "./prediction.ts";
export { inputsOf, outputsOf, type InputColumn, type Label, type Schema } from "./schema.ts";
export { dataSets, type NamedSet } from "./sets.ts";
export { splitRows, type Shares, type Split } from "./split.ts";
export { type Column, type Table } from "./table.ts";
