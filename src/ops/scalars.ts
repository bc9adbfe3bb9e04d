// Made by scripts/generate.ts from src/ops/entries; do not edit.
import { add, div, eq, exp, ge, gt, inv, le, log, lt, mul, ne, neg, pow, sq, sqrt, sub, where } from "./entries/arithmetic.ts";
import { abs, max, min, relu } from "./entries/choice.ts";
import { cos, elu, erf, erfc, expm1, leakyRelu, log1p, sin, tanh } from "./entries/functions.ts";
import { gelu, geluTanh, logAddExp, logSigmoid, negLogSoftmax, selu, sigmoid, silu, softplus } from "./entries/groups.ts";
import { stopGradient } from "./entries/identity.ts";

export const scalars = [
  add, div, eq, exp, ge, gt, inv, le, log, lt, mul, ne, neg, pow, sq, sqrt, sub, where,
  abs, max, min, relu,
  cos, elu, erf, erfc, expm1, leakyRelu, log1p, sin, tanh,
  gelu, geluTanh, logAddExp, logSigmoid, negLogSoftmax, selu, sigmoid, silu, softplus,
  stopGradient,
];
