/**
 * Operations of the user's own, as entries like those of the table: written with tensors instead of nodes. Nothing here
 * checks them; `gate` and `group` in `check/define.ts` do, before they hand the function out.
 */
import { Diagnostic } from "../ir/diagnostic.ts";
import type { Node, Spelling } from "../ir/node.ts";
import type { EntryInfo, Exclusion, Sample } from "../ops/forms/entry.ts";
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
  if (/^[a-z][a-z0-9_]*$/.test(name)) return name;
  throw new Diagnostic("bad-name", `${what}: "${name}" is not a name for an operation`, {
    help: "use snake_case: small letters, digits and _, starting with a letter",
  });
};

const rules = (spec: Described) => ({
  ...(spec.local && {
    local: (x: readonly Node[], y: Node) =>
      spec.local!(x.map(handle), handle(y)).map((slope) => (typeof slope === "number" ? slope : slopeNode(slope))),
  }),
  ...(spec.gradient && {
    gradient: (g: Node, x: readonly Node[], y: Node) => spec.gradient!(handle(g), x.map(handle), handle(y)).map(slopeNode),
  }),
});

/** An operation and the function to call it by. */
export interface Defined {
  readonly entry: EntryInfo;
  readonly call: (...operands: TensorLike[]) => Tensor;
}

export const defineGate = (spec: GateDefinition): Defined => {
  const count = spec.operands ?? spec.forward.length;
  const entry = gateEntry({
    word: checkName(spec.name, "gate"),
    says: spec.says ?? "multiplies the gradient by its local gradient",
    formula: spec.formula ?? `${spec.name}(...)`,
    arity: [count, count],
    types: "float",
    scalar: spec.forward,
    spelling: spec.spelling ?? { js: `${spec.name}($*)`, python: `${spec.name}($*)` },
    ...rules(spec),
    ...(spec.branch && { branch: spec.branch }),
    ...(spec.excluded && { excluded: spec.excluded }),
  });
  return { entry, call: toFunction({ ...entry, sig: "variadic" as const }) };
};

export const defineGroup = (spec: GroupDefinition): Defined => {
  const count = spec.operands ?? spec.body.length;
  const { body, stable } = spec;
  const entry = groupEntry({
    word: checkName(spec.name, "group"),
    sig: "variadic",
    says: spec.says ?? "has the gradient of its gates together",
    formula: spec.formula ?? `${spec.name}(...)`,
    params: Array.from({ length: count }, (_, i) => `x${i}`),
    body: (...x) => body(...x.map(handle)).node,
    ...(stable && { lowered: (...x: Node[]) => stable(...x.map(handle)).node }),
    ...rules(spec),
    // Without shapes of its own it works element by element, and its operands broadcast as a gate's do.
    ...(spec.samples ? { samples: spec.samples } : { elementwise: true }),
    ...(spec.excluded && { excluded: spec.excluded }),
  });
  return { entry, call: toFunction(entry) };
};
