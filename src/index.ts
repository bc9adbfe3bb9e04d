/** The library: `import { grads, checkGradients, explain } from "chainrule"`. */
export * from "./api/index.ts";
export { checkGradients, checkOperations, gate, group, sweepH } from "./check/index.ts";
export type { CheckOptions, GradientCheck } from "./check/index.ts";
export { explain, explainProgram, Explanation } from "./explain/index.ts";
export type { Circuit, CircuitNode, Edge } from "./explain/index.ts";
