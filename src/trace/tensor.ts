/**
 * The handle that people hold. A `Tensor` is a node of a graph; nothing is computed until it is read, and what has been
 * read is a value that lets go of the graph behind it. Methods come from the table of entries, one row of types per
 * signature.
 */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { asArray, copiedTo, type DType, type TypedArray } from "../ir/dtype.ts";
import type { Node } from "../ir/node.ts";
import { sizeOf } from "../ir/shape.ts";
import { checkDType, checkShape } from "../ir/axes.ts";
import type { AnyShape, Broadcast, Shape } from "../ir/shape.types.ts";
import { describe, type EntryInfo } from "../ops/forms/entry.ts";
import { checkOptions } from "../ops/forms/options.ts";
import type { FoldOptions } from "../ops/forms/fold.ts";
import { constant, data, dataOp } from "../ops/forms/source.ts";
import { fetched, type Given, givenBy, type Origin, originOf } from "../ops/forms/fetched.ts";
import type { Range } from "../ops/forms/view.ts";
import type { AxisOptions } from "../ops/entries/classes.ts";
import type { StandardizeOptions } from "../ops/entries/normalization.ts";
import type { WindowOptions } from "../ops/entries/windows.ts";
import { entries } from "../ops/table.ts";
import { checkRoom, literal, nested, type Nested, numbersOf, type TensorOptions } from "./literal.ts";
import { callSite } from "./site.ts";

export type { TensorOptions } from "./literal.ts";

/** What an operation accepts as an operand, besides nested arrays of numbers. */
export type TensorLike<S extends Shape = AnyShape> = Tensor<S> | number;

/** Runs the graph behind a handle; filled in by the layer that has a runtime. */
export interface Reader {
  readonly run: (nodes: readonly Node[]) => TypedArray[];
}
export const reader: { current: Reader | undefined } = { current: undefined };

/**
 * The handle of each node that an operation outside a trace made. Whoever runs a graph fills the handles that it passes,
 * so that work which several of them share is done once, and finds what was filled before.
 */
export const handles = new WeakMap<Node, Tensor>();

/** Unread work behind one handle is computed when it grows past this, so that a loop that never reads stays flat. */
const unreadLimit = 4096;

/** Operands as people write them: tensors, numbers, nested arrays of numbers. */
type In<S extends Shape = AnyShape> = TensorLike<S> | readonly Nested[];
/**
 * A number broadcasts to anything; the shape of nested arrays is not read off by the compiler. Exported so that
 * declarations name it, and do not write it out.
 */
export type ShapeOf<X> = X extends number ? readonly [] : X extends Tensor<infer S> ? S : AnyShape;
type Padding = readonly (readonly [before: number, after: number])[];

/**
 * The types of functions and methods: one row for each signature, none for an operation; an entry names its row. Rows of
 * the functions: every operand is an argument.
 */
export interface Functions {
  unary: <S extends Shape>(x: In<S>) => Tensor<S>;
  unaryWith: <S extends Shape>(x: In<S>, parameter?: In) => Tensor<S>;
  binary: <X extends In, Y extends In>(x: X, y: Y) => Tensor<Broadcast<ShapeOf<X>, ShapeOf<Y>>>;
  ternary: (condition: In, x: In, y: In) => Tensor;
  variadic: (...x: In[]) => Tensor;
  fold: (x: In, options?: FoldOptions) => Tensor;
  alongAxis: <S extends Shape>(x: In<S>, options?: Partial<AxisOptions>) => Tensor<S>;
  attention: (queries: In, keys: In, values: In, mask?: In) => Tensor;
  windows: (x: In, sizes: readonly number[], options?: WindowOptions) => Tensor;
  conv: (x: In, kernel: In, options?: WindowOptions) => Tensor;
  pool: (x: In, size: number | readonly number[], options?: WindowOptions) => Tensor;
  standardize: <S extends Shape>(x: In<S>, options?: Partial<StandardizeOptions>) => Tensor<S>;
  labelled: (scores: In, label: In) => Tensor;
  reshape: (x: In, shape: Shape) => Tensor;
  transpose: (x: In, axes?: readonly number[]) => Tensor;
  slice: (x: In, ranges: readonly Range[]) => Tensor;
  pad: (x: In, amounts: Padding, fill?: number) => Tensor;
  concat: (parts: readonly In[], options?: { readonly axis?: number }) => Tensor;
  matmul: (x: In, y: In) => Tensor;
  einsum: (equation: string, ...operands: In[]) => Tensor;
  gather: (x: In, index: In, options?: { readonly axis?: number }) => Tensor;
  oneHot: (index: In, classes: number, dtype?: DType) => Tensor;
  cast: <S extends Shape>(x: In<S>, dtype: DType) => Tensor<S>;
}

/** Rows of the methods: the first operand is the tensor itself. */
export interface Methods<S extends Shape> {
  unary: () => Tensor<S>;
  unaryWith: (parameter?: In) => Tensor<S>;
  binary: <Y extends In>(y: Y) => Tensor<Broadcast<S, ShapeOf<Y>>>;
  ternary: (x: In, y: In) => Tensor;
  variadic: (...x: In[]) => Tensor;
  fold: (options?: FoldOptions) => Tensor;
  alongAxis: (options?: Partial<AxisOptions>) => Tensor<S>;
  attention: (keys: In, values: In, mask?: In) => Tensor;
  windows: (sizes: readonly number[], options?: WindowOptions) => Tensor;
  conv: (kernel: In, options?: WindowOptions) => Tensor;
  pool: (size: number | readonly number[], options?: WindowOptions) => Tensor;
  standardize: (options?: Partial<StandardizeOptions>) => Tensor<S>;
  labelled: (label: In) => Tensor;
  reshape: (shape: Shape) => Tensor;
  transpose: (axes?: readonly number[]) => Tensor;
  slice: (ranges: readonly Range[]) => Tensor;
  pad: (amounts: Padding, fill?: number) => Tensor;
  matmul: (y: In) => Tensor;
  gather: (index: In, options?: { readonly axis?: number }) => Tensor;
  oneHot: (classes: number, dtype?: DType) => Tensor;
  cast: (dtype: DType) => Tensor<S>;
}

export type SignatureName = keyof Functions;

type Entries = typeof entries;
type OperationMethods<S extends Shape> = {
  [K in keyof Entries as Entries[K] extends { sig: keyof Methods<S> } ? K : never]: Entries[K] extends {
    sig: infer Sig extends keyof Methods<S>;
  }
    ? Methods<S>[Sig]
    : never;
};

/** The class and the methods derived from the table are one type to the user. */
export interface Tensor<S extends Shape = AnyShape> extends OperationMethods<S> {}

export class Tensor<S extends Shape = AnyShape> {
  /** The node, or one of the same shape, type and name for as long as there is a late value. */
  #node: Node;
  /** How many unread nodes stand behind this handle, at most; Infinity under a trace, where nothing may be computed. */
  #unread: number;
  /** A value whose node is made when somebody asks: a program called again and again makes results that nobody looks into. */
  #late: Late | undefined;

  /** For the library's own layers; people write `tensor(...)`. With a value this is a result that is like the node. */
  constructor(node: Node, unread = 0, late?: number | Origin) {
    this.#node = node;
    this.#unread = unread;
    this.#late = late;
  }

  get node(): Node {
    if (this.#late !== undefined) this.#settle(this.#late);
    return this.#node;
  }

  /** For the library's own layers: the value as far as it is there without any work; nothing for what is computed when it is read. */
  get given(): Given | undefined {
    const late = this.#late;
    return typeof late === "number" || typeof late === "object" ? late : givenBy(this.node);
  }

  get unread(): number {
    return this.#unread;
  }

  /** For the library's own layers: a node of this shape, type and name, the same for all results of one place of a program. */
  get like(): Node {
    return this.#node;
  }

  /** Sizes of the axes; `[]` for a scalar. */
  get shape(): S {
    return this.#node.shape as S;
  }

  get dtype(): DType {
    return this.#node.dtype;
  }

  /** Number of axes; 0 for a scalar. */
  get rank(): number {
    return this.#node.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.#node.shape);
  }

  /** The name that errors, checks and drawings use. */
  get name(): string | undefined {
    return this.#node.name;
  }

  /** True inside `grad`, `compile` and the like, where this handle stands for numbers that are not there yet. */
  get isTraced(): boolean {
    return this.#unread === Infinity;
  }

  /** The same value under a name; use what is returned. A named value is never hidden in a drawing. */
  named(name: string): Tensor<S> {
    return new Tensor(this.node.named(name), this.#unread);
  }

  /**
   * The numbers, row by row, as a new array, or in `into`, one of their type and number: for megabytes new memory takes longer
   * than the copy. What is unread is computed: by the float64 interpreter, or, where its shapes say that this takes some 40 ms
   * or more, by a program as `compile` makes it, which is kept for the next graph like it.
   * @throws Diagnostic `array-does-not-fit`
   */
  async data(into?: TypedArray): Promise<TypedArray> {
    return this.dataSync(into);
  }

  /** As `data`, at once; throws where the device can only answer later. */
  dataSync(into?: TypedArray): TypedArray {
    if (into !== undefined) checkRoom(into, this.#node, this.#called());
    return originOf(this.node)?.copy?.(into) ?? copiedTo(into, this.#values());
  }

  /** The number of a scalar (any tensor of one element), computed as by `data`. */
  async item(): Promise<number> {
    return this.itemSync();
  }

  /** As `item`, at once. */
  itemSync(): number {
    if (typeof this.#late === "number") return this.#late;
    if (this.size !== 1) {
      throw new Diagnostic("not-a-scalar", `item: ${this.#called()} has shape ${shapeText(this.shape)}, not one element`, {
        help: "sum or slice it first, or read all of it with data() or toArray()",
      });
    }
    return this.#values()[0]!;
  }

  /** The numbers as nested arrays (a plain number for a scalar); truth values as booleans. */
  async toArray(): Promise<Nested> {
    return this.toArraySync();
  }

  /** As `toArray`, at once. */
  toArraySync(): Nested {
    return nested(this.#values(), this.shape, this.dtype === "bool");
  }

  /** Computes what is unread and lets go of the graph behind this handle. Names stay. */
  realize(): this {
    this.#values();
    return this;
  }

  #values(): TypedArray {
    const { held } = this;
    if (held) return held;
    const node = this.#node;
    if (this.#unread === Infinity) {
      throw new Diagnostic("traced-value-read", `${this.#called()} has no value yet: it is being traced`, {
        place: callSite(this.#values)?.place,
        help: "return it from the function and read it outside; for a choice use where(condition, a, b)",
      });
    }
    const [values] = reader.current!.run([node]);
    this.hold(values!);
    return values!;
  }

  /** For the library's own layers: this handle now is these numbers. */
  hold(values: TypedArray): void {
    this.#node = data(values, this.#node.shape, this.#node.name, this.#node.site);
    this.#unread = 0;
    this.#late = undefined;
  }

  /** For the library's own layers: whoever reads this handle from now on is told why it has no numbers. */
  release(why: (name: string) => Diagnostic): void {
    if (this.#late === undefined) this.#settle(why);
    else this.#late = why;
  }

  #settle(late: Late): void {
    const like = this.#node;
    this.#late = undefined;
    if (typeof late === "number") return this.hold(asArray(late, like.dtype));
    if (typeof late === "object") return void (this.#node = fetched(late, like));
    const name = this.#called();
    const nobody = {
      get values(): TypedArray {
        throw late(name);
      },
    };
    this.#node = fetched(nobody, like);
  }

  /** For the library's own layers: the numbers, where they are there already. */
  get held(): TypedArray | undefined {
    return this.node.op === dataOp ? (this.node.attrs["data"] as TypedArray) : undefined;
  }

  #called(): string {
    return this.name === undefined ? `this tensor (${this.#node.op.name})` : `"${this.name}"`;
  }

  /** A traced value has no number to compare, add or print: JavaScript would silently take a wrong branch. */
  [Symbol.toPrimitive](hint: string): string | number {
    if (this.isTraced) {
      throw new Diagnostic("traced-value-as-primitive", `${this.#called()} is being traced and was used as a plain JavaScript ${hint === "string" ? "string" : "number"}`, {
        place: callSite(this[Symbol.toPrimitive] as () => unknown)?.place,
        help: "compare with x.gt(0), choose with where(x.gt(0), a, b), compute with x.add(y): plain >, +, * and `${x}` cannot be traced",
      });
    }
    return hint === "number" || (hint === "default" && this.size === 1) ? this.itemSync() : this.toString();
  }

  /** In JSON a tensor is its numbers, as in `toArray`; `tensor` reads them again. JSON has no NaN and no Infinity: null. */
  toJSON(): Nested {
    return this.toArraySync();
  }

  toString(): string {
    const label = this.name === undefined ? "" : `${this.name}: `;
    if (this.isTraced) return `Tensor(${label}${shapeText(this.shape)} ${this.dtype}, traced)`;
    const values = this.#values();
    if (this.rank === 0) return `Tensor(${label}${values[0]})`;
    const shown = Array.from(values.slice(0, 8), (x) => String(x)).join(", ");
    return `Tensor(${label}${shapeText(this.shape)} ${this.dtype}: ${shown}${values.length > 8 ? ", ..." : ""})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** A number, who has the numbers, or what is said to those who ask for numbers that are gone. */
type Late = number | Origin | ((name: string) => Diagnostic);

const isTensor = (x: unknown): x is Tensor => x instanceof Tensor;

/** What a user passed as an operand, as a node if it is one. */
const operandOf = (x: unknown, word: string): unknown => (isTensor(x) ? x.node : Array.isArray(x) ? literal(x, word) : x);

/** Unread nodes behind what a user passed as an operand. */
const unreadOf = (x: unknown): number => (isTensor(x) ? x.unread : 0);

/** Calls an entry with what a user passed, in a list of its own: there handles become nodes. The result becomes a handle. */
const apply = (entry: EntryInfo, args: unknown[], entered: (...args: never[]) => unknown): Tensor => {
  const site = callSite(entered);
  try {
    const { operands, word } = entry;
    let unread = 1;
    if (operands === "list") {
      const [list] = args;
      if (Array.isArray(list)) {
        for (const x of list) unread += unreadOf(x);
        args[0] = list.map((x) => operandOf(x, word));
      }
    } else {
      const [first, end] = operands === "rest" ? [1, args.length] : [0, operands === "all" ? args.length : Math.min(operands, args.length)];
      for (let i = first; i < end; i++) {
        unread += unreadOf(args[i]);
        args[i] = operandOf(args[i], word);
      }
    }
    const made = new Tensor(entry.build(args, site), unread);
    if (unread === Infinity) return made;
    handles.set(made.node, made);
    return unread > unreadLimit ? made.realize() : made;
  } catch (error) {
    throw error instanceof Diagnostic ? error.with({ place: site?.place }) : error;
  }
};

/** The function of an entry: operands are tensors, numbers or nested arrays of numbers. */
export const toFunction = <Sig extends SignatureName>(entry: EntryInfo<Sig>): Functions[Sig] => {
  const call = (...args: unknown[]): Tensor => apply(entry, args, call);
  return call as unknown as Functions[Sig];
};

for (const [name, entry] of Object.entries<EntryInfo>(entries)) {
  if (entry.internal || entry.operands === "rest" || entry.operands === "list") continue;
  const method = function (this: Tensor, ...args: unknown[]): Tensor {
    return apply(entry, [this, ...args], method);
  };
  Object.defineProperty(Tensor.prototype, name, { value: method, writable: true, configurable: true });
}

/** For the library's own layers: a handle for a node that was built of the nodes of these handles. */
export const wrap = (operands: readonly Tensor[], build: () => Node): Tensor =>
  new Tensor(build(), operands.reduce((sum, x) => sum + x.unread, 1));

/**
 * A tensor of given numbers: a number, nested arrays, or a typed array (copied).
 * @throws Diagnostic `ragged`, `not-a-number`, `bad-dtype`, `shape-does-not-fit`, `out-of-memory`
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * x.shape; // [2, 2]
 */
export const tensor = (value: Nested | TypedArray, options: TensorOptions = {}): Tensor => new Tensor(numbersOf(value, options));

/** A tensor filled with one number. `dtype` is float64 by default. */
export const full = (shape: Shape, value: number, options: { readonly dtype?: DType } = {}): Tensor => {
  checkOptions("full", options, ["dtype"]);
  if (typeof value !== "number") throw new Diagnostic("not-a-number", `full: it is filled with a number, not ${describe(value)}`);
  return new Tensor(constant(value, checkShape(shape, "full"), checkDType(options.dtype ?? "float64", "full")));
};

/** As `full`, with 0. */
export const zeros = (shape: Shape, options?: { readonly dtype?: DType }): Tensor => full(shape, 0, options);
/** As `full`, with 1. */
export const ones = (shape: Shape, options?: { readonly dtype?: DType }): Tensor => full(shape, 1, options);

/** For the library's own layers: the node of what a user passed as an operand. */
export const nodeOf = (x: TensorLike): Node => (isTensor(x) ? x.node : constant(x, [], "float64", true));
