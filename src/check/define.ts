/**
 * Operations of the user's own. A gate or a group is swept like those of the table, in first and second order, when it is
 * declared; one whose gradient is wrong is refused with the numbers.
 */
import { defineGate, defineGroup, type Defined, type GateDefinition, type GroupDefinition } from "../api/define.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import type { Tensor, TensorLike } from "../trace/tensor.ts";
import { checkOperation } from "./operations.ts";

/** A declared operation: a function of tensors and numbers. */
export type Operation = (...operands: TensorLike[]) => Tensor;

/** Of many failures the first few say enough. */
const shown = 3;

const checked = ({ entry, call }: Defined, what: string): Operation => {
  const { failures, total } = checkOperation(entry);
  const first = failures[0];
  if (first === undefined && total > 0) return call;
  throw new Diagnostic(
    "wrong-gradient",
    first === undefined
      ? `${what}: nothing of "${entry.word}" could be checked`
      : `${what}: "${entry.word}" was refused, ${first.what} is wrong at ${first.where}: ${first.sentence}`,
    {
      notes: failures.slice(1, shown).map(({ what: which, where, sentence }) => `${which} at ${where}: ${sentence}`),
      help:
        first === undefined
          ? "its excluded points leave none over; exclude only points where it or its slope does not exist"
          : "mend the local gradient, or name the points where the function or its slope does not exist in `excluded` (kinks in `branch`)",
    },
  );
};

/**
 * A gate of your own: a function of plain numbers and its local gradients. The gradient is checked against numeric ones
 * at once, to second order.
 * @throws Diagnostic `wrong-gradient` with the numbers, `bad-name`
 * @example
 * const cube = gate({
 *   name: "cube",
 *   forward: (x) => x ** 3,
 *   local: ([x]) => [x!.mul(x!).mul(3)],
 * });
 * grads(cube)(2); // [12]
 */
export const gate = (definition: GateDefinition): Operation => checked(defineGate(definition), "gate");

/**
 * A group of your own: a circuit of other operations as one, with a gradient of its own where that is simpler. Numeric,
 * grouped and gate-by-gate gradients must agree.
 * @throws Diagnostic `wrong-gradient` with the numbers, `bad-name`
 * @example
 * const swish = group({
 *   name: "swish",
 *   body: (x) => x.mul(x.sigmoid()),
 *   local: ([x]) => [x!.sigmoid().mul(x!.neg().sigmoid().mul(x!).add(1))],
 * });
 * grads(swish)(0); // [0.5]
 */
export const group = (definition: GroupDefinition): Operation => checked(defineGroup(definition), "group");
