/** From a plain function of tensors to its graph: arguments matched by name, every node with its line in the source. */
import { parameterNames } from "../api/transforms.ts";
import { Diagnostic, type Place } from "../ir/diagnostic.ts";
import { nearest } from "../ir/nearest.ts";
import type { Value } from "../ir/dtype.ts";
import { topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node } from "../ir/node.ts";
import { input } from "../ops/forms/source.ts";
import { withFreshSites } from "../trace/site.ts";
import { deepest, type Nested } from "../trace/literal.ts";
import { tensor, Tensor } from "../trace/tensor.ts";
import { mapTree } from "../trace/tree.ts";
import type { GraphParts } from "./from-graph.ts";
import type { TensorValue } from "./language/values.ts";

/** A number, nested arrays of numbers, a tensor, or a plain tree of tensors (a model). */
export type InputValue = number | Tensor | readonly Nested[] | TensorValue | object;

/** Inputs by the names of the function's parameters, or in their order. */
export type FunctionInputs = Readonly<Record<string, InputValue>> | ReadonlyMap<string, InputValue> | readonly InputValue[];

// Parameters of the user's function are whatever they are.
export type AnyFunction = (...args: never[]) => unknown;

/** The text of a source file, if it can be read: then nodes take the names of the constants they are assigned to. */
export type ReadSource = (file: string) => string | undefined;

/**
 * Calls the function once on stand-ins for its arguments.
 * @throws Diagnostic `missing-input`, `unknown-input`, `unnamed-parameters`, `not-a-tensor`
 */
export const traceFunction = (f: AnyFunction, inputs: FunctionInputs, readSource?: ReadSource): GraphParts => {
  const names = parameterNames(f);
  const given = matchArguments(f, names, inputs);
  const nodes: Node[] = [];
  const feeds = new NodeMap<Value>();
  const args = given.map((argument, i) =>
    mapTree(
      toTensors(argument),
      (leaf, path) => {
        const node = input(leaf.shape, leaf.dtype, path);
        const values = leaf.dataSync();
        feeds.set(node, leaf.rank === 0 ? values[0]! : values);
        nodes.push(node);
        return new Tensor(node, Infinity);
      },
      names[i] ?? `argument${i + 1}`,
    ),
  );
  const result = withFreshSites(() => f(...(args as never[])));
  const output = resultNode(result);
  return { roots: [], output, inputs: nodes, feeds, names: namesFromSource(topological([output]), readSource) };
};

const resultNode = (result: unknown): Node => {
  if (result instanceof Tensor) return result.node;
  if (typeof result === "number") return tensor(result).node;
  const what = result === undefined ? "nothing" : result instanceof Promise ? "a promise" : Array.isArray(result) ? "an array" : typeof result === "object" ? "an object" : `a ${typeof result}`;
  throw new Diagnostic("not-a-tensor", `The function returned ${what}, not a tensor.`, {
    help: "return the one tensor whose circuit is to be shown, from a function that is not async",
  });
};

const matchArguments = (f: AnyFunction, names: readonly (string | undefined)[], inputs: FunctionInputs): InputValue[] => {
  if (Array.isArray(inputs)) {
    if (inputs.length >= f.length) return [...(inputs as readonly InputValue[])];
    const missing = names.slice(inputs.length, f.length).map((name, i) => name ?? `argument ${inputs.length + i + 1}`);
    throw missingInputs(missing);
  }
  const given = inputs instanceof Map ? (inputs as ReadonlyMap<string, InputValue>) : new Map(Object.entries(inputs));
  const parameters = names.filter((name) => name !== undefined);
  if (parameters.length < f.length) {
    throw new Diagnostic("unnamed-parameters", "The function takes a parameter that has no plain name, so inputs cannot be matched by name.", {
      help: "give every parameter a name, (x, y) instead of ({ x, y }); in code, inputs may also be an array in their order",
    });
  }
  for (const name of given.keys()) {
    if (parameters.includes(name)) continue;
    const near = nearest(name, parameters);
    throw new Diagnostic("unknown-input", `The function has no parameter "${name}".`, {
      help: near !== undefined ? `did you mean "${near}"?` : parameters.length > 0 ? `its parameters are ${parameters.join(", ")}` : "it has no parameters with names",
    });
  }
  const missing = parameters.slice(0, f.length).filter((name) => !given.has(name));
  if (missing.length > 0) throw missingInputs(missing);
  const count = parameters.reduce((most, name, i) => (given.has(name) ? i + 1 : most), 0);
  return parameters.slice(0, count).map((name) => given.get(name)!);
};

const missingInputs = (missing: readonly string[]): Diagnostic => {
  const several = missing.length > 1;
  return new Diagnostic("missing-input", `The parameter${several ? "s" : ""} ${missing.map((name) => `"${name}"`).join(", ")} of the function ${several ? "have no values" : "has no value"}.`, {
    help: `give ${several ? "them" : "it"} as ${missing.map((name) => `${name}=1`).join(" ")}`,
  });
};

const isTensorValue = (x: object): x is TensorValue => "data" in x && x.data instanceof Float64Array && "shape" in x && Array.isArray(x.shape);

/** Numbers and arrays of numbers become tensors; trees of tensors stay as they are. */
const toTensors = (x: InputValue): unknown => {
  if (typeof x === "number") return tensor(x);
  if (x instanceof Tensor) return x;
  if (isTensorValue(x)) return tensor(x.data, { shape: x.shape });
  if (!Array.isArray(x)) return x;
  let first: unknown = x;
  for (let depth = 0; Array.isArray(first) && depth < deepest; depth++) first = first[0];
  // A list of tensors or of trees is a tree; anything else in brackets is meant as numbers, and errors say so.
  return typeof first === "object" ? x : tensor(x as Nested);
};

const assignments = (text: string) => text.matchAll(/(?:^|[;{}])\s*(?:export\s+)?(?:const|let|var)\s+([\p{L}_$][\p{L}\p{N}_$]*)\s*(?::[^=;]*)?=(?!=|>)/gu);

/** The line on which a statement begins that goes on with `.method(...)` line by line. */
const startOf = (lines: readonly string[], line: number): number => {
  let start = line;
  while (start > 1 && /^\s*\./.test(lines[start - 1] ?? "")) start--;
  return start;
};

interface Statement {
  /** The same for all that is called in it, and for nothing else. */
  readonly at: string;
  /** The constant that it assigns, if it is a plain `const NAME = ...`. */
  readonly name: string | undefined;
}

/** A statement is shorter than this; lines of bundled code are not. */
const longestStatement = 2000;

/** The statement in which something is called at a place: the last one on its line that begins before it. */
const statementAt = ({ file, line, column }: Place, lines: readonly string[]): Statement => {
  const start = startOf(lines, line);
  const text = [...lines.slice(start - 1, line - 1), (lines[line - 1] ?? "").slice(0, column - 1)].join("\n");
  const skipped = Math.max(0, text.length - longestStatement);
  const before = text.slice(skipped);
  const found = [...assignments(before)].at(-1);
  const from = found === undefined ? 0 : found.index + found[0].length;
  // What stands in a later statement, or in a function that is assigned, is not what gets the name.
  const inside = found !== undefined && !/;|=>/.test(before.slice(from));
  return { at: `${file}:${start}:${skipped + (inside ? from : before.lastIndexOf(";"))}`, name: inside ? found[1] : undefined };
};

/**
 * Where a statement reads `const NAME = ...`, the last node that was made in it is NAME. A statement that runs several
 * times in a row ends each time with a call at the same place; the nodes of one call share their site.
 */
const namesFromSource = (order: readonly Node[], readSource: ReadSource | undefined): NodeMap<string> => {
  const names = new NodeMap<string>();
  if (!readSource) return names;
  const known = new Map<string, readonly string[]>();
  const linesOf = (file: string): readonly string[] => {
    const lines = known.get(file) ?? readSource(file)?.split("\n") ?? [];
    known.set(file, lines);
    return lines;
  };
  const placed = order.flatMap((node) => {
    const place = node.src.length > 0 ? node.site?.place : undefined;
    if (place?.file === undefined) return [];
    const { line, column } = place;
    return [{ node, line, column, ...statementAt(place, linesOf(place.file)) }];
  });
  for (let from = 0; from < placed.length; ) {
    const { at, name } = placed[from]!;
    let to = from;
    while (placed[to]?.at === at) to++;
    const end = placed[to - 1]!;
    for (let i = from; i < to && name !== undefined; i++) {
      const { node, line, column } = placed[i]!;
      const isLast = placed[i + 1]?.node.site !== node.site;
      if (line === end.line && column === end.column && isLast) names.set(node, name);
    }
    from = to;
  }
  return names;
};
