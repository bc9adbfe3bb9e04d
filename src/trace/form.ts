/**
 * The form of a call: the structure of its arguments, shapes and types of their tensors, and plain values. A compiled
 * function looks for the form of each call among those it knows, so matching makes nothing: what was given is written
 * into arrays that the form keeps.
 */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import type { DType } from "../ir/dtype.ts";
import type { Node } from "../ir/node.ts";
import { sameShape } from "../ir/shape.ts";
import type { Shape } from "../ir/shape.types.ts";
import { describe } from "../ops/forms/entry.ts";
import type { Given } from "../ops/forms/fetched.ts";
import { Tensor } from "./tensor.ts";
import { isPlain } from "./tree.ts";

interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A number is the place of a tensor among all of them. After a program has run nothing is in the cache, so little is looked at. */
type Pattern =
  | number
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
  readonly #types: TensorType[] = [];
  /** What each tensor was like that matched last: another one like it, as a result of the same program is, matches too. */
  readonly #likes: (Node | undefined)[] = [];
  readonly #arguments: readonly Pattern[];

  constructor(args: readonly unknown[]) {
    this.#arguments = args.map((arg) => this.#pattern(arg));
    const areNumbers = this.#arguments.every((pattern) => typeof pattern === "number") && this.#types.every(isNumber);
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
      if (typeof arg !== "number" || typeof pattern !== "number") {
        if (!this.#matches(arg, pattern)) return false;
      } else {
        if (!isNumber(this.#types[pattern]!)) return false;
        this.given[pattern] = arg;
        this.tensors[pattern] = undefined;
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
      const found = this.#difference(since, pattern, after[i]!, names[i] ?? `argument ${i + 1}`, identities);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #difference(since: Form, before: Pattern, now: Pattern, at: string, identities: boolean): string | undefined {
    if (typeof before === "number" && typeof now === "number") {
      const [old, type] = [since.#types[before]!, this.#types[now]!];
      if (old.dtype !== type.dtype) return `${at} was ${old.dtype}, now ${type.dtype}`;
      return sameShape(old.shape, type.shape) ? undefined : `${at} had shape ${shapeText(old.shape)}, now ${shapeText(type.shape)}`;
    }
    const [was, is] = [since.#said(before), this.#said(now)];
    if (typeof before === "number" || typeof now === "number") return `${at} was ${was}, now ${is}`;
    if (before.kind === "value" && now.kind === "value") {
      const [a, b] = [before.value, now.value];
      if (Object.is(a, b) || (!identities && isReference(a) && isReference(b))) return undefined;
      return was === is ? `${at} is another ${is}` : `${at} was ${was}, now ${is}`;
    }
    const alike = before.kind === now.kind && (before.kind !== "record" || before.keys.join() === (now as typeof before).keys.join());
    if (!alike || before.kind === "value") return `${at} was ${was}, now ${is}`;
    const [old, items] = [before.items, (now as typeof before).items];
    if (old.length !== items.length) return `${at} had length ${old.length}, now ${items.length}`;
    for (const [i, item] of items.entries()) {
      const found = this.#difference(since, old[i]!, item, before.kind === "list" ? `${at}[${i}]` : `${at}.${before.keys[i]!}`, identities);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #said(pattern: Pattern): string {
    if (typeof pattern === "number") return `a tensor ${shapeText(this.#types[pattern]!.shape)}`;
    switch (pattern.kind) {
      case "list":
        return "an array";
      case "record":
        return `{ ${pattern.keys.join(", ")} }`;
      case "value":
        return said(pattern.value);
    }
  }

  #pattern(x: unknown): Pattern {
    if (x instanceof Tensor) {
      this.tensors.push(undefined);
      this.#likes.push(undefined);
      this.#types.push({ shape: x.shape, dtype: x.dtype });
      return this.given.push(0) - 1;
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
    if (typeof pattern === "number") {
      if (!(x instanceof Tensor)) return false;
      const { like } = x;
      if (like !== this.#likes[pattern]) {
        const { shape, dtype } = this.#types[pattern]!;
        if (like.dtype !== dtype || !sameShape(like.shape, shape)) return false;
      }
      const { given } = x;
      if (given === undefined) return false;
      this.#likes[pattern] = like;
      this.given[pattern] = given;
      this.tensors[pattern] = x;
      return true;
    }
    switch (pattern.kind) {
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

const isNumber = ({ shape, dtype }: TensorType): boolean => dtype === "float64" && shape.length === 0;

const isReference = (x: unknown): boolean => (typeof x === "object" && x !== null) || typeof x === "function";

const said = (value: unknown): string => {
  if (isReference(value) || typeof value === "symbol") return describe(value);
  return typeof value === "string" ? JSON.stringify(value) : Object.is(value, -0) ? "-0" : String(value);
};
