/**
 * Operations of the user's own, as entries like those of the table: written with tensors instead of nodes. Nothing here
 * checks them; `gate` and `group` in `check/define.ts` do, before they hand the function out.
 */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import type { Node, Spelling } from "../ir/node.ts";
import { sameShape } from "../ir/shape.ts";
import { describe, type EntryInfo, type Exclusion, type Sample } from "../ops/forms/entry.ts";
import { checkOptions } from "../ops/forms/options.ts";
import { gate as gateEntry } from "../ops/forms/gate.ts";
import { group as groupEntry } from "../ops/forms/body.ts";
import { nodeOf, Tensor, toFunction, type TensorLike } from "../trace/tensor.ts";

type Slope = TensorLike | undefined;

interface Described {
  /** A word in snake_case; errors, drawings and code use it. */
  readonly name: string;
  /** One sentence: what it does to the gradient. */
  readonly says?: string;
  /** The function as a formula, for people. */
  readonly formula?: string;
  /** Local gradient for each operand, written with tensors, of the operands and the output. */
  readonly local?: (operands: readonly Tensor[], output: Tensor) => readonly Slope[];
  /** The whole backward rule, where [local] x [upstream] is not the right spelling. */
  readonly gradient?: (upstream: Tensor, operands: readonly Tensor[], output: Tensor) => readonly Slope[];
  /** Points where the function or a slope does not exist, each with its reason; the check leaves them out. */
  readonly excluded?: readonly Exclusion[];
}

const described: readonly (keyof Described)[] = ["name", "says", "formula", "local", "gradient", "excluded"];

export interface GateDefinition extends Described {
  /** The function of plain numbers; as many operands as it has parameters. */
  readonly forward: (...x: number[]) => number;
  /** Number of operands, where `forward` does not show it (rest parameters, defaults). */
  readonly operands?: number;
  /** Which smooth piece a point lies on; at a change of piece there is a kink. */
  readonly branch?: (...x: number[]) => number;
  /** How code printers write it, `$0`, `$1` being the operands; by default a call of its name. */
  readonly spelling?: Spelling;
}

export interface GroupDefinition extends Described {
  /** What it means, gate by gate. */
  readonly body: (...operands: Tensor[]) => Tensor;
  /** An equal circuit that stays finite and exact where the plain one does not; this one is run. */
  readonly stable?: (...operands: Tensor[]) => Tensor;
  /** Number of operands, where `body` does not show it. */
  readonly operands?: number;
  /** Shapes of operands to check it on; scalars, vectors and matrices of equal shapes by default. */
  readonly samples?: readonly Sample[];
}

const handle = (node: Node): Tensor => new Tensor(node, Infinity);
const slopeNode = (slope: Slope): Node | undefined => (slope === undefined ? undefined : nodeOf(slope));

const checkName = (name: string, what: string): string => {
  if (typeof name === "string" && /^[a-z][a-z0-9_]*$/.test(name)) return name;
  throw new Diagnostic("bad-name", `${what}: "${name}" is not a name for an operation`, {
    help: "use snake_case: small letters, digits and _, starting with a letter",
  });
};

/** What the user's own rule gave for each operand, where it fits: an array, one for each, of the operands' shapes. */
const slopesOf = (given: unknown, x: readonly Node[], y: Node, rule: "local" | "gradient"): readonly Slope[] => {
  const fail = (sentence: string, operands: readonly Node[] = []): never => {
    throw new Diagnostic("bad-rule", `${y.op.name}: ${rule} ${sentence}`, {
      operands: operands.map((node, i) => ({ name: node.name ?? `operand ${i + 1}`, shape: node.shape })),
      help: "return an array with one gradient for each operand, in order: a tensor, a number, or undefined where none flows",
    });
  };
  if (!Array.isArray(given)) return fail(`returned ${describe(given)}, not an array`);
  if (given.length > x.length) return fail(`returned ${given.length} gradients for ${x.length} operand${x.length === 1 ? "" : "s"}`, x);
  given.forEach((slope: unknown, i) => {
    if (slope === undefined || (typeof slope === "number" && (rule === "local" || x[i]!.shape.length === 0))) return;
    if (!(slope instanceof Tensor)) return fail(`gave ${describe(slope)} for operand ${i + 1}`, x);
    // A local gradient is multiplied into the upstream and may be one number for all elements.
    const fits = sameShape(slope.shape, x[i]!.shape) || (rule === "local" && slope.rank === 0);
    if (!fits) fail(`gave shape ${shapeText(slope.shape)} for operand ${i + 1} of shape ${shapeText(x[i]!.shape)}`, x);
  });
  return given as readonly Slope[];
};

const rules = (spec: Described) => {
  if (spec.local && spec.gradient) {
    throw new Diagnostic("two-rules", `${spec.name}: both local and gradient are given`, { help: "keep one of them; local is enough for what works element by element" });
  }
  return {
    ...(spec.local && {
      local: (x: readonly Node[], y: Node) =>
        slopesOf(spec.local!(x.map(handle), handle(y)), x, y, "local").map((slope) => (typeof slope === "number" ? slope : slopeNode(slope))),
    }),
    ...(spec.gradient && {
      gradient: (g: Node, x: readonly Node[], y: Node) =>
        slopesOf(spec.gradient!(handle(g), x.map(handle), handle(y)), x, y, "gradient").map(slopeNode),
    }),
  };
};

const countOf = (said: number | undefined, f: unknown, name: string, from: string): number => {
  if (typeof f !== "function") {
    throw new Diagnostic("not-a-function", `${name}: \`${from}\` is ${describe(f)}, not a function`, { help: `write ${from}: (x) => ..., what it computes` });
  }
  const given = said ?? f.length;
  if (Number.isInteger(given) && given >= 1) return given;
  throw new Diagnostic("operand-count", `${name}: how many operands it takes cannot be read off \`${from}\``, {
    help: `say it: operands: 2 (rest parameters and parameters with defaults do not count)`,
  });
};

/** The circuit that the user's function builds. */
const built = (out: unknown, name: string, what: string): Node => {
  if (out instanceof Tensor) return out.node;
  throw new Diagnostic("not-a-tensor", `${name}: ${what} returned ${describe(out)}, not a tensor`, { help: "return the result, made of the operands" });
};

/** An operation and the function to call it by. */
export interface Defined {
  readonly entry: EntryInfo;
  readonly call: (...operands: TensorLike[]) => Tensor;
}

export const defineGate = (spec: GateDefinition): Defined => {
  checkOptions("gate", spec, [...described, "forward", "operands", "branch", "spelling"]);
  const count = countOf(spec.operands, spec.forward, spec.name, "forward");
  const entry = gateEntry({
    word: checkName(spec.name, "gate"),
    says: spec.says ?? "multiplies the gradient by its local gradient",
    formula: spec.formula ?? `${spec.name}(...)`,
    arity: [count, count],
    types: "float",
    scalar: (...x) => {
      const y: unknown = spec.forward(...x);
      if (typeof y === "number") return y;
      throw new Diagnostic("not-a-number", `${spec.name}: forward(${x.join(", ")}) returned ${describe(y)}, not a number`, {
        help: "forward works on plain numbers: forward: (x) => x * x",
      });
    },
    // Without a rule it says that no gradient flows, which the check holds it to.
    ...(!spec.local && !spec.gradient && { local: () => [] }),
    spelling: spec.spelling ?? { js: `${spec.name}($*)`, python: `${spec.name}($*)` },
    ...rules(spec),
    ...(spec.branch && { branch: spec.branch }),
    ...(spec.excluded && { excluded: spec.excluded }),
  });
  return { entry, call: toFunction({ ...entry, sig: "variadic" as const }) };
};

export const defineGroup = (spec: GroupDefinition): Defined => {
  checkOptions("group", spec, [...described, "body", "stable", "operands", "samples"]);
  const count = countOf(spec.operands, spec.body, spec.name, "body");
  const { body, stable } = spec;
  const entry = groupEntry({
    word: checkName(spec.name, "group"),
    sig: "variadic",
    says: spec.says ?? "has the gradient of its gates together",
    formula: spec.formula ?? `${spec.name}(...)`,
    params: Array.from({ length: count }, (_, i) => `x${i}`),
    body: (x) => built(body(...x.map(handle)), spec.name, "body"),
    ...(stable && { lowered: (x: readonly Node[]) => built(stable(...x.map(handle)), spec.name, "stable") }),
    ...rules(spec),
    // Without shapes of its own it works element by element, and its operands broadcast as a gate's do.
    ...(spec.samples ? { samples: spec.samples } : { elementwise: true }),
    ...(spec.excluded && { excluded: spec.excluded }),
  });
  return { entry, call: toFunction(entry) };
};
