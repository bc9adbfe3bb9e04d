/**
 * The complex step: the function at x + ih, whose imaginary part over h is the slope. Nothing is subtracted, so h can be
 * so small that the error of the step vanishes too. It needs analytic gates; a maximum has no complex meaning.
 */
import { Diagnostic } from "../ir/diagnostic.ts";
import { allocate, asArray, isFloat, type TypedArray, type Value } from "../ir/dtype.ts";
import { topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Complex, Node } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";
import { expand } from "../passes/expand.ts";
import { interpret } from "../run/interpret.ts";
import { nameOf } from "./entry.ts";
import type { Leaf } from "./witnesses.ts";

/** Far below rounding of anything that is added to a number of ordinary size. */
export const complexStep = 1e-30;

/** Real and imaginary parts; without the latter the value does not depend on what is moved. */
interface Parts {
  readonly re: Value;
  readonly im: Value | undefined;
}

/** Slopes of a scalar function along entries of its inputs, one evaluation each. */
export class ComplexStep {
  readonly #out: Node;
  readonly #order: readonly Node[];
  readonly #leaves: readonly Leaf[];

  /** Groups are opened: what is analytic is decided gate by gate. */
  constructor(out: Node, leaves: readonly Leaf[]) {
    this.#out = expand([out], "body").get(out) ?? out;
    this.#order = topological([this.#out], (node) => leaves.some((leaf) => leaf.node === node));
    this.#leaves = leaves;
  }

  /** @throws Diagnostic `not-analytic` naming the gate and its place */
  slope(leaf: number, entry: number): number {
    const parts = new NodeMap<Parts>();
    this.#leaves.forEach(({ node, values }, i) => {
      if (i !== leaf) return parts.set(node, { re: values, im: undefined });
      const im = allocate("float64", sizeOf(node.shape));
      im[entry] = complexStep;
      parts.set(node, { re: values, im: node.shape.length === 0 ? complexStep : im });
    });
    for (const node of this.#order) if (!parts.has(node)) parts.set(node, evaluate(node, node.src.map((src) => parts.get(src)!)));
    const { im } = parts.get(this.#out)!;
    return im === undefined ? 0 : asArray(im, "float64")[0]! / complexStep;
  }
}

const evaluate = (node: Node, operands: readonly Parts[]): Parts => {
  const { op } = node;
  const real = operands.map(({ re }) => re);
  const run = (inputs: readonly Value[]): Value => op.evaluate(node, inputs, interpret);
  const re = run(real);
  // A comparison or a position looks at the real parts; nothing flows through it.
  if (operands.every(({ im }) => im === undefined) || !isFloat(node.dtype)) return { re, im: undefined };
  if (op.complex) return elementwise(node, op.complex, operands);
  const imaginary = operands.map(({ im }, i) => im ?? zeros(node.src[i]!));
  if (op.form === "contract") {
    const [a, b] = real as [Value, Value];
    const [c, d] = imaginary as [Value, Value];
    return { re: combine(re, run([c, d]), -1), im: combine(run([a, d]), run([c, b]), 1) };
  }
  // What only moves or adds numbers is affine in those that are floats: indices stay as they are.
  if (op.linear || op.form === "view" || op.form === "gather") {
    const at = (floats: (i: number) => Value): Value => run(operands.map(({ re: own }, i) => (isFloat(node.src[i]!.dtype) ? floats(i) : own)));
    return { re, im: combine(at((i) => imaginary[i]!), at((i) => zeros(node.src[i]!)), -1) };
  }
  throw new Diagnostic("not-analytic", `complex step: ${nameOf(node)} is not analytic, so it has no complex meaning`, {
    place: node.site?.place,
    help: "measure the slopes with centred or extrapolated differences",
  });
};

const zeros = (node: Node): Value => (node.shape.length === 0 ? 0 : allocate("float64", sizeOf(node.shape)));

const combine = (a: Value, b: Value, sign: 1 | -1): Value =>
  typeof a === "number" ? a + sign * (b as number) : Float64Array.from(a, (x, i) => x + sign * (b as TypedArray)[i]!);

const elementwise = (node: Node, f: (...z: Complex[]) => Complex, operands: readonly Parts[]): Parts => {
  const entry = (value: Value | undefined, i: number): number => (value === undefined ? 0 : typeof value === "number" ? value : value[i]!);
  const at = (i: number): Complex => f(...operands.map(({ re, im }): Complex => ({ re: entry(re, i), im: entry(im, i) })));
  if (node.shape.length === 0) return at(0);
  const all = Array.from({ length: sizeOf(node.shape) }, (_, i) => at(i));
  return { re: Float64Array.from(all, ({ re }) => re), im: Float64Array.from(all, ({ im }) => im) };
};
