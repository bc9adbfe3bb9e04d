/**
 * Folds: many numbers into one along axes. An entry gives a state, how one number becomes a state, and an associative
 * combination of two states (which is what lets threads and vectors share the work).
 */
import { allocate, asArray, type DType, type Value } from "../../ir/dtype.ts";
import type { FoldLanes } from "../../ir/fold-lanes.ts";
import { Node, type Op, type Site } from "../../ir/node.ts";
import type { Recognisable } from "../../ir/recognise.ts";
import { sizeOf, stridesOf } from "../../ir/shape.ts";
import { normalizeAxes } from "../../ir/axes.ts";
import type { Shape } from "../../ir/shape.types.ts";
import { entry, floatOf, lift, type Entry, type FoldLaws, type NodeLike } from "./entry.ts";
import { checkOptions } from "./options.ts";
import { cast } from "./cast.ts";
import { broadcastTo } from "./read.ts";
import { input } from "./source.ts";
import { reshape } from "./view.ts";

export interface FoldOptions {
  /** The axes to fold; all by default. Negative ones count from the end. */
  readonly axes?: number | readonly number[];
  /** Keep the folded axes with size 1. Default false. */
  readonly keepDims?: boolean;
}

export const foldOptions: readonly (keyof FoldOptions)[] = ["axes", "keepDims"];

export interface FoldSpec<State> {
  readonly word: string;
  readonly says: string;
  readonly formula: string;
  readonly init: State;
  /** One number as a state; `index` is its position along the folded axes. */
  readonly lift: (x: number, index: number) => State;
  readonly combine: (a: State, b: State) => State;
  readonly out: (state: State) => number;
  /** float: whole numbers become float64; same: the type stays; total: so too, but truth values are counted; index: int32. */
  readonly types: "float" | "same" | "total" | "index";
  readonly linear?: boolean;
  /** Gradient of the operand: `spread` repeats a folded value along the folded axes again. */
  readonly gradient?: FoldGradient;
  /** Which element wins, for kinks: index along the folded axes. */
  readonly branch?: (values: readonly number[]) => number;
  /** For the engine: how it is folded in lanes, or the circuit that is run instead. */
  readonly lanes?: FoldLanes;
  readonly opened?: FoldOpened;
  /** Chains of plain gates over the same axes that are grouped into this fold by `compile`, and why that is better. */
  readonly recognised?: { readonly spellings: readonly ((x: Node, options: FoldOptions) => Node)[]; readonly why: string };
}

export type FoldGradient = (g: Node, x: Node, y: Node, spread: (folded: Node) => Node, axes: readonly number[]) => Node;

/** A fold of `x` in other operations; `spread` repeats a folded value along the folded axes again. */
export type FoldOpened = (x: Node, spread: (folded: Node) => Node, axes: readonly number[]) => Node;

export type FoldFunction = (x: NodeLike, options?: FoldOptions) => Node;

export type FoldEntry = Entry<"fold", FoldFunction>;

export const fold = <State>(spec: FoldSpec<State>): FoldEntry => {
  const op: Op = {
    name: spec.word,
    form: "fold",
    says: spec.says,
    formula: spec.formula,
    plumbing: false,
    placeholder: false,
    commutative: false,
    linear: spec.linear ?? false,
    evaluate: (node, [x]) => {
      const out = allocate(node.dtype, sizeOf(node.shape));
      const state = new Array<State>(out.length).fill(spec.init);
      visit(node, x!, (at, value, index) => (state[at] = spec.combine(state[at]!, spec.lift(value, index))));
      for (let i = 0; i < out.length; i++) out[i] = spec.out(state[i]!);
      return node.shape.length === 0 ? out[0]! : out;
    },
    gradient: (node, g) => {
      const x = node.src[0]!;
      const back = spec.gradient?.(g, x, node, spreadOver(x, axesOf(node)), axesOf(node));
      return [back && cast(back, x.dtype)];
    },
    batch: (node, [x]) => make(x!, axesOf(node).map((axis) => axis + 1), node.site),
    rebuild: ([x], node) => make(x!, axesOf(node), node.site),
  };
  const { lanes, opened } = spec;
  if (lanes) op.work = (node) => ({ kind: "fold", axes: axesOf(node), fold: lanes });
  else if (opened) {
    op.work = (node) => {
      const x = input(node.src[0]!.shape, node.src[0]!.dtype);
      return { kind: "open", body: { params: [x], out: opened(x, spreadOver(x, axesOf(node)), axesOf(node)) } };
    };
  }
  if (spec.branch) {
    const winner = spec.branch;
    op.branch = (node, [x]) => {
      const lists = Array.from({ length: sizeOf(node.shape) }, (): number[] => []);
      visit(node, x!, (at, value) => lists[at]!.push(value));
      return Int32Array.from(lists, winner);
    };
  }
  /** A fold node always drops its axes; keeping them is a reshape behind it. */
  const make = (given: Node, axes: readonly number[], site?: Site): Node => {
    const counted = spec.types === "total" && given.dtype === "bool";
    const x = spec.types === "float" ? cast(given, floatOf(given.dtype)) : counted ? cast(given, "int32") : given;
    const shape = x.shape.filter((_, i) => !axes.includes(i));
    const dtype: DType = spec.types === "index" ? "int32" : x.dtype;
    return new Node(op, [x], { axes }, shape, dtype, site);
  };
  const info = entry<"fold", FoldFunction>({
    word: spec.word,
    sig: "fold",
    op,
    says: spec.says,
    formula: spec.formula,
    operands: 1,
    arity: undefined,
    samples: () => [
      { operands: [[4]] },
      { operands: [[]] },
      { operands: [[2, 3]], options: [{ axes: 1 }] },
      { operands: [[2, 3, 2]], options: [{ axes: [0, -1], keepDims: true }] },
      { operands: [[0, 2]], options: [{ axes: 1 }] },
    ],
    excluded: [],
    differentiable: spec.gradient !== undefined,
    internal: false,
    build: ([given, options], site) => {
      const x = lift(given, spec.word);
      const { axes, keepDims = false } = (options ?? {}) as FoldOptions;
      checkOptions(spec.word, options ?? {}, foldOptions);
      const list = normalizeAxes(axes, x.shape, spec.word);
      const folded = make(x, list, site);
      return keepDims ? reshape(folded, x.shape.map((n, i) => (list.includes(i) ? 1 : n)), site) : folded;
    },
  });
  // A node has no other attribute than its axes; whether they were kept shows only in the shapes around it.
  const rule = (keepDims: boolean): Recognisable => ({
    op,
    params: 1,
    variadic: false,
    holes: (like) => [typeof like === "number" ? input([2], "float64") : input(like[0]!.shape, like[0]!.dtype)],
    spellings: spec.recognised!.spellings.map((spelling) => ([x], attrs) => spelling(x!, { ...attrs, keepDims })),
    build: ([x], attrs) => info(x!, { ...attrs, keepDims }),
    why: spec.recognised!.why,
  });
  const recognisable = spec.recognised ? [rule(false), rule(true)] : [];
  return Object.assign(info, { laws: spec as unknown as FoldLaws, recognisable });
};

const spreadOver =
  (x: Node, axes: readonly number[]) =>
  (folded: Node): Node =>
    broadcastTo(reshape(folded, x.shape.map((n, i) => (axes.includes(i) ? 1 : n))), x.shape);

const axesOf = (node: Node): readonly number[] => node.attrs["axes"] as readonly number[];

/** Visits every element in row-major order with the place of its result and its position along the folded axes. */
const visit = (node: Node, x: Value, each: (at: number, value: number, index: number) => void): void => {
  const { shape, dtype } = node.src[0]!;
  const from = asArray(x, dtype);
  const axes = axesOf(node);
  const folded = foldSteps(shape, axes, true);
  const kept = foldSteps(shape, axes, false);
  const at = new Array<number>(shape.length).fill(0);
  let place = 0;
  let index = 0;
  for (let i = 0; i < from.length; i++) {
    each(place, from[i]!, index);
    for (let j = shape.length - 1; j >= 0; j--) {
      place += kept[j]!;
      index += folded[j]!;
      if (++at[j]! < shape[j]!) break;
      at[j] = 0;
      place -= kept[j]! * shape[j]!;
      index -= folded[j]! * shape[j]!;
    }
  }
};

const foldSteps = (shape: Shape, axes: readonly number[], folded: boolean): number[] => {
  const chosen = shape.map((_, i) => i).filter((i) => axes.includes(i) === folded);
  const strides = stridesOf(chosen.map((i) => shape[i]!));
  return shape.map((_, i) => (chosen.includes(i) ? strides[chosen.indexOf(i)]! : 0));
};
