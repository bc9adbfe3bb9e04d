/**
 * `compile`: a function traced once for each set of shapes and types, made one program, and run again and again.
 *
 *   function -> trace -> graph -> group -> program -> run
 */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { allocate, type Value } from "../ir/dtype.ts";
import { topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node } from "../ir/node.ts";
import { sameShape, sizeOf } from "../ir/shape.ts";
import { checkList } from "../ir/axes.ts";
import { describe } from "../ops/forms/entry.ts";
import { checkOptions } from "../ops/forms/options.ts";
import { input, isOpenParameter } from "../ops/forms/source.ts";
import type { Given, Result } from "../run/exchange.ts";
import { interpret } from "../run/interpret.ts";
import { givenAway } from "../run/resident.ts";
import type { Runner } from "../run/wasm.ts";
import { Form } from "../trace/form.ts";
import { refill } from "../trace/refill.ts";
import { tensor, Tensor } from "../trace/tensor.ts";
import { leavesOf, mapTree } from "../trace/tree.ts";
import { program, type Donated } from "./engine.ts";
import { Fingerprint } from "./fingerprint.ts";
import { group, newCompilation, type Found } from "./grouping.ts";
import { readsOnEngine } from "./reading.ts";
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

/** A program as the engine gets it, its chains grouped. */
export interface Traced extends Program {
  readonly donated: Donated;
  /** All nodes that the outputs need, if they are known. */
  readonly order: readonly Node[] | undefined;
}

interface Ready {
  readonly form: Form;
  readonly runner: Runner;
  /** The function's result with tensors of these values. */
  readonly fill: (values: readonly Result[]) => unknown;
  readonly isDonated: readonly boolean[];
  /** How many numbers all results have. */
  readonly size: number;
  readonly found: readonly Found[];
}

/** A compiled function, called like the plain one, with what was recognised in it. */
export interface Compiled<A extends readonly unknown[], R> {
  (...args: { [K in keyof A]: Argument<A[K]> }): R;
  /** The chains of gates that were recognised and run as one, in the programs made so far, and why. */
  readonly grouped: readonly Found[];
  /** How many programs are held, one for each set of shapes, types and plain values. */
  readonly programs: number;
  /**
   * The same for a function of single numbers, in a loop that must make nothing: each argument is one of the numbers given,
   * a tensor [] of float64, and the numbers of all results are written end to end. Both arrays may be on the same memory.
   * @throws Diagnostic `does-not-fit` where the results are not as many numbers
   * @example
   * const step = compile((x: Tensor, v: Tensor) => [x.add(v.mul(0.1)), v.sub(x.mul(0.1))]);
   * const state = Float64Array.of(1, 0);
   * for (let i = 0; i < 2; i++) step.numbers(state, state);
   * Array.from(state); // [0.99, -0.2] to 1e-12
   */
  numbers(given: Float64Array, results: Float64Array): void;
}

export interface CompileOptions {
  /**
   * Positions of arguments that the caller gives away: their room is used for results of the same shape, and reading them
   * afterwards is an error. Default none.
   */
  readonly donate?: readonly number[];
  /**
   * Called whenever a program is made, with a sentence that says why: what is different about this call. Default: nobody is told.
   */
  readonly onCompile?: (why: string) => void;
}

const donatedOf = (options: CompileOptions): readonly number[] => {
  checkOptions("compile", options, ["donate", "onCompile"]);
  const { donate = [], onCompile } = options;
  if (onCompile !== undefined && typeof onCompile !== "function") {
    throw new Diagnostic("bad-options", `compile: onCompile is ${describe(onCompile)}, not a function`, { help: "write { onCompile: (why) => console.log(why) }" });
  }
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
export const compile = /* @__PURE__ */ readsOnEngine(<A extends readonly unknown[], R>(f: (...args: A) => R, options: CompileOptions = {}): Compiled<A, R> => {
  checkFunction(f);
  const donate = donatedOf(options);
  const names = parameterNames(f as (...args: never[]) => unknown);
  /** The one that ran last comes first. */
  const programs: Ready[] = [];
  const make = (args: readonly unknown[], isDonated: readonly boolean[]): Ready | undefined => {
    const ready = readyFor(f as (...args: never[]) => unknown, args, isDonated);
    if (ready === undefined) return undefined;
    const [last] = programs;
    options.onCompile?.(last ? ready.form.changes(last.form, names)! : "it is the first call");
    if (programs.unshift(ready) > kept) programs.pop();
    return ready;
  };
  const known = (args: readonly unknown[]): Ready | undefined => {
    for (let i = 0; i < programs.length; i++) {
      const ready = programs[i]!;
      if (!ready.form.matches(args)) continue;
      if (i > 0) programs.unshift(...programs.splice(i, 1));
      return ready;
    }
    return undefined;
  };
  const call = (...given: unknown[]): unknown => {
    const ready = known(given);
    return ready ? runOnce(ready) : first(given);
  };
  /** The call of a form that is not known, or of tensors whose values are not there yet. */
  const first = (given: readonly unknown[]): unknown => {
    const { args, leaves, isDonated } = argumentsOf(given, donate);
    // Inside another trace there is nothing to run yet: the function becomes part of that graph.
    if (leaves.some((leaf) => leaf.isTraced)) return f(...(args as unknown as A));
    for (const leaf of leaves) if (leaf.given === undefined) leaf.realize();
    const ready = known(args) ?? make(args, isDonated);
    if (ready === undefined) return f(...(args as unknown as A));
    ready.form.matches(args);
    return runOnce(ready);
  };
  sources.set(call, { f: f as (...args: never[]) => unknown, donate });
  const numbers = (from: Float64Array, to: Float64Array): void => {
    let [ready] = programs;
    if (ready?.form.numbers !== from.length) {
      const args = Array.from(from, (x) => tensor(x));
      ready = known(args) ?? make(args, args.map(() => false));
    }
    if (ready?.size !== to.length) throw noNumbers(ready, to);
    ready.runner.runNumbers(from, to);
  };
  return Object.defineProperties(call, {
    numbers: { value: numbers },
    grouped: { get: () => programs.flatMap((ready) => ready.found) },
    programs: { get: () => programs.length },
  }) as unknown as Compiled<A, R>;
});

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

/** What the form has matched is what it is run with. */
const runOnce = ({ form, runner, fill, isDonated }: Ready): unknown => {
  const values = runner.run(form.given);
  const { tensors } = form;
  for (let i = 0; i < isDonated.length; i++) if (isDonated[i]) tensors[i]?.release(givenAway);
  return fill(values);
};

const noNumbers = (ready: Ready | undefined, { length }: Float64Array): Diagnostic =>
  ready
    ? new Diagnostic("does-not-fit", `numbers: the results are ${ready.size} numbers, and there is room for ${length}`, { help: `pass new Float64Array(${ready.size})` })
    : new Diagnostic("traced-value-read", "numbers: the function uses a value that is being traced and has no number yet", { help: "call it like a function, or pass what it uses as an argument" });

const trace = (f: (...args: never[]) => unknown, args: readonly unknown[]): Program => {
  const inputs: Node[] = [];
  const compilation = newCompilation();
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
  const before = traceOnce(f, args);
  if (before === undefined) return undefined;
  const { inputs, outputs, result, found } = trace(f, args);
  const order = topological(outputs);
  const different = before.graph.difference(outputs, order);
  // What the function makes anew at each call, a function or an instance, is never the same.
  const plain = new Form([result]).changes(before.result, ["the result"], false);
  if (different !== undefined || plain !== undefined) {
    throw new Diagnostic("data-dependent", "compile: two traces of the same function differ: it uses something that is not an argument", {
      // A constant has no line of its own: the operation that uses it has.
      place: different && (different.site ?? order.find((node) => node.src.includes(different))?.site)?.place,
      notes: [different ? `the first difference is at ${different.name ?? different.op.name} ${shapeText(different.shape)}` : plain!],
      help: "pass what changes (a counter, a random key, a learning rate) as an argument",
    });
  }
  const grouped = group(outputs, { order });
  return {
    inputs,
    outputs: outputs.map((node) => grouped.map.get(node) ?? node),
    order: grouped.found.length === 0 ? order : undefined,
    result,
    found: [...found, ...grouped.found],
    donated: successors(inputs, isDonated, result),
  };
};

const readyFor = (f: (...args: never[]) => unknown, args: readonly unknown[], isDonated: readonly boolean[]): Ready | undefined => {
  const traced = traceTwice(f, args, isDonated);
  if (traced === undefined) return undefined;
  const { inputs, outputs, order, donated, result, found } = traced;
  const size = outputs.reduce((sum, node) => sum + sizeOf(node.shape), 0);
  return { form: new Form(args), runner: runnerOf(inputs, outputs, donated, order), fill: refill(result), isDonated, size, found };
};

/** The looks of a trace, which itself is not kept: a graph may be large. */
const traceOnce = (f: (...args: never[]) => unknown, args: readonly unknown[]): { readonly graph: Fingerprint; readonly result: Form } | undefined => {
  const { inputs, outputs, result } = trace(f, args);
  const own = new Set(inputs);
  const order = topological(outputs);
  if (order.some((node) => (node.op.placeholder && !own.has(node)) || isOpenParameter(node))) return undefined;
  return { graph: new Fingerprint(outputs, order), result: new Form([result]) };
};

/** The engine where it can; the interpreter for what it has no form of. */
const runnerOf = (inputs: readonly Node[], outputs: readonly Node[], donated: Donated, order: readonly Node[] | undefined): Runner => {
  const engine = program(outputs, inputs, donated, order);
  if (engine) return engine;
  const run = (given: ArrayLike<Given>): Value[] =>
    interpret(outputs, new NodeMap(inputs.map((node, i) => [node, valueOf(given[i]!, node)] as const)));
  return {
    run: (given) => run(given).map((value) => (typeof value === "number" ? value : { values: value })),
    runNumbers: (given, results) => {
      let at = 0;
      for (const value of run(given)) {
        if (typeof value === "number") results[at++] = value;
        else {
          results.set(value, at);
          at += value.length;
        }
      }
    },
  };
};

/** The numbers of a node's tensor, however they were given. */
export const valueOf = (given: Given, node: Node): Value => {
  if (typeof given === "number") return given;
  const values = ArrayBuffer.isView(given) ? given : "values" in given ? given.values : allocate(node.dtype, sizeOf(node.shape)).fill(given.value);
  return node.shape.length === 0 ? values[0]! : values;
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
  // Single numbers are written at each call, wherever they lie.
  const donated = inputs.filter((node, i) => isDonated[i] && node.shape.length > 0);
  for (const input of donated) take(input, leaves.findIndex(({ path }, i) => path === `.${input.name}` && fits(input, i)));
  for (const input of donated) if (found.get(input)! < 0) take(input, leaves.findIndex((_, i) => fits(input, i)));
  return found;
};
