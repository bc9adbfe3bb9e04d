/**
 * `import { grad } from "chainrule/grad"`: tensors, their operations and their gradients, of the same classes as in
 * "chainrule", and nothing of the engine, the check and the explanations. For programs that start often, or in a page
 * without a bundler: a process has its first gradient in less than half the time.
 */
export * from "../api/gradients.ts";
