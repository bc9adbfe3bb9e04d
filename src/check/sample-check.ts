/** Everything that can be compared at one point of one sample of an operation. */
import { shapeText } from "../ir/diagnostic.ts";
import { asArray, copyOf, isFloat, type TypedArray, type Value } from "../ir/dtype.ts";
import type { Node } from "../ir/node.ts";
import { indexAt, sameShape, sizeOf } from "../ir/shape.ts";
import { best, differences } from "./differences.ts";
import type { Draw } from "./draw.ts";
import { near, rounding } from "./entry.ts";
import { Probe, type Line } from "./probe.ts";
import type { Subject } from "./subject.ts";

/** What was compared: the columns of the report. */
export const comparisons = ["order 1", "order 2", "kinks", "gate by gate", "forward", "linear", "float32", "values", "laws"] as const;
export type Comparison = (typeof comparisons)[number];

/** One disagreement. */
export interface Failure {
  readonly what: Comparison | "exclusion" | "shape";
  /** Where: which sample, which operand and entry. */
  readonly where: string;
  readonly sentence: string;
}

/** Counts what was compared and keeps what disagreed. */
export class Tally {
  readonly counts = new Map<Comparison, number>(comparisons.map((what) => [what, 0]));
  readonly failures: Failure[] = [];
  worst = 0;
  /** Numbers left out because a kink lay within a few steps. */
  kinks = 0;

  compare(what: Comparison, where: () => string, names: readonly [string, string], a: number, b: number, relative: number, absolute: number): void {
    this.counts.set(what, this.counts.get(what)! + 1);
    if (!near(a, b, relative, absolute)) return this.fail(what, where(), `${names[0]} ${a}, ${names[1]} ${b}`);
    if (a !== b && relative > 0 && what.startsWith("order")) this.worst = Math.max(this.worst, Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), absolute / relative));
  }

  count(what: Comparison, n: number): void {
    this.counts.set(what, this.counts.get(what)! + n);
  }

  fail(what: Failure["what"], where: string, sentence: string): void {
    this.failures.push({ what, where, sentence });
  }

  get failed(): boolean {
    return this.failures.length > 0;
  }
}

/** The probes of one sample, made once. */
export class SampleCheck {
  readonly #subject: Subject;
  readonly #label: string;
  readonly #differentiable: boolean;
  readonly #value: Probe;
  readonly #gradient: Probe;
  readonly #all: Probe;

  constructor(subject: Subject, label: string, differentiable: boolean) {
    this.#subject = subject;
    this.#label = label;
    this.#differentiable = differentiable;
    this.#value = subject.value();
    this.#gradient = subject.gradient();
    this.#all = new Probe(subject.roots, subject.placeholders, []);
  }

  /** The value of any node at the last point. */
  valueOf(node: Node): Value | undefined {
    return this.#all.valueOf(node);
  }

  shapes(tally: Tally): void {
    const { floats, gradients, second, inputs } = this.#subject;
    for (const [of, list] of [["gradient", gradients], ["second gradient", second]] as const) {
      list.forEach((node, k) => {
        const input = inputs[floats[k]!]!;
        if (!node || (sameShape(node.shape, input.shape) && node.dtype === input.dtype)) return;
        const text = ({ shape, dtype }: Node): string => `${dtype} ${shapeText(shape)}`;
        tally.fail("shape", this.#label, `the ${of} of operand ${floats[k]! + 1} is ${text(node)}, the operand ${text(input)}`);
      });
    }
  }

  /** All comparisons at one point. */
  run(values: readonly Value[], draw: Draw, tally: Tally): void {
    const { out, floats, inputs, gradients, second, directions } = this.#subject;
    const upstream = normals(out, draw);
    const along = directions.map((node) => normals(node, draw));
    this.#all.set([...values, upstream, ...along], []);
    const zeros = inputs.map((node) => new Float64Array(sizeOf(node.shape)));
    const first = gradients.map((node, k) => this.#read(node) ?? zeros[floats[k]!]!);
    const curvature = second.map((node, k) => this.#read(node) ?? zeros[floats[k]!]!);
    if (!this.#differentiable) {
      this.#withoutSlope(first, tally);
      if (isFloat(out.dtype)) return;
    }
    this.#value.set(own(values), [upstream]);
    this.#slopes("order 1", this.#value, first, values, tally, 1);
    if (!this.#differentiable) return;
    this.#together(first, tally);
    const weights = this.#gradient.outs.map((node) => added(gradients.flatMap((g, k) => (g === node ? [along[k]!] : []))));
    this.#gradient.set([...own(values), upstream], weights);
    this.#slopes("order 2", this.#gradient, curvature, values, tally, 16);
    this.#forward(first, along, upstream, tally);
    this.#opened(first, tally);
  }

  #read(node: Node | undefined): TypedArray | undefined {
    return node && asArray(this.#all.valueOf(node)!, node.dtype);
  }

  #withoutSlope(gradients: readonly TypedArray[], tally: Tally): void {
    for (const gradient of gradients) {
      gradient.forEach((g) => tally.compare("values", () => this.#label, ["gradient", "should be"], g, 0, 0, 0));
    }
  }

  #slopes(what: "order 1" | "order 2", probe: Probe, analytic: readonly TypedArray[], values: readonly Value[], tally: Tally, noise: number): void {
    const { floats, inputs } = this.#subject;
    for (const [k, i] of floats.entries()) {
      const x = asArray(values[i]!, "float64");
      for (let e = 0; e < x.length; e++) {
        const line = probe.along(i, e);
        const h = 2e-4 * Math.max(0.01, Math.abs(x[e]!));
        const a = analytic[k]![e]!;
        const where = (): string => `${this.#label}, operand ${i + 1}${entryText(e, inputs[i]!)} = ${x[e]}`;
        if (line.crossed(-2 * h, 2 * h)) {
          tally.kinks++;
          if (what === "order 1" && this.#differentiable) atKink(line, h, a, where, tally);
          continue;
        }
        // Numbers of order one may have cancelled inside, whatever the size of what came out.
        const within = noise * (4 * rounding(line, h) + (8 * Number.EPSILON) / h);
        const relative = what === "order 1" ? 1e-7 : 1e-6;
        const quick = differences.extrapolated(line.change, h);
        // Near the edge of a domain the step is too long; shorter ones decide.
        const numeric = near(a, quick, relative, within) ? quick : best(line.change, [h, h / 10, h / 100], (step) => rounding(line, step)).slope;
        if (!Number.isFinite(a) || !Number.isFinite(numeric)) {
          tally.fail(what, where(), `analytic ${a}, numeric ${numeric}: not finite at a point that is not excluded`);
        } else tally.compare(what, where, ["analytic", "numeric"], a, numeric, relative, within);
      }
    }
  }

  /** All numbers moved together keep their ties, so that the shares of equal winners must add up. */
  #together(gradients: readonly TypedArray[], tally: Tally): void {
    const line = this.#value.together(this.#subject.floats);
    const h = 1e-4;
    if (line.crossed(-2 * h, 2 * h)) return;
    const sum = gradients.reduce((all, gradient) => all + total(gradient), 0);
    const numeric = differences.extrapolated(line.change, h);
    if (!Number.isFinite(numeric)) return;
    tally.compare("kinks", () => `${this.#label}, all operands moved together`, ["analytic", "numeric"], sum, numeric, 1e-6, 16 * (rounding(line, h) + Number.EPSILON / h));
  }

  #forward(gradients: readonly TypedArray[], along: readonly Value[], upstream: Value, tally: Tally): void {
    const { tangent, transposed, out, directions } = this.#subject;
    const backward = gradients.reduce((sum, g, k) => sum + dot(g, asArray(along[k]!, directions[k]!.dtype)), 0);
    const size = gradients.reduce((sum, g, k) => sum + dot(g.map(Math.abs), asArray(along[k]!, directions[k]!.dtype).map(Math.abs)), 0);
    const given = asArray(upstream, out.dtype);
    // What is linear has no rounding but that of adding up: its two modes are transposes of each other to the last digits.
    const within = out.op.linear ? 1e-13 * size : 1e-10 * size + 1e-13;
    for (const [name, node] of [["forward mode", tangent], ["the gradient's gradient for the upstream", transposed]] as const) {
      const t = this.#read(node) ?? new Float64Array(given.length);
      if (size > 0 || t.length > 0) tally.compare("forward", () => this.#label, [name, "gradient times direction"], dot(t, given), backward, 0, within);
    }
  }

  #opened(gradients: readonly TypedArray[], tally: Tally): void {
    const { opened, out } = this.#subject;
    if (!opened) return;
    // Where the plain gates overflow there is nothing to compare: that is what the stable form is for.
    if (!this.#read(opened.out)!.every(Number.isFinite)) return;
    const pairs = [[this.#read(out)!, this.#read(opened.out)!], ...gradients.map((g, k) => [g, this.#read(opened.gradients[k]) ?? new Float64Array(g.length)])];
    for (const [a, b] of pairs as [TypedArray, TypedArray][]) {
      const scale = largest(a, 1);
      a.forEach((v, i) => tally.compare("gate by gate", () => this.#label, ["grouped", "gate by gate"], v, b[i]!, 1e-9, 1e-12 * scale));
    }
  }

  /** The gradient is linear in the upstream, and an upstream of 0 gives exactly 0 whatever the slope is. */
  linear(values: readonly Value[], draw: Draw, tally: Tally): void {
    const { out, gradients, directions } = this.#subject;
    const fixed = directions.map((node) => normals(node, draw));
    const at = (upstream: Value): TypedArray[] => {
      this.#all.set([...values, upstream, ...fixed], []);
      return gradients.map((node) => this.#read(node)?.slice() ?? new Float64Array(0));
    };
    const [r, s] = [normals(out, draw), normals(out, draw)];
    const mixed = added([scaled(r, 2), scaled(s, -3)]);
    const [a, b, both] = [at(r), at(s), at(mixed)];
    both.forEach((gradient, k) => {
      const size = 2 * largest(a[k]!, 0) + 3 * largest(b[k]!, 0);
      gradient.forEach((g, i) => tally.compare("linear", () => this.#label, ["gradient for the upstream 2r - 3s", "twice that for r less three times that for s"], g, 2 * a[k]![i]! - 3 * b[k]![i]!, 0, 1e-12 * size));
    });
    this.silent(values, tally);
  }

  /** An upstream of exactly 0: also where a slope is infinite or undefined no NaN comes back. */
  silent(values: readonly Value[], tally: Tally): void {
    const { out, gradients, directions } = this.#subject;
    this.#all.set([...values, scaled(ones(out), 0), ...directions.map(ones)], []);
    for (const node of gradients) {
      this.#read(node)?.forEach((g) => tally.compare("linear", () => `${this.#label} at ${textOf(values)}`, ["gradient for an upstream of 0", "should be"], g, 0, 0, 0));
    }
  }

  /** Values and gradients in float32 against float64, at numbers that both can hold. */
  float32(other: SampleCheck, values: readonly Value[], draw: Draw, tally: Tally): void {
    const rounded = values.map((value, i) => (isFloat(this.#subject.types[i]!.dtype) ? scaled(value, 1, Math.fround) : value));
    const upstream = scaled(normals(this.#subject.out, draw), 1, Math.fround);
    const fixed = this.#subject.directions.map((node) => scaled(ones(node), 0));
    const narrow = upstream instanceof Float64Array && other.#subject.out.dtype === "float32" ? Float32Array.from(upstream) : upstream;
    this.#all.set([...rounded, upstream, ...fixed], []);
    other.#all.set([...rounded, narrow, ...fixed], []);
    const nodes = [this.#subject.out, ...this.#subject.gradients];
    const others = [other.#subject.out, ...other.#subject.gradients];
    nodes.forEach((node, k) => {
      const a = this.#read(node);
      if (!a) return;
      const b = other.#read(others[k]) ?? new Float64Array(a.length);
      const scale = largest(a, 0);
      a.forEach((v, i) => tally.compare("float32", () => `${this.#label}, ${k === 0 ? "value" : "gradient"} at ${textOf(values)}`, ["float64", "float32"], v, b[i]!, 1e-5, 1e-5 * scale));
    });
  }

  /** Where an entry leaves a point out, one operand may still have a slope there: that one is compared all the same. */
  oneByOne(values: readonly Value[], tally: Tally): void {
    const { out, floats, directions } = this.#subject;
    this.#all.set([...values, ones(out), ...directions.map(ones)], []);
    this.#value.set(own(values), [ones(out)]);
    for (const [k, i] of floats.entries()) {
      const line = this.#value.along(i, 0);
      if (!line.finite(0) || line.crossed(-1e-3, 1e-3)) continue;
      const [wide, narrow] = [1e-3, 1e-4].map((h) => differences.centred(line.change, h)) as [number, number];
      // The same from both sides, at two distances: a corner looks flat to a centred difference.
      const sides = near(line.change(-1e-4, 0), line.change(0, 1e-4), 1e-2, 1e-7);
      if (!Number.isFinite(wide) || !near(wide, narrow, 1e-4, 1e-6) || !sides) continue;
      const analytic = this.#read(this.#subject.gradients[k])?.[0] ?? 0;
      tally.compare("order 1", () => `${this.#label} at ${textOf(values)}, operand ${i + 1} alone`, ["analytic", "numeric"], analytic, narrow, 1e-4, 1e-6);
    }
  }

  /** True if value and slopes here, and the value a little to each side, are finite and on one smooth piece. */
  isFine(values: readonly Value[]): boolean {
    const { out, floats, directions } = this.#subject;
    const finiteAt = (point: readonly Value[]): boolean => {
      this.#all.set([...point, ones(out), ...directions.map(ones)], []);
      return [out, ...this.#subject.gradients].every((node) => this.#read(node)?.every(Number.isFinite) ?? true);
    };
    this.#value.set(own(values), [ones(out)]);
    const h = 1e-3;
    return (
      finiteAt(values) &&
      floats.every((i) => {
        const x = values[i] as number;
        const moved = (by: number): Value[] => values.map((value, j) => (j === i ? x + by : value));
        return !this.#value.along(i, 0).crossed(-h, h) && finiteAt(moved(h)) && finiteAt(moved(-h));
      })
    );
  }
}

/** At a kink the gradient lies between the slopes of the two sides. */
const atKink = (line: Line, h: number, a: number, where: () => string, tally: Tally): void => {
  const [left, right] = [line.change(-h, 0) / h, line.change(0, h) / h];
  if (!Number.isFinite(left) || !Number.isFinite(right)) return;
  const slack = 1e-2 * (Math.abs(left) + Math.abs(right)) + rounding(line, h);
  const inside = Math.min(Math.max(a, Math.min(left, right) - slack), Math.max(left, right) + slack);
  tally.compare("kinks", where, ["analytic", `slope ${left} on the left, ${right} on the right, nearest to it`], a, inside, 0, 0);
};

const fill = (node: Node, next: () => number): Value =>
  node.shape.length === 0 ? next() : Float64Array.from({ length: sizeOf(node.shape) }, next);
const normals = (node: Node, draw: Draw): Value => fill(node, () => draw.normal());
const ones = (node: Node): Value => fill(node, () => 1);

const scaled = (value: Value, by: number, then: (x: number) => number = (x) => x): Value =>
  typeof value === "number" ? then(value * by) : Float64Array.from(value, (x) => then(x * by));

const added = (values: readonly Value[]): Value =>
  values.reduce((a, b) => (typeof a === "number" ? a + (b as number) : Float64Array.from(a, (x, i) => x + (b as TypedArray)[i]!)));

const own = (values: readonly Value[]): Value[] => values.map(copyOf);

const dot = (a: TypedArray, b: TypedArray): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

const total = (a: TypedArray): number => {
  let sum = 0;
  for (const x of a) sum += x;
  return sum;
};

/** The largest absolute value. */
export const largest = (a: TypedArray, least: number): number => {
  let most = least;
  for (const x of a) most = Math.max(most, Math.abs(x));
  return most;
};

const entryText = (element: number, node: Node): string => (node.shape.length === 0 ? "" : `[${indexAt(element, node.shape).join(", ")}]`);

const textOf = (values: readonly Value[]): string => values.map((value) => (typeof value === "number" ? String(value) : `[${value.join(", ")}]`)).join("; ");
