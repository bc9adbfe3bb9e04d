/**
 * The gradient check of the course (CS231n notes, "Gradient checks"), its rules taken literally: centred differences in
 * float64, relative errors with verdicts that know kinks and depth, a few entries of every parameter, data loss and
 * regularisation apart, and other witnesses beside the numbers.
 */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { asArray, copyOf, isFloat, type TypedArray, type Value } from "../ir/dtype.ts";
import { dependents, topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node } from "../ir/node.ts";
import { indexAt, sameShape } from "../ir/shape.ts";
import { parameterNames, scalarResult, traceCall, type Argument } from "../api/transforms.ts";
import { interpret } from "../run/interpret.ts";
import { tensor, Tensor } from "../trace/tensor.ts";
import { leavesOf, mapTree } from "../trace/tree.ts";
import { ComplexStep, complexStep } from "./complex-step.ts";
import { defaultStep, type Method } from "./differences.ts";
import { Draw } from "./draw.ts";
import { measure, nameOf, type Measured, type Rules } from "./entry.ts";
import { Probe } from "./probe.ts";
import { reportText } from "./report.ts";
import type { CheckOptions, EntryCheck, GradientCheck } from "./types.ts";
import { passes, relativeError, verdictOf, worse, type Verdict } from "./verdict.ts";
import { entryName, feedsOf, findCulprit, forwardMode, gateByGate, gradientsOf, type Leaf } from "./witnesses.ts";

type LossFunction<A extends readonly unknown[]> = (...args: A) => Tensor;

/** What else can be said about a function: gradients of your own to check, and the terms that it adds up. */
export interface FunctionCheckOptions<A extends readonly unknown[]> extends CheckOptions {
  /** Gradients to check instead of the library's own: one for each argument, as `grads(f)` would return them. */
  readonly analytic?: readonly unknown[];
  /**
   * The terms that `f` adds up, for example `{ data, regularisation }`: each is checked on its own as well, because a
   * large penalty hides an error in the gradient of the data loss. With gradients of one's own, give `{ f, analytic }`.
   */
  readonly parts?: Readonly<Record<string, LossFunction<A> | Part<A>>>;
}

export interface Part<A extends readonly unknown[]> {
  readonly f: LossFunction<A>;
  readonly analytic: readonly unknown[];
}

/**
 * Compares the gradient of a function of one number as result with differences of its values, in float64, at the given
 * arguments (numbers, tensors, or trees of them). Nothing that is passed in is changed: the check moves entries of its
 * own copies, and puts each one back before the next.
 *
 * @throws Diagnostic `not-a-scalar`, `not-a-tensor`, `not-deterministic`, `nothing-to-check`, `gradients-do-not-fit`
 * @example
 * const f = (x: Tensor, y: Tensor, z: Tensor) => x.add(y).mul(z);
 * checkGradients(f, [-2, 5, -4]).verdict; // "good"
 */
export const checkGradients = <A extends readonly unknown[]>(
  f: LossFunction<A>,
  args: { readonly [K in keyof A]: Argument<A[K]> },
  options: FunctionCheckOptions<A> = {},
): GradientCheck => {
  const { out, leaves, warnings } = traceInFloat64(f, args);
  const { analytic, parts: terms = {} } = options;
  const whole = checkGraph(out, leaves, options, analytic && givenGradients(analytic, args, leaves));
  const parts = Object.entries(terms).map(([name, term]) => {
    const part = typeof term === "function" ? { f: term } : term;
    return [name, checkGradients(part.f, args, { ...plain(options), ...("analytic" in part && { analytic: part.analytic }) })] as const;
  });
  if (parts.length > 0) warnings.push(...partWarnings(whole, parts));
  return withReport({ ...whole, warnings: [...warnings, ...whole.warnings], parts: Object.fromEntries(parts) });
};

const plain = <A extends readonly unknown[]>({ analytic: _, parts: __, ...rest }: FunctionCheckOptions<A>): CheckOptions => rest;

/** The function's graph on float64 copies of its arguments, traced twice: hidden randomness shows as a different value. */
export const traceInFloat64 = <A extends readonly unknown[]>(
  f: LossFunction<A>,
  args: { readonly [K in keyof A]: Argument<A[K]> },
  float32 = false,
): { readonly out: Node; readonly leaves: readonly Leaf[]; readonly warnings: string[] } => {
  const narrow: string[] = [];
  const names = parameterNames(f as (...args: never[]) => unknown);
  const copies = (args as readonly unknown[]).map((arg, i) =>
    mapTree(typeof arg === "number" ? tensor(arg) : arg, (leaf, path) => {
      if (!isFloat(leaf.dtype)) return leaf;
      if (leaf.dtype === "float32") narrow.push(leaf.name ?? path);
      const options = { shape: leaf.shape, dtype: float32 ? "float32" : "float64" } as const;
      return tensor(leaf.dataSync(), leaf.name === undefined ? options : { ...options, name: leaf.name });
    }, names[i] ?? `argument ${i + 1}`),
  );
  const trace = () => {
    const traced = traceCall(f as (...args: never[]) => unknown, copies, copies.length);
    const numbers = copies.flatMap((copy) => leavesOf(copy)).map(({ tensor: leaf }) => (leaf.rank === 0 ? leaf.itemSync() : leaf.dataSync()));
    const leaves = traced.leaves.map(({ parameter }, i): Leaf => ({ name: parameter.name!, node: parameter, values: numbers[i]! }));
    return { out: scalarResult(traced.out, "checkGradients"), leaves };
  };
  const first = trace();
  const second = trace();
  const valueOf = ({ out, leaves }: typeof first): Value => interpret([out], feedsOf(leaves))[0]!;
  const [a, b] = [valueOf(first), valueOf(second)];
  if (!Object.is(a, b)) {
    throw new Diagnostic("not-deterministic", `checkGradients: the function gave ${a} and then ${b} for the same arguments`, {
      place: first.out.site?.place,
      help: "fix its randomness for the check: pass one key (dropout and augmentation then make the same choices each time), or leave it out",
    });
  }
  const warnings = narrow.length === 0 ? [] : [
    `${narrow.length === 1 ? `${narrow[0]} is` : `${narrow.length} arguments are`} float32: checked on a float64 copy, since float32 differences are good to about 1e-3 only`,
  ];
  return { ...first, warnings };
};

/** The caller's gradients as one array for each leaf. */
const givenGradients = (given: readonly unknown[], args: readonly unknown[], leaves: readonly Leaf[]): TypedArray[] => {
  const trees = given.map((tree) => leavesOf(typeof tree === "number" ? tensor(tree) : tree).map((leaf) => leaf.tensor));
  const flat = trees.flat();
  if (given.length !== args.length || flat.length !== leaves.length || flat.some((g, i) => !sameShape(g.shape, leaves[i]!.node.shape))) {
    const shapes = (list: readonly { shape: readonly number[] }[]) => list.map(({ shape }) => shapeText(shape)).join(", ") || "none";
    throw new Diagnostic("gradients-do-not-fit", `checkGradients: gradients of shapes ${shapes(flat)} were given for arguments of shapes ${shapes(leaves.map((leaf) => leaf.node))}`, {
      help: "give one gradient for each argument, of its shape: [dx, dy, ...]",
    });
  }
  return flat.map((g) => g.dataSync());
};

const partWarnings = (whole: GradientCheck, parts: readonly (readonly [string, GradientCheck])[]): string[] => {
  const warnings: string[] = [];
  const sum = parts.reduce((total, [, part]) => total + part.value, 0);
  if (Math.abs(sum - whole.value) > 1e-9 * Math.max(Math.abs(sum), Math.abs(whole.value))) {
    warnings.push(`the parts add up to ${sum}, the function is ${whole.value}: they are not all of it`);
  }
  const sizes = parts.map(([name, part]) => ({ name, size: most(part.entries.map((e) => Math.abs(e.numeric))) }));
  sizes.sort((a, b) => b.size - a.size);
  const [large, small] = [sizes[0]!, sizes.at(-1)!];
  if (small.size > 0 && large.size > 1000 * small.size) {
    warnings.push(`the gradient of ${large.name} is ${(large.size / small.size).toExponential(0)} times that of ${small.name}: in their sum an error of the latter would not show`);
  }
  return warnings;
};

/**
 * As `checkGradients`, for a graph: `out` is a scalar node, `leaves` its inputs with their values (float64; others are
 * held fixed). `given` are gradients to check instead of the library's own.
 */
export const checkGraph = (out: Node, leaves: readonly Leaf[], options: CheckOptions = {}, given?: readonly TypedArray[]): GradientCheck => {
  const { difference = "centred", formula = "notes", samples = 10, seed = 0 } = options;
  const copies = leaves.map((leaf) => ({ ...leaf, values: copyOf(leaf.values) }));
  if (!copies.some(({ node }) => isFloat(node.dtype))) {
    throw new Diagnostic("nothing-to-check", "checkGradients: none of the arguments is a tensor of floats", {
      help: "pass the parameters as arguments: checkGradients((w) => loss(w), [w])",
    });
  }
  const probe = new Probe([out], copies.map((leaf) => leaf.node));
  probe.set(copies.map((leaf) => leaf.values), [1]);
  const own = gradientsOf(out, copies);
  const gradients = given ?? own;
  const depth = options.depth ?? layersOf(out);
  const kinks = probe.choosers.length > 0;
  const measured = measuring(difference, { out, leaves: copies, probe }, { h: options.h, formula, depth, kinks });
  const draw = new Draw(seed);
  const entries = copies.flatMap((leaf, i): EntryCheck[] => {
    if (!isFloat(leaf.node.dtype)) return [];
    const x = asArray(leaf.values, leaf.node.dtype);
    return draw.sample(x.length, samples).map((at): EntryCheck => {
      const analytic = gradients[i]![at]!;
      const name = entryName(leaf, at);
      return { name, parameter: leaf.name, index: indexAt(at, leaf.node.shape), analytic, ...measured(i, at, analytic, x[at]!), ...(given && { own: own[i]![at]! }) };
    });
  });
  const others = options.witnesses === false ? [] : [gateByGate(out, copies, own), forwardMode(out, copies, own, seed)];
  const witnesses = others.filter((witness) => witness !== undefined);
  let verdict = entries.reduce<Verdict>((all, entry) => worse(all, entry.verdict), "good");
  if (witnesses.some((witness) => !witness.agrees)) verdict = worse(verdict, "suspicious");
  const culprit = passes(verdict) || given ? undefined : findCulprit(out, copies, seed);
  const value = probe.total();
  const found = { entries, witnesses, verdict, value };
  const comparable = entries.filter((e) => !e.kink && !Number.isNaN(e.relativeError));
  const worst = verdict === "not finite" ? NaN : most(comparable.map((e) => e.relativeError));
  return withReport({ passed: passes(verdict), ...found, worst, warnings: warningsOf(found, probe, out, copies), culprit, parts: {}, text: "" });
};

/** Measures entry `at` of leaf `i`, whose value is `x`, and judges the analytic gradient by it. */
type Measuring = (i: number, at: number, analytic: number, x: number) => Measured;

const measuring = (
  method: Method,
  { out, leaves, probe }: { readonly out: Node; readonly leaves: readonly Leaf[]; readonly probe: Probe },
  { h, ...rest }: Omit<Rules, "difference" | "h"> & { readonly h: number | undefined },
): Measuring => {
  if (method !== "complex") {
    const rules: Rules = { ...rest, difference: method, h: h ?? defaultStep[method] };
    return (i, at, analytic, x) => measure(probe.along(i, at), analytic, x, rules);
  }
  const step = new ComplexStep(out, leaves);
  return (i, at, analytic) => {
    const numeric = step.slope(i, at);
    const error = relativeError[rest.formula](analytic, numeric);
    const finite = Number.isFinite(numeric) && Number.isFinite(analytic);
    return { numeric, relativeError: error, kink: false, h: complexStep, verdict: finite ? verdictOf(error, rest) : "not finite" };
  };
};

const withReport = (check: GradientCheck): GradientCheck => {
  const verdict = Object.values(check.parts).reduce<Verdict>((all, part) => worse(all, part.verdict), check.verdict);
  const judged = { ...check, verdict, passed: passes(verdict) };
  return { ...judged, text: reportText(judged) };
};

/** The largest of numbers that are not negative; 0 of none. */
const most = (sizes: readonly number[]): number => sizes.reduce((a, b) => Math.max(a, b), 0);

const tiny = 1e-10;

/** From so many entries on a share of kinks says something about the data, not about one circuit. */
const manyEntries = 10;

const warningsOf = (
  { entries, witnesses, value }: Pick<GradientCheck, "entries" | "witnesses" | "value">,
  probe: Probe,
  out: Node,
  leaves: readonly Leaf[],
): string[] => {
  const warnings: string[] = [];
  if (!Number.isFinite(value)) {
    const source = probe.firstNonFinite() ?? probe.firstNonFinite(true);
    warnings.push(`the function is ${value} here${source ? `; the first value that is not finite comes from ${nameOf(source)}` : ""}`);
  }
  const strange = entries.find((e) => !Number.isFinite(e.analytic));
  if (strange) warnings.push(`the gradient at ${strange.name} is ${strange.analytic}`);
  const small = entries.filter((e) => e.analytic !== 0 && Math.abs(e.analytic) < tiny);
  if (small.length > 0) {
    const sizes = small.map((e) => Math.abs(e.analytic));
    const factor = 10 ** Math.min(300, Math.ceil(-Math.log10(most(sizes))));
    const many = small.length === 1 ? `the gradient at ${small[0]!.name} is` : `${small.length} of ${entries.length} gradients are`;
    warnings.push(`${many} smaller than 1e-10 (${sizes.reduce((a, b) => Math.min(a, b)).toExponential(1)}): differences of such numbers are mostly rounding; check the function times ${factor.toExponential(0)} instead`);
  }
  const kinks = entries.filter((e) => e.kink).length;
  if (entries.length >= manyEntries && kinks > entries.length / 5) warnings.push(`${kinks} of ${entries.length} entries crossed a kink: check with fewer data points (2 or 3 are enough) or a smaller h`);
  const order = topological([out]);
  const active = dependents(order, leaves.map((leaf) => leaf.node));
  const narrow = order.find((node) => active.has(node) && node.dtype === "float32");
  if (narrow) warnings.push(`part of the function computes in float32, from ${nameOf(narrow)} on: its differences are good to about 1e-3 only`);
  for (const witness of witnesses) if (!witness.agrees) warnings.push(`${witness.name} disagrees: ${witness.note}`);
  return warnings;
};

/** Layers in the course's sense: the most matrix products that any path passes through. */
const layersOf = (out: Node): number => {
  const depth = new NodeMap<number>();
  for (const node of topological([out])) {
    const before = node.src.reduce((most, src) => Math.max(most, depth.get(src) ?? 0), 0);
    depth.set(node, before + (node.op.form === "contract" ? 1 : 0));
  }
  return Math.max(1, depth.get(out)!);
};
