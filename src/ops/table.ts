// Made by scripts/generate.ts from src/ops/entries; do not edit.
export * from "./entries/arithmetic.ts";
export * from "./entries/attention.ts";
export * from "./entries/choice.ts";
export * from "./entries/classes.ts";
export * from "./entries/folds.ts";
export * from "./entries/functions.ts";
export * from "./entries/groups.ts";
export * from "./entries/identity.ts";
export * from "./entries/normalization.ts";
export * from "./entries/picking.ts";
export * from "./entries/products.ts";
export * from "./entries/random.ts";
export * from "./entries/shapes.ts";
export * from "./entries/windows.ts";
