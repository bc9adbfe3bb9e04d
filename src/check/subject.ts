/**
 * One sample of one entry with everything that is derived from it: gradients of order 1 and 2, forward mode, the opened
 * group. The graphs are built once and tried at many points.
 */
import { isFloat } from "../ir/dtype.ts";
import type { Node } from "../ir/node.ts";
import { builder } from "../api/builder.ts";
import type { EntryInfo, Sample } from "../ops/forms/entry.ts";
import { cast } from "../ops/forms/cast.ts";
import { input } from "../ops/forms/source.ts";
import { parameter } from "../ops/forms/parameter.ts";
import { differentiate } from "../passes/differentiate.ts";
import { expand } from "../passes/expand.ts";
import { pushForward } from "../passes/forward.ts";
import { operandType, type OperandType } from "./points.ts";
import { Probe } from "./probe.ts";

const closed = { open: false };

/** The node of an entry on operands of given shapes and types, called as a user would call it. */
export const buildOn = (entry: EntryInfo, operands: readonly Node[], options: readonly unknown[]): Node =>
  entry.build(
    entry.operands === "list" ? [operands, ...options] : entry.operands === "rest" ? [...options, ...operands] : [...operands, ...options],
  );

export class Subject {
  readonly types: readonly OperandType[];
  readonly inputs: readonly Node[];
  readonly out: Node;
  /** Placeholders of the upstream gradient, and of a direction for each operand that has gradients. */
  readonly upstream: Node;
  readonly floats: readonly number[];
  readonly directions: readonly Node[];
  /** Gradient for each float operand; `undefined` where none flows. */
  readonly gradients: readonly (Node | undefined)[];
  /** Gradient of <gradients, directions>, for each float operand. */
  readonly second: readonly (Node | undefined)[];
  /** The tangent of the result along the directions: by forward mode, and as the gradient's gradient for the upstream. */
  readonly tangent: Node | undefined;
  readonly transposed: Node | undefined;
  /** The result with every group opened, and its gradients; absent where there is no group. */
  readonly opened: { readonly out: Node; readonly gradients: readonly (Node | undefined)[] } | undefined;

  /** `narrow`: the operands are still float64, and the operation itself computes in float32. */
  constructor(entry: EntryInfo, sample: Sample, narrow = false) {
    this.types = sample.operands.map(operandType);
    this.inputs = this.types.map(({ shape, dtype }, i) => input(shape, dtype, `x${i}`));
    // As under a transform, so that the stand-in of an argument is tried like everything else.
    const stand = this.inputs.map((node) => parameter(node, closed));
    this.out = buildOn(entry, narrow ? stand.map((node) => (isFloat(node.dtype) ? cast(node, "float32") : node)) : stand, sample.options ?? []);
    this.floats = this.types.flatMap(({ dtype }, i) => (isFloat(dtype) ? [i] : []));
    const wanted = this.floats.map((i) => this.inputs[i]!);
    this.upstream = input(this.out.shape, this.out.dtype, "upstream");
    this.directions = wanted.map((node) => input(node.shape, node.dtype));
    const backwards = (out: Node) => {
      const { of } = differentiate(new Map([[out, this.upstream]]), wanted, builder);
      return wanted.map((node) => of.get(node));
    };
    this.gradients = isFloat(this.out.dtype) ? backwards(this.out) : wanted.map(() => undefined);
    const seeds = new Map<Node, Node>();
    this.gradients.forEach((gradient, i) => {
      if (!gradient) return;
      const before = seeds.get(gradient);
      seeds.set(gradient, before ? builder.add(before, this.directions[i]!) : this.directions[i]!);
    });
    const second = differentiate(seeds, [...wanted, this.upstream], builder);
    this.second = wanted.map((node) => second.of.get(node));
    this.transposed = second.of.get(this.upstream);
    this.tangent = isFloat(this.out.dtype)
      ? pushForward([this.out], new Map(wanted.map((node, i) => [node, this.directions[i]!])), builder).get(this.out)
      : undefined;
    const open = expand([this.out], "body").get(this.out)!;
    this.opened = open === this.out ? undefined : { out: open, gradients: backwards(open) };
  }

  /** Placeholders in the order in which `feed` expects their values: operands, upstream, directions. */
  get placeholders(): readonly Node[] {
    return [...this.inputs, this.upstream, ...this.directions];
  }

  /** Every graph of this sample. */
  get roots(): readonly Node[] {
    const opened = this.opened ? [this.opened.out, ...this.opened.gradients] : [];
    return [this.out, ...this.gradients, ...this.second, this.tangent, this.transposed, ...opened].filter((node) => node !== undefined);
  }

  value(): Probe {
    return new Probe([this.out], this.inputs);
  }

  /** All gradients as outputs; kinks are those of the value. */
  gradient(): Probe {
    return new Probe([...new Set(this.gradients.filter((node) => node !== undefined))], [...this.inputs, this.upstream], [this.out]);
  }
}
