/**
 * Groups: an operation that holds a circuit of others. "If a group of gates has a simple gradient, make it one gate"
 * (slides 22 to 25): the group may state that gradient and a numerically stable circuit to run, and all are compared.
 */
import { Diagnostic, shapeText } from "../../ir/diagnostic.ts";
import { type Attrs, type Body, Node, type Op, type RunBody, type Site } from "../../ir/node.ts";
import type { Recognisable } from "../../ir/recognise.ts";
import { sameShape } from "../../ir/shape.ts";
import { close } from "./capture.ts";
import { cast } from "./cast.ts";
import { entry, lift, type Entry, type EntryInfo, type Exclusion, type NodeLike, type Sample } from "./entry.ts";
import { meetShapes, meetTypes, times } from "./gate.ts";
import { allBatched } from "./read.ts";
import { input } from "./source.ts";

export interface GroupSpec<Sig extends string, Options = undefined> {
  readonly word: string;
  readonly sig: Sig;
  readonly says: string;
  readonly formula: string;
  /** Names of the operands; as many are passed to `body`. */
  readonly params: readonly string[];
  /** The last operand may be repeated. */
  readonly variadic?: boolean;
  /** Checks and completes the options that may stand behind the operands. Axes count from the end: examples come in front. */
  readonly options?: (given: Partial<Options> | undefined, x: readonly Node[]) => Options;
  /** What it means, gate by gate, on operands of the given shapes; throws a `Diagnostic` where shapes do not fit. */
  readonly body: Circuit<Options>;
  /** An equal circuit that stays finite and exact where the plain one does not; this one is run. */
  readonly lowered?: Circuit<Options>;
  /** Local gradients of an elementwise group. */
  readonly local?: (x: readonly Node[], y: Node) => readonly (Node | number | undefined)[];
  /** The grouped gradient of any other group. With neither, the gradient is taken through the body, gate by gate. */
  readonly gradient?: (g: Node, x: readonly Node[], y: Node, options: Options) => readonly (Node | undefined)[];
  /** Works element by element: usable as a gate of the circuit language. */
  readonly elementwise?: boolean;
  /** Leading axes are independent examples (softmax of many rows): called on many examples it stays one group. */
  readonly leading?: boolean;
  readonly samples?: readonly Sample[];
  readonly excluded?: readonly Exclusion[];
  /** Further spellings that mean the same, so that they are recognised too. */
  readonly alsoWritten?: readonly Circuit<Options>[];
  /** Present: a chain of plain gates that looks like this is grouped by `compile`; a sentence says why that is better. */
  readonly recognised?: string;
  /** The options of a chain that is recognised, from the attributes of its first fold. */
  readonly found?: (fold: Attrs) => Partial<Options>;
}

/** A circuit over the operands. */
type Circuit<Options> = (x: readonly Node[], options: Options) => Node;

/** Operands, and behind them the options of a group that has some. */
export type GroupFunction<Options = undefined> = (...x: ([Options] extends [undefined] ? NodeLike : NodeLike | Partial<Options>)[]) => Node;
export type GroupEntry<Sig extends string, Options = undefined> = Entry<Sig, GroupFunction<Options>>;

export const group = <const Sig extends string, Options = undefined>(spec: GroupSpec<Sig, Options>): GroupEntry<Sig, Options> => {
  const op: Op = {
    name: spec.word,
    form: "body",
    says: spec.says,
    formula: spec.formula,
    plumbing: false,
    placeholder: false,
    commutative: false,
    linear: false,
    evaluate: (node, inputs, run: RunBody) => {
      const { params, out } = loweredOf(node);
      return run([out], new Map(params.map((param, i) => [param, inputs[i]!])))[0]!;
    },
    // Captured operands stand behind the declared ones, so only a call with new shapes goes through the front door.
    rebuild: (src, node) => (src.every((s, i) => sameShape(s.shape, node.src[i]!.shape)) ? node.withSources(src) : again(src, node)),
    batch: (node, src, batched) =>
      (spec.elementwise || spec.leading) && node.attrs["captured"] === 0 ? again(allBatched(src, batched), node) : undefined,
    body: bodyOf,
    lowered: loweredOf,
    work: (node) => ({ kind: "open", body: loweredOf(node) }),
  };
  const { gradient, local } = spec;
  if (gradient) op.gradient = (node, g) => gradient(g, node.src, node, optionsOf(node)).map((back, i) => back && cast(back, node.src[i]!.dtype));
  else if (local) op.gradient = (node, g) => local(node.src, node).map((l) => times(l, g));
  const optionsOf = (node: Node): Options => node.attrs["options"] as Options;
  const again = (src: readonly Node[], node: Node): Node => make(spec.options ? [...src, optionsOf(node)] : src, node.site);
  const least = spec.params.length;
  const most = spec.variadic ? Infinity : least;
  const nameOf = (i: number): string => spec.params[i] ?? `${spec.params.at(-1)!}${i + 2 - spec.params.length}`;
  const make = (all: readonly unknown[], site?: Site): Node => {
    const [args, [settings, ...surplus]] = spec.options ? [all.slice(0, least), all.slice(least)] : [all, []];
    if (surplus.length > 0 || args.length < least || args.length > most) {
      throw new Diagnostic("operand-count", `${spec.word}: takes ${spec.params.join(", ")}${spec.variadic ? ", ..." : ""}; got ${all.length} operand${all.length === 1 ? "" : "s"}`, {
        help: `it computes ${spec.formula}`,
      });
    }
    const nodes = args.map((x) => lift(x, spec.word));
    // As in a gate, operands meet before: a local gradient then has the shape and type of its operand.
    if (spec.elementwise) {
      meetTypes("float", nodes);
      meetShapes(spec.word, nodes);
    }
    const params = nodes.map((node, i) => input(node.shape, node.dtype, nameOf(i)));
    const options = spec.options?.(settings as Partial<Options> | undefined, nodes) as Options;
    const plain = spec.body(params, options);
    const closed = close(params, [plain, spec.lowered ? spec.lowered(params, options) : plain]);
    if (closed.captured.length > 0 && (spec.gradient || spec.local)) {
      const names = closed.captured.map((node) => node.name ?? node.op.name).join(", ");
      throw new Diagnostic("captured-value", `${spec.word}: its body uses ${names} from outside, for which its own gradient says nothing`, {
        help: "pass it as a parameter of the group, or leave the gradient out",
      });
    }
    const body: Body = { params: closed.params, out: closed.outs[0]! };
    const lowered: Body = { params: closed.params, out: closed.outs[1]! };
    if (!sameShape(body.out.shape, lowered.out.shape) || body.out.dtype !== lowered.out.dtype) {
      const [meant, run] = [body.out, lowered.out].map((out) => `${out.dtype} ${shapeText(out.shape)}`);
      throw new Diagnostic("stable-differs", `${spec.word}: body gives ${meant}, its stable form ${run}`, {
        help: "both must be the same function, with a result of the same shape and type",
      });
    }
    const captured = closed.captured.length;
    return new Node(op, [...nodes, ...closed.captured], { body, lowered, captured, ...(spec.options && { options }) }, body.out.shape, body.out.dtype, site);
  };
  const info: EntryInfo<Sig> = {
    word: spec.word,
    sig: spec.sig,
    op,
    says: spec.says,
    formula: spec.formula,
    operands: spec.options ? least : "all",
    arity: spec.elementwise ? { min: least, max: most } : undefined,
    samples: () => spec.samples ?? elementwiseSamples(spec.params.length + (spec.variadic ? 1 : 0)),
    excluded: spec.excluded ?? [],
    differentiable: true,
    internal: false,
    build: make,
  };
  const rule: Recognisable = {
    op,
    params: spec.params.length,
    variadic: spec.variadic ?? false,
    holes: (like) => holesOf(info.samples()[0]!.operands, like),
    spellings: [spec.body, ...(spec.alsoWritten ?? [])].map((spelling) => (operands, fold) => spelling(operands, spec.options?.(spec.found?.(fold), operands) as Options)),
    build: (operands, fold) => make(spec.options ? [...operands, spec.found?.(fold)] : operands),
    why: spec.recognised ?? "",
  };
  return Object.assign(entry<Sig, GroupFunction<Options>>(info), { recognisable: spec.recognised === undefined ? [] : [rule] });
};

/** Placeholders like the given nodes, or so many as in a sample, whose last operand is repeated. */
const holesOf = (sample: Sample["operands"], like: number | readonly Node[]): Node[] => {
  if (typeof like !== "number") return like.map((node) => input(node.shape, node.dtype));
  return Array.from({ length: like }, (_, i) => {
    const operand = sample[Math.min(i, sample.length - 1)]!;
    return "shape" in operand ? input(operand.shape, operand.dtype) : input(operand, "float64");
  });
};

const elementwiseSamples = (count: number): readonly Sample[] => [
  { operands: Array.from({ length: count }, () => []) },
  { operands: Array.from({ length: count }, () => [5]) },
  { operands: Array.from({ length: count }, (_, i) => (i === 0 ? [2, 3] : [])) },
  { operands: Array.from({ length: count }, () => [0, 2]) },
];

const bodyOf = (node: Node): Body => node.attrs["body"] as Body;
const loweredOf = (node: Node): Body => node.attrs["lowered"] as Body;
