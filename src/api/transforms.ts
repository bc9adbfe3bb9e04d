/**
 * The transforms: from a plain function of tensors to its gradients. Each traces the function once on stand-ins for its
 * arguments, differentiates the graph, and runs value and gradients together.
 */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { isFloat } from "../ir/dtype.ts";
import type { Node } from "../ir/node.ts";
import { sameShape } from "../ir/shape.ts";
import { checkList } from "../ir/axes.ts";
import { cast } from "../ops/forms/cast.ts";
import { describe } from "../ops/forms/entry.ts";
import { onesLike, zerosLike, type Trace } from "../ops/forms/source.ts";
import { parameter } from "../ops/forms/parameter.ts";
import { concat, reshape } from "../ops/forms/view.ts";
import { differentiate } from "../passes/differentiate.ts";
import { pushForward } from "../passes/forward.ts";
import { callSite, withFreshSites } from "../trace/site.ts";
import { tensor, Tensor } from "../trace/tensor.ts";
import { leavesOf, mapTree } from "../trace/tree.ts";
import { builder } from "./builder.ts";
import { beforeDifferentiation } from "./compilation.ts";
import { finish } from "./run.ts";

/** A number may stand where the function takes a tensor. */
export type Argument<A> = A extends Tensor ? A | number : A;
/** Gradients have the type of what they are gradients of: a number for a number, the same tree for a tree. */
export type GradientOf<A> = A extends number ? number : A;

type Arguments<A extends readonly unknown[]> = { [K in keyof A]: Argument<A[K]> };

/** A function's result with stand-ins for some of its arguments. */
export interface Traced {
  readonly out: unknown;
  /** The stand-in of every tensor in the traced arguments, in order, and what it stands for. */
  readonly leaves: readonly { readonly path: string; readonly parameter: Node }[];
  readonly trees: readonly unknown[];
}

/** What a transform is made of must be a function; said before JavaScript stumbles over it. */
export const checkFunction = (f: unknown): void => {
  if (typeof f === "function") return;
  throw new Diagnostic("not-a-function", `a function was expected, not ${describe(f)}`, {
    help: "pass the function itself, as in grad((x) => x.mul(x)), and its arguments to what comes back: grad(f)(3)",
  });
};

/** Runs a function on stand-ins. One that answers later cannot be traced. */
export const callOnStandIns = (f: (...args: never[]) => unknown, args: readonly unknown[]): unknown => {
  const out = withFreshSites(() => f(...(args as never[])));
  if (!(out instanceof Promise)) return out;
  // Whatever it fails with later comes of the same mistake.
  out.catch(() => undefined);
  throw new Diagnostic("async-function", "the function that is traced is asynchronous: it returned a promise", {
    help: "read what it needs (await x.data()) before, pass that as an argument, and return the tensor itself",
  });
};

/** Arrays of plain numbers look like tensors and have no gradients: each would come back as its own gradient. */
const refuseNumbers = (arg: unknown, name: string): void => {
  let first = arg;
  while (Array.isArray(first) && first.length > 0) first = first[0];
  const list = Array.isArray(arg) && typeof first === "number" && leavesOf(arg).length === 0;
  if (!list && !ArrayBuffer.isView(arg)) return;
  throw new Diagnostic("not-a-tensor", `${name} is ${list ? "an array of numbers" : describe(arg)}, for which there is no gradient`, {
    help: "pass tensor([...]); what needs no gradient is better captured by the function than passed to it",
  });
};

/** Calls `f` with stand-ins for the tensors of its first `count` arguments; also for those who check and explain. */
export const traceCall = (f: (...args: never[]) => unknown, args: readonly unknown[], count: number): Traced => {
  checkFunction(f);
  const trace: Trace = { open: true };
  const leaves: { path: string; parameter: Node }[] = [];
  const trees = args.slice(0, count).map((arg) => (typeof arg === "number" ? tensor(arg) : arg));
  const names = parameterNames(f);
  const nameOf = (i: number): string => names[i] ?? `argument ${i + 1}`;
  trees.forEach((tree, i) => refuseNumbers(tree, nameOf(i)));
  const stand = trees.map((tree, i) =>
    mapTree(
      tree,
      (leaf, path) => {
        // Unread work behind an argument is done once here, and its handle lets go of it: loops stay flat in memory.
        if (!leaf.isTraced) leaf.realize();
        const node = parameter(leaf.node, trace, leaf.name ?? path);
        leaves.push({ path, parameter: node });
        return new Tensor(node, Infinity);
      },
      nameOf(i),
    ),
  );
  try {
    return { out: callOnStandIns(f, [...stand, ...args.slice(count)]), leaves, trees };
  } finally {
    trace.open = false;
  }
};

/** Names for errors and drawings, read off the function's own text; only plain identifiers count. */
export const parameterNames = (f: (...args: never[]) => unknown): (string | undefined)[] => {
  const head = /^(?:async\s*)?(?:function\b[^(]*)?\(?([^)=]*)/.exec(Function.prototype.toString.call(f))?.[1] ?? "";
  // A parameter without any of ASCII's marks is an identifier. Classes like \p{L} would be slow the first time.
  return head.split(",").map((part) => /^\s*([\w$\x80-\uffff]+)\s*$/.exec(part)?.[1]);
};

export const scalarResult = (out: unknown, what: string): Node => {
  if (typeof out === "number") return tensor(out).node;
  if (!(out instanceof Tensor)) {
    throw new Diagnostic("not-a-tensor", `${what}: the function returned ${out === undefined ? "nothing" : describe(out)}, not a tensor`, {
      help: "return the loss as a tensor of shape []",
    });
  }
  if (out.size !== 1 || out.rank > 0) {
    throw new Diagnostic("not-a-scalar", `${what}: needs a function that returns one number; this one returned shape ${shapeText(out.shape)}`, {
      place: out.node.site?.place,
      help: "sum() or mean() the result, or use vjp to give a gradient for each of its elements",
    });
  }
  if (!isFloat(out.dtype)) {
    throw new Diagnostic("not-differentiable", `${what}: the function returned ${out.dtype}, which has no gradient`, {
      place: out.node.site?.place,
      help: "return a real number: truth values, positions and whole numbers have no slope",
    });
  }
  return out.node;
};

/** Puts gradients in the place of the tensors they belong to; a plain number gets a plain number. */
const likeArguments = (args: readonly unknown[], traced: Traced, gradients: readonly Tensor[]): unknown[] => {
  let next = 0;
  return traced.trees.map((tree, i) => {
    const result = mapTree(tree, () => gradients[next++]!);
    return typeof args[i] === "number" ? numberOf(result as Tensor) : result;
  });
};

/** A number is asked for where a number was given; under another trace there is none yet. */
const numberOf = (gradient: Tensor): number => {
  if (!gradient.isTraced) return gradient.itemSync();
  throw new Diagnostic("traced-value-read", "the gradient for a plain number has no value yet: it depends on what is being traced", {
    place: callSite(numberOf)?.place,
    help: "pass tensor(3) instead of 3: the gradient then is a tensor too",
  });
};

/** There must be something to differentiate by; a tree that is empty, such as a model of no parameters, may be. */
const checkWanted = (args: readonly unknown[], what: string): void => {
  const leaves = args.flatMap((arg) => leavesOf(arg)).map((leaf) => leaf.tensor);
  if (leaves.some((leaf) => isFloat(leaf.dtype)) || args.some((arg) => typeof arg === "number")) return;
  const [leaf] = leaves;
  if (leaf) {
    throw new Diagnostic("not-differentiable", `${what}: ${leaf.name === undefined ? "the argument" : `"${leaf.name}"`} holds ${leaf.dtype}, which has no gradient`, {
      operands: [{ name: leaf.name ?? "the argument", shape: leaf.shape }],
      help: 'make it a float: x.cast("float64"), or tensor(values, { dtype: "float64" })',
    });
  }
  const strange = args.find((arg) => typeof arg !== "object" || arg === null);
  if (args.length === 0 || args.some((arg) => typeof arg === "object" && arg !== null)) return;
  throw new Diagnostic("not-a-tensor", `${what}: ${describe(strange)} is nothing to differentiate by`, {
    help: "pass a number, a tensor, or a plain object or array of tensors",
  });
};

const valueAndGradients = (f: (...args: never[]) => unknown, args: readonly unknown[], count: number, what: string) => {
  checkWanted(args.slice(0, count), what);
  const traced = traceCall(f, args, count);
  const { loss, aux } = withAux(traced.out);
  const [out, ...beside] = beforeDifferentiation([scalarResult(loss, what), ...leavesOf(aux).map((leaf) => leaf.tensor.node)]) as [Node, ...Node[]];
  const wanted = traced.leaves.map((leaf) => leaf.parameter);
  const { of } = differentiate(new Map([[out, onesLike(out)]]), wanted, builder);
  const [value, ...results] = finish([out, ...beside, ...wanted.map((node) => of.get(node) ?? zerosLike(node))]);
  let next = 0;
  const auxiliary = mapTree(aux, () => results[next++]!);
  return { value: value!, aux: auxiliary, gradients: likeArguments(args, traced, results.slice(beside.length)) };
};

/**
 * The gradient of a function of one number as result, for its first argument (a tensor, a number, or a tree of tensors).
 * Other arguments are passed on as they are.
 * @throws Diagnostic `not-a-scalar`, `not-a-tensor`
 * @example
 * grad((x: Tensor) => x.mul(x))(3); // 6
 */
export const grad =
  <A, R extends readonly unknown[]>(f: (first: A, ...rest: R) => Tensor) =>
  <G extends Argument<A>>(first: G, ...rest: R): GradientOf<G> =>
    valueAndGradients(f as (...args: never[]) => unknown, [first, ...rest], 1, "grad").gradients[0] as GradientOf<G>;

/**
 * The gradients for all arguments.
 * @example
 * const f = (x: Tensor, y: Tensor, z: Tensor) => x.add(y).mul(z);
 * grads(f)(-2, 5, -4); // [-4, -4, 3]
 */
export const grads =
  <A extends readonly unknown[]>(f: (...args: A) => Tensor) =>
  <G extends Arguments<A>>(...args: G): { [K in keyof G]: GradientOf<G[K]> } =>
    valueAndGradients(f as (...args: never[]) => unknown, args, args.length, "grads").gradients as { [K in keyof G]: GradientOf<G[K]> };

/** A loss, and whatever else the function computed on the way: running statistics, scores, parts of the loss. */
export interface WithAux<X> {
  readonly loss: Tensor;
  /** A tensor or a tree of tensors; no gradient is taken of it. */
  readonly aux: X;
}

const withAux = (out: unknown): { readonly loss: unknown; readonly aux: unknown } =>
  typeof out === "object" && out !== null && "loss" in out && "aux" in out ? { loss: out.loss, aux: out.aux } : { loss: out, aux: undefined };

/** The two forms of `valueAndGrad`: for a function that returns its loss, and for one that returns more beside it. */
export interface ValueAndGrad {
  <A, R extends readonly unknown[]>(f: (first: A, ...rest: R) => Tensor): <G extends Argument<A>>(first: G, ...rest: R) => {
    value: Tensor;
    grad: GradientOf<G>;
  };
  <A, R extends readonly unknown[], X>(f: (first: A, ...rest: R) => WithAux<X>): <G extends Argument<A>>(first: G, ...rest: R) => {
    value: Tensor;
    grad: GradientOf<G>;
    aux: X;
  };
}

/**
 * Value and gradient (for the first argument) in one run. A function that computes more than its loss returns
 * `{ loss, aux }`; `aux`, a tensor or a tree of tensors, comes back as values of the same run.
 * @throws Diagnostic `not-a-scalar`, `not-a-tensor`
 * @example
 * const f = (x: Tensor) => ({ loss: x.sq().sum(), aux: { doubled: x.mul(2) } });
 * valueAndGrad(f)(tensor([1, 2])).aux.doubled.toArraySync(); // => [2, 4]
 */
export const valueAndGrad: ValueAndGrad =
  (f: (...args: never[]) => unknown) =>
  (...args: readonly unknown[]): never => {
    const { value, gradients, aux } = valueAndGradients(f, args, 1, "valueAndGrad");
    return { value, grad: gradients[0], ...(aux !== undefined && { aux }) } as never;
  };

const resultNodes = (out: unknown): Node[] => leavesOf(typeof out === "number" ? tensor(out) : out).map((leaf) => leaf.tensor.node);

/** Gradients or tangents given by the caller, where they fit what they belong to, in its type. */
const given = (tree: unknown, like: readonly Node[], what: string): Node[] => {
  const nodes = resultNodes(tree);
  if (nodes.length !== like.length || nodes.some((node, i) => !sameShape(node.shape, like[i]!.shape))) {
    const list = (of: readonly Node[]) => of.map((node) => shapeText(node.shape)).join(", ");
    throw new Diagnostic("does-not-fit", `${what}: ${list(nodes) || "nothing"} given for ${list(like)}`, {
      help: "give one tensor of the same shape for each",
    });
  }
  return nodes.map((node, i) => cast(node, like[i]!.dtype));
};

/**
 * Reverse mode for a function with any result (a tensor or a tree of tensors): its value and a function from a gradient
 * of the result to gradients of all arguments.
 */
export const vjp =
  <A extends readonly unknown[], R>(f: (...args: A) => R) =>
  <G extends Arguments<A>>(...args: G): { value: R; pullback: (upstream: R | number) => { [K in keyof G]: GradientOf<G[K]> } } => {
    const traced = traceCall(f as (...args: never[]) => unknown, args, args.length);
    const outs = beforeDifferentiation(resultNodes(traced.out));
    const values = finish(outs);
    let next = 0;
    return {
      value: mapTree(traced.out, () => values[next++]!) as R,
      pullback: (upstream) => {
        const seeds = given(upstream, outs, "pullback");
        const wanted = traced.leaves.map((leaf) => leaf.parameter);
        const { of } = differentiate(new Map(outs.map((out, i) => [out, seeds[i]!])), wanted, builder);
        const gradients = finish(wanted.map((node) => of.get(node) ?? zerosLike(node)));
        return likeArguments(args, traced, gradients) as { [K in keyof G]: GradientOf<G[K]> };
      },
    };
  };

/** Forward mode: value and tangent of the result, for a tangent of each argument. */
export const jvp =
  <A extends readonly unknown[], R>(f: (...args: A) => R) =>
  (args: Arguments<A>, tangents: Arguments<A>): { value: R; tangent: R } => {
    checkList(args, "jvp", "jvp(f)([x, y], [vx, vy])");
    checkList(tangents, "jvp", "jvp(f)([x, y], [vx, vy])");
    const traced = traceCall(f as (...args: never[]) => unknown, args, args.length);
    const outs = beforeDifferentiation(resultNodes(traced.out));
    const wanted = traced.leaves.map((leaf) => leaf.parameter);
    const seeds = given(tangents.map((t) => (typeof t === "number" ? tensor(t) : t)), wanted, "jvp");
    const of = pushForward(outs, new Map(wanted.map((node, i) => [node, seeds[i]!])), builder);
    const results = finish([...outs, ...outs.map((out) => of.get(out) ?? zerosLike(out))]);
    let next = 0;
    const value = mapTree(traced.out, () => results[next++]!) as R;
    return { value, tangent: mapTree(traced.out, () => results[next++]!) as R };
  };

/**
 * Hessian times a vector, for the first argument: how the gradient changes along `v`. Forward mode over reverse mode, so
 * it costs a few evaluations whatever the number of parameters.
 * @example
 * hvp((x: Tensor) => x.mul(x).mul(x))(2, 1); // 12
 */
export const hvp =
  <A, R extends readonly unknown[]>(f: (first: A, ...rest: R) => Tensor) =>
  <G extends Argument<A>>(x: G, v: G, ...rest: R): GradientOf<G> => {
    const gradient = (first: A): A => grad(f)(first as Argument<A>, ...rest) as A;
    const { tangent } = jvp(gradient)([x] as never, [v] as never);
    return (typeof x === "number" ? numberOf(tangent as unknown as Tensor) : tangent) as GradientOf<G>;
  };

/** All second derivatives for one tensor: shape [...x, ...x]. One hvp for each element. */
export const hessian =
  <R extends readonly unknown[]>(f: (first: Tensor, ...rest: R) => Tensor) =>
  (first: Tensor | number, ...rest: R): Tensor => {
    if (typeof first !== "number" && !(first instanceof Tensor)) {
      throw new Diagnostic("not-a-tensor", `hessian: its argument is one tensor, not ${describe(first)}`, {
        help: "for a tree take hvp, or join what it holds into one tensor",
      });
    }
    const x = typeof first === "number" ? tensor(first) : first;
    const rows: Node[] = [];
    for (let i = 0; i < x.size; i++) {
      const unit = new Float64Array(x.size);
      unit[i] = 1;
      rows.push(reshape(hvp(f)(x, tensor(unit, { shape: x.shape, dtype: x.dtype }), ...rest).node, [1, x.size]));
    }
    const all = rows.length > 0 ? concat(rows, 0) : zerosLike(x.node);
    return finish([reshape(all, [...x.shape, ...x.shape])])[0]!;
  };
