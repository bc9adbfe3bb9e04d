/** Functions that take many steps, by the names by which `Lanes` offers them to the formulas of entries. */
export { erf, erfc } from "./error-function.ts";
export { exp, expm1, tanh } from "./exponential.ts";
export { log, log1p } from "./logarithm.ts";
export { pow } from "./power.ts";
export { cos, sin } from "./trigonometry.ts";
