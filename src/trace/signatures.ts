/**
 * The types of functions and methods: one row for each signature, none for an operation. An entry names its row; the
 * shape arithmetic is in `ir/shape.types.ts`.
 */
import type { DType } from "../ir/dtype.ts";
import type { AnyShape, Broadcast, Shape } from "../ir/shape.types.ts";
import type { FoldOptions } from "../ops/forms/fold.ts";
import type { Range } from "../ops/forms/view.ts";
import type { Nested, Tensor, TensorLike } from "./tensor.ts";

/** Operands as people write them: tensors, numbers, nested arrays of numbers. */
type In<S extends Shape = AnyShape> = TensorLike<S> | readonly Nested[];
type Padding = readonly (readonly [before: number, after: number])[];

/** Rows of the functions: every operand is an argument. */
export interface Functions {
  unary: <S extends Shape>(x: Tensor<S> | number | readonly Nested[]) => Tensor<S>;
  unaryWith: <S extends Shape>(x: Tensor<S> | number | readonly Nested[], parameter?: In) => Tensor<S>;
  binary: <A extends Shape, B extends Shape>(x: In<A>, y: In<B>) => Tensor<Broadcast<A, B>>;
  ternary: (condition: In, x: In, y: In) => Tensor;
  variadic: (...x: In[]) => Tensor;
  fold: (x: In, options?: FoldOptions) => Tensor;
  labelled: (scores: In, label: In) => Tensor;
  reshape: (x: In, shape: Shape) => Tensor;
  transpose: (x: In, axes?: readonly number[]) => Tensor;
  slice: (x: In, ranges: readonly Range[]) => Tensor;
  pad: (x: In, amounts: Padding, fill?: number) => Tensor;
  concat: (parts: readonly In[], options?: { readonly axis?: number }) => Tensor;
  matmul: (x: In, y: In) => Tensor;
  einsum: (equation: string, ...operands: In[]) => Tensor;
  gather: (x: In, index: In, options?: { readonly axis?: number }) => Tensor;
  oneHot: (index: In, classes: number, dtype?: DType) => Tensor;
  cast: <S extends Shape>(x: In<S>, dtype: DType) => Tensor<S>;
}

/** Rows of the methods: the first operand is the tensor itself. */
export interface Methods<S extends Shape> {
  unary: () => Tensor<S>;
  unaryWith: (parameter?: In) => Tensor<S>;
  binary: <B extends Shape>(y: In<B>) => Tensor<Broadcast<S, B>>;
  ternary: (x: In, y: In) => Tensor;
  variadic: (...x: In[]) => Tensor;
  fold: (options?: FoldOptions) => Tensor;
  labelled: (label: In) => Tensor;
  reshape: (shape: Shape) => Tensor;
  transpose: (axes?: readonly number[]) => Tensor;
  slice: (ranges: readonly Range[]) => Tensor;
  pad: (amounts: Padding, fill?: number) => Tensor;
  matmul: (y: In) => Tensor;
  gather: (index: In, options?: { readonly axis?: number }) => Tensor;
  oneHot: (classes: number, dtype?: DType) => Tensor;
  cast: (dtype: DType) => Tensor<S>;
}

export type SignatureName = keyof Functions;
