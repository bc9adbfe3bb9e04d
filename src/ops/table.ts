// Made by scripts/generate.ts from src/ops/entries; do not edit.
import { add, chain, div, eq, exp, ge, gt, inv, le, log, lt, mul, ne, neg, pow, sq, sqrt, sub, where } from "./entries/arithmetic.ts";
import { attention } from "./entries/attention.ts";
import { abs, max, min, relu } from "./entries/choice.ts";
import { logSoftmax, softmax, softmaxCrossEntropy } from "./entries/classes.ts";
import { amax, amin, argmax, argmin, logsumexp, mean, sum, variance } from "./entries/folds.ts";
import { cos, elu, erf, erfc, expm1, leakyRelu, log1p, sin, tanh } from "./entries/functions.ts";
import { gelu, geluTanh, logAddExp, logSigmoid, negLogSoftmax, selu, sigmoid, silu, softplus } from "./entries/groups.ts";
import { copy, stopGradient } from "./entries/identity.ts";
import { standardize } from "./entries/normalization.ts";
import { cast, gather, oneHot, pick } from "./entries/picking.ts";
import { einsum, matmul } from "./entries/products.ts";
import { bits } from "./entries/random.ts";
import { broadcastTo, concat, pad, reshape, slice, transpose } from "./entries/shapes.ts";
import { avgPool2d, conv2d, maxPool2d, windows } from "./entries/windows.ts";

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

/** Every entry by its name. */
export const entries = {
  abs,
  add,
  amax,
  amin,
  argmax,
  argmin,
  attention,
  avgPool2d,
  bits,
  broadcastTo,
  cast,
  chain,
  concat,
  conv2d,
  copy,
  cos,
  div,
  einsum,
  elu,
  eq,
  erf,
  erfc,
  exp,
  expm1,
  gather,
  ge,
  gelu,
  geluTanh,
  gt,
  inv,
  le,
  leakyRelu,
  log,
  log1p,
  logAddExp,
  logSigmoid,
  logSoftmax,
  logsumexp,
  lt,
  matmul,
  max,
  maxPool2d,
  mean,
  min,
  mul,
  ne,
  neg,
  negLogSoftmax,
  oneHot,
  pad,
  pick,
  pow,
  relu,
  reshape,
  selu,
  sigmoid,
  silu,
  sin,
  slice,
  softmax,
  softmaxCrossEntropy,
  softplus,
  sq,
  sqrt,
  standardize,
  stopGradient,
  sub,
  sum,
  tanh,
  transpose,
  variance,
  where,
  windows,
};
