/**
 * Gates: one number out of a few, the same for every element. An entry says what the gate computes and its local
 * gradient; the form makes shapes and types meet, loops, and multiplies [local gradient] x [gate gradient].
 */
import { Diagnostic, shapeText } from "../../ir/diagnostic.ts";
import { allocate, isFloat, promote, store, type DType, type TypedArray, type Value } from "../../ir/dtype.ts";
import type { Formula, IntFormula } from "../../ir/lanes.types.ts";
import { type Complex, noAttrs, Node, type Op, type Pattern, type Site, type Spelling } from "../../ir/node.ts";
import { broadcastShapes, checkSize, sizeOf } from "../../ir/shape.ts";
import type { Shape } from "../../ir/shape.types.ts";
import { plus as sum } from "../complex.ts";
import { cast } from "./cast.ts";
import { entry, lift, operandNotes, type Entry, type Exclusion, type NodeLike, type Sample } from "./entry.ts";
import { broadcastTo } from "./read.ts";
import { constant, constantValue, isWeak } from "./source.ts";

/**
 * How types meet. arithmetic: operands take the later type, truth values alone count as float64; float: as arithmetic, but
 * whole numbers become float64; compare: as arithmetic, the result is bool; choose: the first is bool, the others as
 * arithmetic; bits: all uint32.
 */
export type TypeRule = "arithmetic" | "float" | "compare" | "choose" | "bits";

export interface GateSpec {
  readonly word: string;
  readonly says: string;
  readonly formula: string;
  /** Number of operands; `[least, most]` where trailing ones have defaults or, with `Infinity`, any number is allowed. */
  readonly arity: number | readonly [number, number];
  /** Values of the operands that may be left out, from the last. */
  readonly defaults?: readonly number[];
  readonly types?: TypeRule;
  /** The meaning, in float64; truth values are 0 and 1. */
  readonly scalar: (...x: number[]) => number;
  /** The same on complex numbers, where it is analytic; what makes it subject to the complex step. */
  readonly complex?: (...z: Complex[]) => Complex;
  /** The same in machine code: one formula for one number or vectors of them, float32 and float64. */
  readonly lanes?: Formula;
  /** The same for operands that are all whole numbers of 32 bits; a truth value is 1 or 0. */
  readonly intLanes?: IntFormula;
  /** Local gradient for each operand, of the operands and the output; a number where it is constant. */
  readonly local?: (x: readonly Node[], y: Node) => readonly (Node | number | undefined)[];
  /** The whole rule, where [local] x [upstream] is not the right spelling (a router must not multiply by 0). */
  readonly gradient?: (g: Node, x: readonly Node[], y: Node) => readonly (Node | undefined)[];
  readonly spelling: Spelling;
  readonly pattern?: Pattern;
  readonly commutative?: boolean;
  readonly associative?: boolean;
  readonly involution?: boolean;
  readonly ignores?: { readonly op?: Op | undefined };
  readonly masked?: boolean;
  /** Which smooth piece the point lies on; at a change of piece there is a kink. */
  readonly branch?: (...x: number[]) => number;
  readonly excluded?: readonly Exclusion[];
  readonly canonical?: (x: readonly Node[]) => Node | undefined;
  readonly internal?: boolean;
}

/** The machinery's own gates have no row of signatures, hence neither function nor method. */
type SigOf<A, Internal> = Internal extends true
  ? "internal"
  : A extends 1
    ? "unary"
    : A extends 2
      ? "binary"
      : A extends 3
        ? "ternary"
        : A extends readonly [1, 2]
          ? "unaryWith"
          : "variadic";

export type GateFunction = (...x: NodeLike[]) => Node;
export type Gate<Sig extends string> = Entry<Sig, GateFunction>;

/** A formula and its largest error in units in the last place; `test/ops/lanes` measures it. */
export const within = (ulp: NonNullable<Formula["ulp"]>, formula: Formula): Formula => Object.assign(formula, { ulp });

export const gate = <const A extends GateSpec["arity"], const Internal extends boolean = false>(
  spec: GateSpec & { readonly arity: A; readonly internal?: Internal },
): Gate<SigOf<A, Internal>> => {
  const [least, most] = typeof spec.arity === "number" ? [spec.arity, spec.arity] : spec.arity;
  const rule = spec.types ?? "arithmetic";
  const differentiable = spec.local !== undefined || spec.gradient !== undefined;
  const op: Op = {
    name: spec.word,
    form: "gate",
    says: spec.says,
    formula: spec.formula,
    pattern: spec.pattern,
    plumbing: false,
    placeholder: false,
    commutative: spec.commutative ?? false,
    associative: spec.associative ?? false,
    involution: spec.involution ?? false,
    ignores: spec.ignores?.op,
    masked: spec.masked ?? false,
    linear: false,
    evaluate: (node, inputs) => evaluate(spec.scalar, node, inputs),
    gradient: (node, g) => gradient(spec, node, g),
    tangent: (node, tangents) => tangent(spec, node, tangents),
    spelling: spec.spelling,
    scalar: spec.scalar,
    complex: spec.complex,
    lanes: spec.lanes,
    intLanes: spec.intLanes,
  };
  const make = (args: readonly unknown[], site?: Site): Node => {
    const given = args.length;
    if (given < least || given > most) {
      const count = least === most ? `${least}` : most === Infinity ? `${least} or more` : `${least} to ${most}`;
      throw new Diagnostic("operand-count", `${spec.word}: takes ${count} operand${most === 1 ? "" : "s"}, got ${given}`, {
        help: `it computes ${spec.formula}`,
      });
    }
    const defaults = spec.defaults ?? [];
    // Of the right length from the beginning: a list that grows keeps room for more.
    const operands = new Array<Node>(most === Infinity ? given : most);
    for (let i = 0; i < operands.length; i++) operands[i] = lift(i < given ? args[i] : defaults[i - least]!, spec.word);
    const dtype = meetTypes(rule, operands);
    return new Node(op, operands, noAttrs, meetShapes(spec.word, operands), dtype, site);
  };
  const { lanes, intLanes } = spec;
  // Made once: a program may have millions of nodes, and each pass asks.
  const work = lanes && ({ kind: "gate", formula: lanes } as const);
  const words = intLanes && ({ kind: "words", formula: intLanes } as const);
  if (words) op.work = (node) => (!work || node.src.every((src) => src.dtype === "int32" || src.dtype === "uint32") ? words : work);
  else if (work) op.work = () => work;
  if (spec.branch) op.branch = (node, inputs) => branches(spec.branch!, node, inputs);
  if (spec.canonical) op.canonical = (node) => spec.canonical!(node.src);
  // A gate broadcasts from the right, so a leading axis of examples needs no rule of its own.
  op.batch = (node, src) => make(src, node.site);
  op.rebuild = (src, node) => {
    const made = make(src, node.site);
    return node.name === undefined ? made : made.named(node.name);
  };
  return entry({
    word: spec.word,
    sig: (spec.internal ? "internal" : typeof spec.arity === "number" ? ["unary", "binary", "ternary"][least - 1] : most === 2 ? "unaryWith" : "variadic") as SigOf<A, Internal>,
    op,
    says: spec.says,
    formula: spec.formula,
    operands: "all",
    arity: spec.internal ? undefined : { min: least, max: most },
    samples: () => gateSamples(least, most, rule),
    excluded: spec.excluded ?? [],
    differentiable,
    internal: spec.internal ?? false,
    build: make,
  });
};

/** Every gate is tried as a scalar, as a vector, with broadcasting and with no element at all. */
const gateSamples = (least: number, most: number, rule: TypeRule): readonly Sample[] => {
  const count = most === Infinity ? least + 1 : most;
  const shapes: Shape[][] = [
    Array.from({ length: count }, () => []),
    Array.from({ length: count }, () => [5]),
    Array.from({ length: count }, (_, i) => (i % 2 === 0 ? [2, 3] : [3])),
    Array.from({ length: count }, (_, i) => (i % 2 === 0 ? [2, 1] : [])),
    Array.from({ length: count }, () => [0, 2]),
  ];
  const typed = (shape: Shape, i: number) =>
    rule === "choose" && i === 0 ? { shape, dtype: "bool" as DType } : rule === "bits" ? { shape, dtype: "uint32" as DType } : shape;
  return shapes.map((list) => ({ operands: list.map(typed) }));
};

/** Gives operands, in their list, the types that a rule asks for; returns the type of the result. */
export const meetTypes = (rule: TypeRule, operands: Node[]): DType => {
  const common = commonType(rule, operands);
  for (let i = 0; i < operands.length; i++) {
    const dtype = rule === "choose" && i === 0 ? "bool" : common;
    const node = operands[i]!;
    if (node.dtype !== dtype) operands[i] = isWeak(node) ? constant(constantValue(node)!, node.shape, dtype, true) : cast(node, dtype);
  }
  return rule === "compare" ? "bool" : common;
};

/** The type that the operands take; of a choice those after the first. */
const commonType = (rule: TypeRule, nodes: readonly Node[]): DType => {
  if (rule === "bits") return "uint32";
  const from = rule === "choose" ? 1 : 0;
  let common: DType | undefined;
  for (let i = from; i < nodes.length; i++) {
    const node = nodes[i]!;
    if (!isWeak(node)) common = common === undefined ? node.dtype : promote(common, node.dtype);
  }
  if (common === undefined || isFloat(common)) return common ?? "float64";
  // A number written in the code takes the type of what it meets, unless that type cannot hold it.
  const type = common;
  const fits = nodes.every((node, i) => i < from || !isWeak(node) || store(type, constantValue(node)!) === constantValue(node)!);
  return !fits || rule === "float" || (common === "bool" && rule === "arithmetic") ? "float64" : common;
};

/** Gives operands, in their list, one shape, and returns it. */
export const meetShapes = (word: string, operands: Node[]): Shape => {
  let shape: Shape = operands[0]!.shape;
  for (let i = 1; i < operands.length; i++) {
    const met = broadcastShapes(shape, operands[i]!.shape);
    if (met === undefined) {
      throw new Diagnostic("cannot-broadcast", `${word}: cannot broadcast ${shapeText(shape)} with ${shapeText(operands[i]!.shape)}`, {
        operands: operandNotes(operands),
        help: "sizes must be equal or 1, counted from the last axis; reshape one of them or transpose it",
      });
    }
    shape = met;
  }
  checkSize(shape, word);
  for (let i = 0; i < operands.length; i++) operands[i] = broadcastTo(operands[i]!, shape);
  return shape;
};

const evaluate = (f: (...x: number[]) => number, node: Node, inputs: readonly Value[]): Value => {
  if (node.shape.length === 0) return store(node.dtype, f(...(inputs as readonly number[])));
  const n = sizeOf(node.shape);
  const out = allocate(node.dtype, n);
  const [a, b, c] = inputs as readonly TypedArray[];
  if (inputs.length === 1) for (let i = 0; i < n; i++) out[i] = f(a![i]!);
  else if (inputs.length === 2) for (let i = 0; i < n; i++) out[i] = f(a![i]!, b![i]!);
  else if (inputs.length === 3) for (let i = 0; i < n; i++) out[i] = f(a![i]!, b![i]!, c![i]!);
  else for (let i = 0; i < n; i++) out[i] = f(...(inputs as readonly TypedArray[]).map((x) => x[i]!));
  return out;
};

const branches = (branch: (...x: number[]) => number, node: Node, inputs: readonly Value[]): Int32Array => {
  const n = sizeOf(node.shape);
  const out = new Int32Array(n);
  for (let i = 0; i < n; i++) out[i] = branch(...inputs.map((x) => (typeof x === "number" ? x : x[i]!)));
  return out;
};

const gradient = (spec: GateSpec, node: Node, g: Node): readonly (Node | undefined)[] => {
  if (spec.gradient) return spec.gradient(g, node.src, node).map((back, i) => back && cast(back, node.src[i]!.dtype));
  return spec.local ? spec.local(node.src, node).map((local) => times(local, g)) : [];
};

/**
 * [local] x [upstream], without the multiplication where the local gradient is known to be 0 or 1. A local gradient made
 * of plain numbers, such as where(x > 0, 1, 0), has no type of its own: it takes that of the upstream.
 */
export const times = (local: Node | number | undefined, g: Node): Node | undefined => {
  if (local === undefined || local === 0) return undefined;
  return local === 1 ? g : chain(typeof local === "number" ? local : cast(local, g.dtype), g);
};

/** A gate works element by element, so its Jacobian is diagonal and forward mode multiplies by the same local gradients. */
const tangent = (spec: GateSpec, node: Node, tangents: readonly (Node | undefined)[]): Node | undefined => {
  let sum: Node | undefined;
  tangents.forEach((t, i) => {
    const part = t && gradient(spec, node, t)[i];
    if (part) sum = sum ? plus(sum, part) : part;
  });
  return sum;
};

/**
 * [local gradient] x [gate gradient], the multiplication of the chain rule. A gate gradient of exactly 0 gives 0
 * whatever the local gradient is: where a branch was masked away, an infinite or undefined slope in it stays there.
 */
export const chain: Gate<"internal"> = gate({
  word: "chain",
  says: "multiplies a local gradient by the gate gradient; a gate gradient of 0 stays 0",
  formula: "[local] x [upstream]",
  arity: 2,
  scalar: (local, upstream) => (upstream === 0 ? 0 : local! * upstream!),
  lanes: (k, local, upstream) => k.select(k.eq(upstream!, 0), 0, k.mul(local!, upstream!)),
  gradient: (g, [local, upstream]) => [chain(upstream!, g), chain(local!, g)],
  spelling: { js: "$0 * $1", python: "$0 * $1", level: "product", neutral: [1, 1], helpers: { js: "chain", python: "chain" } },
  pattern: "switcher",
  masked: true,
  internal: true,
});

/** Adding gradients where a value was used more than once. The same gate as the user's own `add`. */
export const plus = gate({
  word: "add",
  says: "distributor: passes the gradient on to every operand unchanged",
  formula: "x + y",
  arity: 2,
  scalar: (a, b) => a! + b!,
  lanes: (k, a, b) => k.add(a!, b!),
  complex: sum,
  local: () => [1, 1],
  spelling: { js: "$0 + $1", python: "$0 + $1", level: "sum" },
  pattern: "distributor",
  commutative: true,
  associative: true,
  canonical: ([a, b]) => (constantValue(a!) === 0 ? b : constantValue(b!) === 0 ? a : undefined),
});
