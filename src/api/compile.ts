/**
 * `compile`: a function traced once for each set of shapes and types, made one program, and run again and again.
 *
 *   function -> trace -> graph -> group -> program -> run
 */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { asArray, type TypedArray, type Value } from "../ir/dtype.ts";
import { topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node } from "../ir/node.ts";
import { checkList, sameShape } from "../ir/shape.ts";
import { checkOptions, describe } from "../ops/forms/entry.ts";
import { fetched, input, isOpenParameter, originOf } from "../ops/forms/source.ts";
import { interpret } from "../run/interpret.ts";
import { givenAway, Resident } from "../run/resident.ts";
import { tensor, Tensor } from "../trace/tensor.ts";
import { leavesOf, mapTree } from "../trace/tree.ts";
import { program, type Donated } from "./engine.ts";
import { group, type Compilation, type Found } from "./grouping.ts";
import { callOnStandIns, checkFunction, parameterNames, type Argument } from "./transforms.ts";

/** Programs kept for one function; the least recently used goes first. */
const kept = 16;

interface Program {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  /** The function's result with its tensors in order, to be filled with values. */
  readonly result: unknown;
  readonly found: readonly Found[];
}

/** What runs a program: the values of its outputs for those of its inputs. */
type Run = (feed: (node: Node) => Value | Resident) => readonly (TypedArray | Resident)[];

/** A program as the engine gets it, its chains grouped. */
export interface Traced extends Program {
  readonly donated: Donated;
}

interface Ready extends Program {
  readonly run: Run;
}

/** A compiled function, called like the plain one, with what was recognised in it. */
export interface Compiled<A extends readonly unknown[], R> {
  (...args: { [K in keyof A]: Argument<A[K]> }): R;
  /** The chains of gates that were recognised and run as one, in the programs made so far, and why. */
  readonly grouped: readonly Found[];
  /** How many programs are held, one for each set of shapes, types and plain values. */
  readonly programs: number;
}

export interface CompileOptions {
  /**
   * Positions of arguments that the caller gives away: their room is used for results of the same shape, and reading them
   * afterwards is an error. Default none.
   */
  readonly donate?: readonly number[];
}

const donatedOf = (options: CompileOptions): readonly number[] => {
  checkOptions("compile", options, ["donate"]);
  const { donate = [] } = options;
  checkList(donate, "compile: donate", "{ donate: [0] } gives the first argument away");
  const wrong = donate.find((i) => !Number.isInteger(i) || i < 0);
  if (wrong !== undefined) throw new Diagnostic("bad-options", `compile: ${String(wrong)} in donate is no position of an argument`, { help: "count arguments from 0" });
  return donate;
};

/**
 * The same function, traced once for each set of shapes, types and plain values of its arguments. Tensors (and numbers
 * given as arguments) may change from call to call; anything else is part of the program: plain values by what they
 * are, functions and instances of classes by identity, and what the function captures as it was at the first call.
 * Known chains of gates are run in their stable form. Where it captures what an outer transform is tracing, it is
 * called as it stands and becomes part of that.
 *
 * What it returns stays in the program's own memory until it is read or the program runs again, and then is copied out:
 * results never change. `donate` saves that copy for what goes in and comes out again, as parameters do.
 * @example
 * const step = compile((w: Tensor, x: Tensor) => w.sub(x.mul(0.1)), { donate: [0] });
 * let w = tensor([1, 2]);
 * for (let i = 0; i < 10; i++) w = step(w, tensor([1, 1]));
 * w.toArraySync(); // [0, 1] to 1e-12
 * @throws Diagnostic `array-argument` for a typed array; `data-dependent` where two traces differ: the function reads something that is not an argument
 */
export const compile = <A extends readonly unknown[], R>(f: (...args: A) => R, options: CompileOptions = {}): Compiled<A, R> => {
  checkFunction(f);
  const donate = donatedOf(options);
  const programs = new Map<string, Ready>();
  const identities = new WeakMap<object, number>();
  let distinct = 0;
  const identity = (x: object): string => {
    if (ArrayBuffer.isView(x)) {
      throw new Diagnostic("array-argument", `compile: ${describe(x)} among the arguments: a later change of its numbers would not be seen`, {
        help: "pass tensor(array)",
      });
    }
    if (!identities.has(x)) identities.set(x, distinct++);
    return `#${identities.get(x)}`;
  };
  const call = (...given: unknown[]): R => {
    const { args, leaves, isDonated } = argumentsOf(given, donate);
    // Inside another trace there is nothing to run yet: the function becomes part of that graph.
    if (leaves.some((leaf) => leaf.isTraced)) return f(...(args as unknown as A));
    const key = keyOf(args, identity);
    const ready = programs.get(key) ?? readyFor(f as (...args: never[]) => unknown, args, isDonated);
    if (ready === undefined) return f(...(args as unknown as A));
    programs.delete(key);
    programs.set(key, ready);
    if (programs.size > kept) programs.delete(programs.keys().next().value!);
    return fill(ready, leaves, isDonated) as R;
  };
  sources.set(call, { f: f as (...args: never[]) => unknown, donate });
  return Object.defineProperties(call, {
    grouped: { get: () => [...programs.values()].flatMap((ready) => ready.found) },
    programs: { get: () => programs.size },
  }) as unknown as Compiled<A, R>;
};

/** What compiled functions were made of. */
const sources = new WeakMap<object, { readonly f: (...args: never[]) => unknown; readonly donate: readonly number[] }>();

/** The function behind a compiled one, with the arguments that it may write over; any other as it is. */
export const sourceOf = (f: (...args: never[]) => unknown): { readonly f: (...args: never[]) => unknown; readonly donate: readonly number[] } =>
  sources.get(f) ?? { f, donate: [] };

/** Arguments with numbers as tensors, and their tensors in order. */
export const argumentsOf = (given: readonly unknown[], donate: readonly number[]) => {
  const args = given.map((arg) => (typeof arg === "number" ? tensor(arg) : arg));
  const trees = args.map((arg) => leavesOf(arg).map((leaf) => leaf.tensor));
  return { args, leaves: trees.flat(), isDonated: trees.flatMap((leaves, i) => leaves.map(() => donate.includes(i))) };
};

/** What a tensor holds, for a program that runs. */
const valueOf = (leaf: Tensor): Value | Resident => {
  const origin = originOf(leaf.node);
  if (origin instanceof Resident) return origin;
  const { node } = leaf.realize();
  return node.op.evaluate(node, [], interpret);
};

/** The numbers of a program's inputs. */
export const feedsOf = (inputs: readonly Node[], leaves: readonly Tensor[]): NodeMap<Value | Resident> =>
  new NodeMap(inputs.map((input, i) => [input, valueOf(leaves[i]!)] as const));

const fill = (ready: Ready, leaves: readonly Tensor[], isDonated: readonly boolean[]): unknown => {
  const feeds = feedsOf(ready.inputs, leaves);
  const values = ready.run((node) => feeds.get(node)!);
  leaves.forEach((leaf, i) => isDonated[i] && leaf.release(givenAway));
  let next = 0;
  return mapTree(ready.result, (leaf) => {
    const value = values[next++]!;
    if (value instanceof Resident) return new Tensor(fetched(value, leaf.node));
    const result = new Tensor(leaf.node);
    result.hold(value);
    return result;
  });
};

/** Shapes, types and structure of trees with their plain values; `other` tells functions and instances apart. */
const keyOf = (args: readonly unknown[], other: (x: object) => string): string => {
  const parts: string[] = [];
  const visit = (x: unknown): void => {
    if (x instanceof Tensor) parts.push(`${x.dtype}${shapeText(x.shape)}`);
    else if (Array.isArray(x)) {
      parts.push("[");
      x.forEach(visit);
      parts.push("]");
    } else if (typeof x === "object" && x !== null && Object.getPrototypeOf(x) === Object.prototype) {
      parts.push("{");
      for (const [name, item] of Object.entries(x)) {
        parts.push(JSON.stringify(name));
        visit(item);
      }
      parts.push("}");
    } else if ((typeof x === "object" && x !== null) || typeof x === "function") parts.push(other(x));
    else parts.push(typeof x === "string" ? JSON.stringify(x) : Object.is(x, -0) ? "-0" : `${String(x)}${typeof x === "bigint" ? "n" : ""}`);
  };
  args.forEach(visit);
  return parts.join(",");
};

const trace = (f: (...args: never[]) => unknown, args: readonly unknown[]): Program => {
  const inputs: Node[] = [];
  const compilation: Compilation = { found: [] };
  const names = parameterNames(f);
  const stand = args.map((arg, i) =>
    mapTree(
      arg,
      (leaf, path) => {
        const node = input(leaf.shape, leaf.dtype, leaf.name ?? path, undefined, { compilation });
        inputs.push(node);
        return new Tensor(node, Infinity);
      },
      names[i] ?? `argument ${i + 1}`,
    ),
  );
  const result = callOnStandIns(f, stand);
  const lifted = typeof result === "number" ? tensor(result) : result;
  return { inputs, outputs: leavesOf(lifted).map((leaf) => leaf.tensor.node), result: lifted, found: compilation.found };
};

/**
 * Traces twice and compares: a graph that differs depends on something that is not an argument (a counter, a clock,
 * Math.random), and would silently be frozen into the program. No program where the function uses what an outer trace
 * has no value for yet.
 */
export const traceTwice = (f: (...args: never[]) => unknown, args: readonly unknown[], isDonated: readonly boolean[]): Traced | undefined => {
  const first = trace(f, args);
  const own = new Set(first.inputs);
  if (topological(first.outputs).some((node) => (node.op.placeholder && !own.has(node)) || isOpenParameter(node))) return undefined;
  const again = trace(f, args);
  const different = firstDifference(first.outputs, again.outputs);
  const plain = ({ result }: Program): string => keyOf([result], () => "");
  if (different !== undefined || plain(first) !== plain(again)) {
    throw new Diagnostic("data-dependent", "compile: two traces of the same function differ: it uses something that is not an argument", {
      // A constant has no line of its own: the operation that uses it has.
      place: different && (different.site ?? topological(first.outputs).find((node) => node.src.includes(different))?.site)?.place,
      notes: [different ? `the first difference is at ${different.name ?? different.op.name} ${shapeText(different.shape)}` : "the plain values in the result, or its form, differ"],
      help: "pass what changes (a counter, a random key, a learning rate) as an argument",
    });
  }
  const { map, found } = group(first.outputs);
  const outputs = first.outputs.map((node) => map.get(node) ?? node);
  return { ...first, outputs, found: [...first.found, ...found], donated: successors(first.inputs, isDonated, first.result) };
};

const readyFor = (f: (...args: never[]) => unknown, args: readonly unknown[], isDonated: readonly boolean[]): Ready | undefined => {
  const traced = traceTwice(f, args, isDonated);
  return traced && { ...traced, run: runOf(traced.inputs, traced.outputs, traced.donated) };
};

/** The engine where it can; the interpreter for what it has no form of. */
const runOf = (inputs: readonly Node[], outputs: readonly Node[], donated: Donated): Run => {
  const engine = program(outputs, donated);
  if (engine) return (feed) => engine.run(feed);
  return (feed) => {
    const values = inputs.map((node) => [node, feed(node)] as const);
    const feeds = new NodeMap(values.map(([node, value]) => [node, value instanceof Resident ? value.values : value] as const));
    return interpret(outputs, feeds).map((value, i) => asArray(value, outputs[i]!.dtype));
  };
};

/** For each donated input the result of the same name or, failing that, the first of its type and shape that is free. */
const successors = (inputs: readonly Node[], isDonated: readonly boolean[], result: unknown): Donated => {
  const leaves = leavesOf(result);
  const taken = new Set<number>();
  const found = new Map<Node, number>();
  const fits = (input: Node, i: number): boolean => !taken.has(i) && leaves[i]!.tensor.dtype === input.dtype && sameShape(leaves[i]!.tensor.shape, input.shape);
  const take = (input: Node, at: number): void => {
    found.set(input, at);
    if (at >= 0) taken.add(at);
  };
  const donated = inputs.filter((_, i) => isDonated[i]);
  for (const input of donated) take(input, leaves.findIndex(({ path }, i) => path === `.${input.name}` && fits(input, i)));
  for (const input of donated) if (found.get(input)! < 0) take(input, leaves.findIndex((_, i) => fits(input, i)));
  return found;
};

const firstDifference = (a: readonly Node[], b: readonly Node[]): Node | undefined => {
  const [left, right] = [topological(a), topological(b)];
  const place = new NodeMap<number>();
  left.forEach((node, i) => place.set(node, i));
  right.forEach((node, i) => place.set(node, i));
  const at = left.findIndex((node, i) => {
    const other = right[i];
    return (
      other === undefined ||
      other.op !== node.op ||
      other.dtype !== node.dtype ||
      shapeText(other.shape) !== shapeText(node.shape) ||
      !node.src.every((src, k) => other.src[k] !== undefined && place.get(other.src[k]) === place.get(src)) ||
      attrsText(node) !== attrsText(other)
    );
  });
  if (at >= 0) return left[at];
  // The same nodes, but not the same results.
  return right.length > left.length ? right[left.length] : a.find((out, i) => b[i] !== undefined && place.get(out) !== place.get(b[i]));
};

/** Small attributes by value; data by its first numbers, which is where frozen random data shows. */
const attrsText = (node: Node): string =>
  JSON.stringify(node.attrs, (name, value: unknown) =>
    name === "body" || name === "lowered" || name === "compilation"
      ? undefined
      : Object.is(value, -0) || (typeof value === "number" && !Number.isFinite(value))
        ? String(Object.is(value, -0) ? "-0" : value)
        : ArrayBuffer.isView(value)
          ? Array.from((value as Float64Array).subarray(0, 64), String)
          : value,
  );
