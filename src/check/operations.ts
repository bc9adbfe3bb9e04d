/**
 * The sweep over the table: every entry, at every kind of point, against its own numbers, to order 1 and 2, and every
 * operation of the machinery that entries reach. An entry for which nothing could be compared has failed.
 */
import { shapeText } from "../ir/diagnostic.ts";
import { isFloat, type Value } from "../ir/dtype.ts";
import { topological } from "../ir/graph.ts";
import type { Node, Op } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";
import type { EntryInfo, Sample } from "../ops/forms/entry.ts";
import { input } from "../ops/forms/source.ts";
import { interpret } from "../run/interpret.ts";
import { isEntry } from "../ops/forms/entry.ts";
import { Draw } from "./draw.ts";
import { checkLaws } from "./laws.ts";
import { near } from "./entry.ts";
import { adjoint, checkNode } from "./node.ts";
import { operationsText } from "./operations-report.ts";
import { admissible, operandType, pointKinds, type LeftOut } from "./points.ts";
import type { MachineryReport, OperationReport, OperationsCheck } from "./operations.types.ts";
import { comparisons, SampleCheck, Tally, type Comparison, type Failure } from "./sample-check.ts";
import { buildOn, Subject } from "./subject.ts";

/** Checks every entry among the values of a table (a module of entries): `checkOperations(table)`. */
export const checkOperations = (table: object): OperationsCheck => {
  const entries = Object.values(table).filter(isEntry);
  const machinery = new Machinery(entries);
  const operations = entries.map((entry) => checkOperation(entry, machinery));
  const parts = machinery.reports();
  const passed = operations.length > 0 && [...operations, ...parts].every(({ failures }) => failures.length === 0);
  const found = { passed, operations, machinery: parts };
  return { ...found, text: operationsText(found) };
};

/** Checks one entry, for example a user's own; `machinery` collects the operations that it reaches. */
export const checkOperation = (entry: EntryInfo, machinery?: Machinery): OperationReport => {
  const tally = new Tally();
  const leftOut: LeftOut[] = [];
  // One fault shows in a hundred numbers: the first sample that finds it is enough.
  entry.samples().forEach((sample, i) => tally.failed || checkSample(entry, sample, i, tally, leftOut, machinery));
  const draw = new Draw(1, 5);
  if (entry.laws) {
    const { compared, broken } = checkLaws(entry.laws, draw);
    tally.count("laws", compared);
    if (broken !== undefined) tally.fail("laws", entry.word, broken);
  }
  const excluded = entry.excluded.map(({ why }) => verifyExclusion(entry, why, leftOut, tally));
  const compared = Object.fromEntries(comparisons.map((what) => [what, tally.counts.get(what)!])) as Record<Comparison, number>;
  const total = Object.values(compared).reduce((a, b) => a + b, 0);
  const slopes = compared["order 1"] > 0 && compared["order 2"] > 0;
  if (entry.differentiable ? !slopes : total === 0) {
    tally.fail("order 1", entry.word, "nothing was compared: give it samples with points that are not excluded");
  }
  return { word: entry.word, compared, total, worst: tally.worst, excluded, kinks: tally.kinks, failures: tally.failures };
};

const checkSample = (entry: EntryInfo, sample: Sample, index: number, tally: Tally, leftOut: LeftOut[], machinery?: Machinery): void => {
  const subject = new Subject(entry, sample);
  const check = new SampleCheck(subject, labelOf(entry, sample), entry.differentiable);
  check.shapes(tally);
  const draw = new Draw(1 + index, 3);
  for (const kind of pointKinds) {
    const values = admissible(entry, subject.types, subject.out.shape, kind, draw, leftOut);
    if (!values) continue;
    check.run(values, draw, tally);
    if (tally.failed) return;
    if (kind !== "normal") continue;
    machinery?.add(subject, (node) => check.valueOf(node));
    if (entry.differentiable) check.linear(values, draw, tally);
    if (subject.floats.length > 0) {
      const narrow = new Subject(entry, sample, true);
      const inFloat32 = new SampleCheck(narrow, `${labelOf(entry, sample)} in float32`, entry.differentiable);
      inFloat32.shapes(tally);
      check.float32(inFloat32, values, draw, tally);
      machinery?.addLinear(narrow);
    }
    elementByElement(entry, sample, subject, values, tally);
  }
};

/** Where a sample works element by element: each element of the result is what the operation gives for scalars. */
const elementByElement = (entry: EntryInfo, sample: Sample, subject: Subject, values: readonly Value[], tally: Tally): void => {
  const { types, out } = subject;
  const elementwise = entry.op?.form === "gate" || subject.floats.length === 0;
  const shape = types[0]!.shape;
  if (!elementwise || shape.length === 0 || types.some((type) => sizeOf(type.shape) !== sizeOf(shape))) return;
  const scalars = types.map(({ dtype }) => input([], dtype));
  const one = buildOn(entry, scalars, sample.options ?? []);
  const width = sizeOf(one.shape);
  const [whole] = interpret([out], new Map(subject.inputs.map((node, i) => [node, values[i]!])));
  for (let k = 0; k < sizeOf(shape); k++) {
    const [part] = interpret([one], new Map(scalars.map((node, i) => [node, (values[i] as ArrayLike<number>)[k]!])));
    for (let j = 0; j < width; j++) {
      const [a, b] = [(whole as ArrayLike<number>)[k * width + j]!, typeof part === "number" ? part : part![j]!];
      tally.compare("values", () => `${entry.word}, element ${k}`, ["in a tensor", "as a scalar"], a, b, 0, 0);
    }
  }
};

const verified = 40;

/** At every point that an entry leaves out, something must really be undefined, infinite or kinked. */
const verifyExclusion = (entry: EntryInfo, why: string, leftOut: readonly LeftOut[], tally: Tally) => {
  const points = leftOut.filter((point) => point.why === why);
  const [first] = points;
  if (first === undefined) return { why, count: 0, verified: 0 };
  const check = new SampleCheck(new Subject(entry, { operands: first.operands.map(() => []) }), entry.word, true);
  const seen = new Map(points.map((point) => [point.operands.join(), point.operands]));
  const looked = [...seen.values()].slice(0, verified);
  for (const operands of looked) {
    const at = `${entry.word}(${operands.join(", ")})`;
    if (check.isFine(operands)) tally.fail("exclusion", at, `left out because "${why}", but value and slopes are fine there: the hint hides a point that can be checked`);
    check.oneByOne(operands, tally);
    check.silent(operands, tally);
  }
  return { why, count: points.length, verified: looked.length };
};

const labelOf = (entry: EntryInfo, sample: Sample): string => {
  const shapes = sample.operands.map((operand) => shapeText(operandType(operand).shape)).join(", ");
  const options = (sample.options ?? []).map((option) => `, ${JSON.stringify(option)}`).join("");
  return `${entry.word}(${shapes}${options})`;
};

interface Found {
  compared: number;
  times: number;
  linear: number;
  gradient: boolean;
  readonly failures: Failure[];
}

/** A few uses of each suffice here: entries have their own points. */
const enough = 8;

/** The operations behind the entries: each is looked at alone, wherever its entry is one or not. */
export class Machinery {
  readonly #stopping: Set<Op>;
  readonly #found = new Map<Op, Found>();

  constructor(entries: readonly EntryInfo[]) {
    this.#stopping = new Set(entries.flatMap(({ op, differentiable }) => (op && !differentiable ? [op] : [])));
  }

  add(subject: Subject, valueOf: (node: Node) => Value | undefined): void {
    for (const node of topological(subject.roots)) {
      const inputs = node.src.map(valueOf);
      if (inputs.some((value) => value === undefined)) continue;
      const floats = isFloat(node.dtype) && node.src.some((src) => isFloat(src.dtype) && sizeOf(src.shape) > 0);
      const found = this.#of(node.op);
      if (!floats || this.#stopping.has(node.op)) continue;
      found.gradient = true;
      if (found.times++ >= enough) continue;
      this.#adjoint(node, found);
      const { compared, wrong } = checkNode(node, inputs as Value[], 4);
      found.compared += compared;
      if (wrong) found.failures.push({ what: "order 1", where: `${node.op.name}, operand ${wrong.operand + 1}`, sentence: `analytic ${wrong.analytic}, numeric ${wrong.numeric}` });
    }
  }

  /** In float32 differences say little, but what is linear has an exact test. */
  addLinear(subject: Subject): void {
    for (const node of topological(subject.roots)) {
      const found = this.#of(node.op);
      if (node.op.linear && found.linear++ < enough) this.#adjoint(node, found);
    }
  }

  #of(op: Op): Found {
    let found = this.#found.get(op);
    if (!found) this.#found.set(op, (found = { compared: 0, times: 0, linear: 0, gradient: op.linear, failures: [] }));
    return found;
  }

  #adjoint(node: Node, found: Found): void {
    if (!node.op.linear || !node.src.every((src) => isFloat(src.dtype))) return;
    const [forward, backward] = adjoint(node);
    found.compared++;
    if (!near(forward, backward, 1e-13, 1e-13)) found.failures.push({ what: "linear", where: node.op.name, sentence: `<T t, r> ${forward}, <t, T'r> ${backward}` });
  }

  reports(): MachineryReport[] {
    return [...this.#found].map(([op, { compared, gradient, failures }]) => {
      const quiet = op.form === "source" && !gradient ? "has no operands" : gradient ? "" : "gives no gradient";
      const unused = gradient && compared === 0 ? [{ what: "order 1" as const, where: op.name, sentence: "reached, but never compared" }] : [];
      return { op: op.name, compared, note: quiet, failures: [...failures, ...unused] };
    });
  }
}
