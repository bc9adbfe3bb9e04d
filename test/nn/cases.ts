/** The course's worked numbers, and when a result counts as equal to them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Tensor } from "../../src/api/index.ts";

/** A case as its file has it: fields differ from kind to kind. */
export interface Case {
  readonly id: string;
  readonly kind: string;
  // The files are data with many shapes; each test knows the fields of its own kind.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly [field: string]: any;
}

interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

export interface Cases {
  readonly all: readonly Case[];
  readonly of: (id: string) => Case;
  readonly kind: (kind: string) => readonly Case[];
  readonly tolerance: (of: Case) => Tolerance;
}

export const load = (file: string): Cases => {
  const { format, cases } = JSON.parse(readFileSync(new URL(`../cases/${file}.json`, import.meta.url), "utf8"));
  return {
    all: cases,
    of: (id) => cases.find((each: Case) => each.id === id) ?? assert.fail(`no case ${id}`),
    kind: (kind) => cases.filter((each: Case) => each.kind === kind),
    tolerance: (of) => ({ rtol: of["rtol"] ?? format.default_rtol, atol: of["atol"] ?? format.atol ?? 0 }),
  };
};

type Numbers = Tensor | number | readonly Numbers[];

const flat = (x: Numbers): number[] =>
  typeof x === "number" ? [x] : x instanceof Tensor ? Array.from(x.dataSync()) : x.flatMap(flat);

const shape = (x: Numbers): number[] =>
  typeof x === "number" ? [] : x instanceof Tensor ? [...x.shape] : [x.length, ...(x.length > 0 ? shape(x[0]!) : [])];

/** An expected 0 is often a number that was rounded to 0 where it was printed. */
const roundedZero = 1e-15;

export const near = (actual: Numbers, expected: Numbers, { rtol, atol }: Tolerance, what: string): void => {
  assert.deepEqual(shape(actual), shape(expected), `${what}: shape`);
  const wanted = flat(expected);
  assert.ok(wanted.length > 0, `${what}: nothing to compare`);
  flat(actual).forEach((x, i) => {
    const allowed = rtol * Math.abs(wanted[i]!) + Math.max(atol, wanted[i] === 0 ? roundedZero : 0);
    assert.ok(Math.abs(x - wanted[i]!) <= allowed, `${what}: number ${i} is ${x}, not ${wanted[i]}`);
  });
};

/** `count` numbers from one end to the other, both included. */
export const linspace = (from: number, to: number, count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
