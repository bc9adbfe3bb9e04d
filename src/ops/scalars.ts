// Made by scripts/generate.ts from src/ops/entries; do not edit.
export * from "./entries/arithmetic.ts";
export * from "./entries/choice.ts";
export * from "./entries/functions.ts";
export * from "./entries/groups.ts";
export * from "./entries/identity.ts";
