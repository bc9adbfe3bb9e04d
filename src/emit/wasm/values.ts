/** Handles of what a function computes: a value can be used any number of times; a variable can also be set. */
import type { Immediate, Instruction, Instructions, Namespace, ValueType } from "./instructions.ts";

/** A local of one function. A value that is no variable never changes. */
export interface Value<T extends ValueType = ValueType> {
  readonly type: T;
  readonly id: number;
  /** The function that it belongs to. */
  readonly owner: object;
}

export interface Variable<T extends ValueType = ValueType> extends Value<T> {
  readonly variable: true;
}

/** Where a value is needed, a number is a constant. */
export type Operand<T extends ValueType> = Value<T> | (T extends "i64" ? bigint : T extends "v128" ? never : number);

type Operands<P extends readonly ValueType[]> = { readonly [K in keyof P]: Operand<P[K]> };

/** The offset of an address is a constant, 0 if left out. */
type Immediates<I extends Immediate> = I extends "memory"
  ? [offset?: number]
  : I extends "lane"
    ? [lane: number]
    : I extends "memoryLane"
      ? [lane: number, offset?: number]
      : I extends "lanes"
        ? [lanes: readonly number[]]
        : [];

type Method<X> = X extends Instruction<infer P, infer R, infer I>
  ? (...args: [...Operands<P>, ...Immediates<I>]) => R extends ValueType ? Value<R> : void
  : never;

/** The instructions of one namespace as methods: operands first, then what is fixed. */
export type Methods<N extends Namespace> = { readonly [K in keyof Instructions[N]]: Method<Instructions[N][K]> };
