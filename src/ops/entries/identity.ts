/** Gates that pass the value on unchanged. */
import { gate } from "../forms/gate.ts";

/** The same value, for which nothing before it gets a gradient. */
export const stopGradient = gate({
  word: "stop_gradient",
  says: "lets the value through and stops the gradient",
  formula: "x",
  arity: 1,
  scalar: (x) => x!,
  lanes: (_, x) => x!,
  spelling: { js: "$0", python: "$0" },
});

/** The same value under a second name: the copy gate, whose gradients add up at the fork. */
export const copy = gate({
  word: "copy",
  says: "passes value and gradient unchanged",
  formula: "x",
  arity: 1,
  scalar: (x) => x!,
  lanes: (_, x) => x!,
  complex: (z) => z!,
  local: () => [1],
  spelling: { js: "$0", python: "$0" },
  canonical: ([x]) => x,
  pattern: "adder",
  internal: true,
});
