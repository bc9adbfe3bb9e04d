/**
 * Shapes at compile time. Today every operation's result is typed by the row of its signature with these names; the
 * rules can be sharpened here without touching an operation.
 */

/** Sizes of the axes; `[]` is a scalar. A plain `Tensor` has any shape. */
export type Shape = readonly number[];

/**
 * The shape of a plain `Tensor`: unknown to the compiler, so it fits wherever some shape is asked for and takes whatever
 * is given (gradual typing). This is the one place where `any` is meant; `unknown` or `Shape` would demand casts.
 */
export type AnyShape = any;

/** The shape of a gate of two operands. Known only where both shapes are the same type or one is a scalar. */
export type Broadcast<A extends Shape, B extends Shape> = true extends IsAny<A> | IsAny<B>
  ? AnyShape
  : B extends readonly []
    ? A
    : A extends readonly []
      ? B
      : [A, B] extends [B, A]
        ? A
        : AnyShape;

/** A condition on `any` would take both branches, and an unknown shape pass for a known one. */
type IsAny<T> = 0 extends 1 & T ? true : false;
