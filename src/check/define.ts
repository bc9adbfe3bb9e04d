/**
 * Operations of the user's own, checked when they are declared: one whose gradient disagrees with its numbers is refused,
 * with the numbers, before anything is computed with it (statement 10 of the course's functions).
 */
import { Diagnostic } from "../ir/diagnostic.ts";
import { defineGate, defineGroup, type Defined, type GateDefinition, type GroupDefinition } from "../api/define.ts";
import { checkOperation } from "./operations.ts";

/**
 * A gate of one's own: a function of plain numbers applied to every element, with its local gradients.
 * @throws Diagnostic `wrong-gradient` with the point and both numbers, `bad-name`
 * @example
 * const cube = gate({ name: "cube", forward: (x) => x ** 3, local: ([x]) => [x.mul(x).mul(3)] });
 * grad((x: Tensor) => cube(x))(2); // 12
 */
export const gate = (spec: GateDefinition): Defined["call"] => checked("gate", spec, defineGate(spec));

/**
 * A group of one's own: a circuit of other operations under one name, with a simpler gradient or a stabler circuit if it
 * has one; gate by gate, as a group and in numbers it must give the same.
 * @throws Diagnostic `wrong-gradient` with the point and both numbers, `bad-name`, `captured-value`
 */
export const group = (spec: GroupDefinition): Defined["call"] => checked("group", spec, defineGroup(spec));

const checked = (what: string, { name, local, gradient }: GateDefinition | GroupDefinition, { entry, call }: Defined): Defined["call"] => {
  // A gate without any gradient stops gradients, as a comparison does: there is nothing to compare.
  if (what === "gate" && !local && !gradient) return call;
  const { failures } = checkOperation(entry);
  const [first, ...others] = failures;
  if (first === undefined) return call;
  throw new Diagnostic("wrong-gradient", `${what} "${name}" is refused (${first.what}): ${first.where}: ${first.sentence}`, {
    notes: others.slice(0, 3).map(({ what: of, where, sentence }) => `${of}: ${where}: ${sentence}`),
    help: "mend the gradient, or say in `excluded` where the function or a slope does not exist, in `branch` where it has kinks",
  });
};
