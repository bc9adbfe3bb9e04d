/** Schemas, settings and rows of every kind, for property tests. */
import fc from "fast-check";
import type { InputColumn, Label, Schema } from "../../src/data/schema.ts";
import { activations, type ActivationName } from "../../src/train/activations.ts";
import type { Cell, Row } from "../../src/train/rows.ts";
import type { Settings } from "../../src/train/settings.ts";

/** Names that are trouble where they become code, comments or keys. */
const troubled = ["a", "length", "__proto__", "constructor", "two words", 'quo"ted', "*/ x", "// y", "${z}", "`", "línea", "\u2028", "x", "unit", "back\\slash", "</script>"];

const names = (least: number, most: number): fc.Arbitrary<readonly string[]> => fc.uniqueArray(fc.constantFrom(...troubled), { minLength: least, maxLength: most });

const record = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> => fc.record<T>(fields, { noNullPrototype: true }) as fc.Arbitrary<T>;

/** JSON knows no -0. */
const finite = (size: number): fc.Arbitrary<number> => fc.double({ min: -size, max: size, noNaN: true }).map((v) => v + 0);
const deviation = fc.double({ min: 1e-3, max: 1e3, noNaN: true });

const column = (name: string): fc.Arbitrary<InputColumn> =>
  fc.oneof(
    record({ kind: fc.constant("number" as const), name: fc.constant(name), mean: finite(100), deviation }),
    record({ kind: fc.constant("category" as const), name: fc.constant(name), values: names(1, 4).map((words) => words.map((word) => word.trim() || "-")) }),
    record({ kind: fc.constant("left-out" as const), name: fc.constant(name), why: fc.constant("it is constant") }),
  );

const table = names(1, 5)
  .chain((all) => fc.tuple(...all.map(column)))
  .filter((columns) => columns.some(({ kind }) => kind !== "left-out"));

const image = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 })).chain((shape) => {
  const pixels = shape[0] * shape[1] * shape[2];
  const shift = fc.array(fc.double({ min: 0, max: 255, noNaN: true }), { minLength: pixels, maxLength: pixels });
  return record({ kind: fc.constant("pixels" as const), name: fc.constantFrom(...troubled), shape: fc.constant(shape), shift, scale: fc.constantFrom(1 / 16, 1 / 255) });
});

const label: fc.Arbitrary<Label> = fc.oneof(
  record({ kind: fc.constant("class" as const), name: fc.constant("label"), classes: names(2, 4) }),
  record({ kind: fc.constant("number" as const), name: fc.constant("label"), mean: finite(100), deviation }),
);

export const schemas: fc.Arbitrary<Schema> = fc.oneof({ weight: 4, arbitrary: record({ inputs: table, label }) }, { weight: 1, arbitrary: record({ inputs: image.map((one) => [one]), label }) });

export const activationNames = Object.keys(activations) as ActivationName[];

const dtype = fc.constantFrom("float32" as const, "float64" as const);

const linear = record<Partial<Settings>>({ model: fc.constantFrom("softmax" as const, "svm" as const), epochs: fc.integer({ min: 0, max: 2 }), seed: fc.nat(1000), dtype });

const layered = record<Partial<Settings>>({
  model: fc.constant("mlp" as const),
  hidden: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
  activation: fc.constantFrom(...activationNames),
  epochs: fc.integer({ min: 0, max: 2 }),
  lr: fc.constantFrom(1e-3, 0.1),
  dropout: fc.constantFrom(0, 0.3),
  seed: fc.nat(1000),
  dtype,
});

/** Layers behind convolutions; maxout does not stand in one. */
const convolved = layered.map((settings): Partial<Settings> => ({ ...settings, model: "cnn", activation: settings.activation === "maxout" ? "relu" : settings.activation! }));

/** What can be trained on such data. */
export const settingsForSchema = ({ inputs, label: { kind } }: Schema): fc.Arbitrary<Partial<Settings>> => {
  const deep = inputs[0]!.kind === "pixels" ? fc.oneof(layered, { weight: 3, arbitrary: convolved }) : layered;
  return kind === "number" ? deep : fc.oneof(linear, deep);
};

const cellFor = (input: InputColumn): fc.Arbitrary<Cell> => {
  if (input.kind === "category") return fc.option(fc.constantFrom(...input.values, "another", 7, true));
  return fc.option(fc.oneof(finite(1000), fc.integer({ min: -5, max: 5 })));
};

/** A row for the model, by name or in order; an image as the list of its pixels. */
const rowFor = ({ inputs }: Schema): fc.Arbitrary<Row> => {
  const [first] = inputs;
  if (first?.kind === "pixels") return fc.array(fc.integer({ min: 0, max: 255 }), { minLength: first.shift.length, maxLength: first.shift.length });
  const read = inputs.filter(({ kind }) => kind !== "left-out");
  return fc.tuple(fc.boolean(), ...read.map(cellFor)).map(([byName, ...cells]) => (byName ? Object.fromEntries(read.map(({ name }, i) => [name, cells[i]!])) : cells) as Row);
};

export const rowsFor = (schema: Schema): fc.Arbitrary<readonly Row[]> => fc.array(rowFor(schema), { minLength: 1, maxLength: 8 });
