/**
 * The form of a call: the structure of its arguments, shapes and types of their tensors, and plain values. A compiled
 * function looks for the form of each call among those it knows, so matching makes nothing: what was given is written
 * into arrays that the form keeps.
 */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import type { DType } from "../ir/dtype.ts";
import { sameShape } from "../ir/shape.ts";
import type { Shape } from "../ir/shape.types.ts";
import { describe } from "../ops/forms/entry.ts";
import type { Given } from "../ops/forms/fetched.ts";
import { Tensor } from "./tensor.ts";
import { isPlain } from "./tree.ts";

type Pattern =
  | { readonly kind: "tensor"; readonly index: number; readonly shape: Shape; readonly dtype: DType }
  | { readonly kind: "list"; readonly items: readonly Pattern[] }
  | { readonly kind: "record"; readonly keys: readonly string[]; readonly items: readonly Pattern[] }
  /** Anything else: by what it is, and functions and instances of classes by identity. */
  | { readonly kind: "value"; readonly value: unknown };

export class Form {
  /** What the last call that matched gave for each tensor, in order. */
  readonly given: Given[] = [];
  /** The tensors themselves; nothing where a plain number was given for one. */
  readonly tensors: (Tensor | undefined)[] = [];
  /** How many arguments there are, if each is a number: a tensor [] of float64. */
  readonly numbers: number | undefined;
  readonly #arguments: readonly Pattern[];

  constructor(args: readonly unknown[]) {
    this.#arguments = args.map((arg) => this.#pattern(arg));
    const areNumbers = this.#arguments.every((pattern) => pattern.kind === "tensor" && pattern.dtype === "float64" && pattern.shape.length === 0);
    this.numbers = areNumbers ? args.length : undefined;
  }

  /**
   * Whether these arguments have this form; a number may stand for a tensor [] of float64. False too where a tensor has no
   * value yet, because it was never read or is being traced.
   */
  matches(args: readonly unknown[]): boolean {
    const patterns = this.#arguments;
    if (args.length !== patterns.length) return false;
    for (let i = 0; i < args.length; i++) {
      const [arg, pattern] = [args[i], patterns[i]!];
      if (typeof arg !== "number" || pattern.kind !== "tensor") {
        if (!this.#matches(arg, pattern)) return false;
      } else {
        if (pattern.dtype !== "float64" || pattern.shape.length > 0) return false;
        this.given[pattern.index] = arg;
        this.tensors[pattern.index] = undefined;
      }
    }
    return true;
  }

  /**
   * What is different since another form, as one sentence with the names of the arguments; nothing where they are equal.
   * `identities`: whether functions and instances must be the same.
   */
  changes(since: Form, names: readonly (string | undefined)[], identities = true): string | undefined {
    const [before, after] = [since.#arguments, this.#arguments];
    if (before.length !== after.length) return `the number of arguments was ${before.length}, now ${after.length}`;
    for (const [i, pattern] of before.entries()) {
      const found = difference(pattern, after[i]!, names[i] ?? `argument ${i + 1}`, identities);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #pattern(x: unknown): Pattern {
    if (x instanceof Tensor) {
      this.tensors.push(undefined);
      return { kind: "tensor", index: this.given.push(0) - 1, shape: x.shape, dtype: x.dtype };
    }
    if (Array.isArray(x)) return { kind: "list", items: x.map((item) => this.#pattern(item)) };
    if (typeof x === "object" && x !== null && isPlain(x)) {
      const keys = Object.keys(x);
      return { kind: "record", keys, items: keys.map((key) => this.#pattern(x[key])) };
    }
    if (!ArrayBuffer.isView(x)) return { kind: "value", value: x };
    throw new Diagnostic("array-argument", `compile: ${describe(x)} among the arguments: a later change of its numbers would not be seen`, {
      help: "pass tensor(array)",
    });
  }

  #matches(x: unknown, pattern: Pattern): boolean {
    switch (pattern.kind) {
      case "tensor": {
        if (!(x instanceof Tensor) || x.dtype !== pattern.dtype || !sameShape(x.shape, pattern.shape)) return false;
        const { given } = x;
        if (given === undefined) return false;
        this.given[pattern.index] = given;
        this.tensors[pattern.index] = x;
        return true;
      }
      case "list":
        if (!Array.isArray(x) || x.length !== pattern.items.length) return false;
        for (let i = 0; i < x.length; i++) if (!this.#matches(x[i], pattern.items[i]!)) return false;
        return true;
      case "record": {
        if (typeof x !== "object" || x === null || !isRecord(x)) return false;
        const { keys, items } = pattern;
        let i = 0;
        // Walking the keys as they come makes no list of them.
        for (const key in x) {
          if (key !== keys[i] || !this.#matches(x[key], items[i]!)) return false;
          i++;
        }
        return i === keys.length;
      }
      case "value":
        return Object.is(x, pattern.value);
    }
  }
}

/** Looking for the constructor first is many times faster than asking for the prototype. */
const isRecord = (x: object): x is Record<string, unknown> => x.constructor === Object || (!Array.isArray(x) && isPlain(x));

const difference = (before: Pattern, now: Pattern, at: string, identities: boolean): string | undefined => {
  if (before.kind === "tensor" && now.kind === "tensor") {
    if (before.dtype !== now.dtype) return `${at} was ${before.dtype}, now ${now.dtype}`;
    return sameShape(before.shape, now.shape) ? undefined : `${at} had shape ${shapeText(before.shape)}, now ${shapeText(now.shape)}`;
  }
  if (before.kind === "value" && now.kind === "value") {
    const [a, b] = [before.value, now.value];
    if (Object.is(a, b) || (!identities && isReference(a) && isReference(b))) return undefined;
    return said(before) === said(now) ? `${at} is another ${said(now)}` : `${at} was ${said(before)}, now ${said(now)}`;
  }
  const alike = before.kind === now.kind && (before.kind !== "record" || before.keys.join() === (now as typeof before).keys.join());
  if (!alike || before.kind === "tensor" || before.kind === "value") return `${at} was ${said(before)}, now ${said(now)}`;
  const [old, items] = [before.items, (now as typeof before).items];
  if (old.length !== items.length) return `${at} had length ${old.length}, now ${items.length}`;
  for (const [i, item] of items.entries()) {
    const found = difference(old[i]!, item, before.kind === "list" ? `${at}[${i}]` : `${at}.${before.keys[i]!}`, identities);
    if (found !== undefined) return found;
  }
  return undefined;
};

const isReference = (x: unknown): boolean => (typeof x === "object" && x !== null) || typeof x === "function";

const said = (pattern: Pattern): string => {
  switch (pattern.kind) {
    case "tensor":
      return `a tensor ${shapeText(pattern.shape)}`;
    case "list":
      return "an array";
    case "record":
      return `{ ${pattern.keys.join(", ")} }`;
    case "value":
      return isReference(pattern.value) || typeof pattern.value === "symbol" ? describe(pattern.value) : typeof pattern.value === "string" ? JSON.stringify(pattern.value) : Object.is(pattern.value, -0) ? "-0" : String(pattern.value);
  }
};
