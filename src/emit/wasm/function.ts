/**
 * Writes the body of one function, each instruction as it is asked for: what a call returns is a value that can be used
 * any number of times. Loads and stores happen in the order of the calls.
 */
import { once } from "../../ir/once.ts";
import { ByteWriter } from "./bytes.ts";
import { instructions, typeCode, type Instruction, type Namespace, type ValueType } from "./instructions.ts";
import { finishBody, get, set, type Access, type Draft } from "./locals.ts";
import type { Methods, Operand, Value, Variable } from "./values.ts";

/** The code that follows a prefix, or a code without one. */
export const writeCode = (out: ByteWriter, code: number): void => {
  const prefix = code >>> 24;
  if (prefix === 0) return out.byte(code);
  out.byte(prefix);
  out.u32(code & 0xffffff);
};

/** What a function looks like from outside. */
export interface Signature<R extends ValueType | undefined = ValueType | undefined> {
  readonly index: number;
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly result: R;
}

/** A global variable of the module; one per thread. */
export interface Global<T extends ValueType = ValueType> {
  readonly index: number;
  readonly type: T;
}

/** The target of a branch: the end of a block, or the start of a loop. */
export interface Label {
  readonly depth: number;
  /** Of a loop, how many accesses stood before it. */
  readonly from?: number;
}

const empty = 0x40;

const constantCode = { i32: 0x41, i64: 0x42, f32: 0x43, f64: 0x44 } as const;

/** All methods of a namespace for one function; made once, because a module has many small functions. */
const namespaceClass = (name: Namespace): new (owner: FunctionBuilder) => object => {
  class Instructions {
    readonly owner: FunctionBuilder;
    constructor(owner: FunctionBuilder) {
      this.owner = owner;
    }
  }
  for (const [method, instruction] of Object.entries<Instruction>(instructions()[name])) {
    Object.defineProperty(Instructions.prototype, method, {
      value(this: Instructions, ...args: unknown[]) {
        return this.owner.emit(instruction, args);
      },
    });
  }
  return Instructions;
};

const classes = once(
  () => Object.fromEntries(Object.keys(instructions()).map((name) => [name, namespaceClass(name as Namespace)])) as Record<Namespace, ReturnType<typeof namespaceClass>>,
);

const methodsOf = <N extends Namespace>(name: N, owner: FunctionBuilder): Methods<N> => new (classes()[name])(owner) as Methods<N>;

export class FunctionBuilder {
  readonly i32 = methodsOf("i32", this);
  readonly i64 = methodsOf("i64", this);
  readonly f32 = methodsOf("f32", this);
  readonly f64 = methodsOf("f64", this);
  readonly v128 = methodsOf("v128", this);
  readonly i8x16 = methodsOf("i8x16", this);
  readonly i16x8 = methodsOf("i16x8", this);
  readonly i32x4 = methodsOf("i32x4", this);
  readonly i64x2 = methodsOf("i64x2", this);
  readonly f32x4 = methodsOf("f32x4", this);
  readonly f64x2 = methodsOf("f64x2", this);
  readonly memory = methodsOf("memory", this);

  readonly #types: ValueType[];
  readonly #names: (string | undefined)[] = [];
  readonly #params: number;
  readonly #prologue: Draft = { code: new ByteWriter(64), accesses: [], forgets: [] };
  readonly #body: Draft = { code: new ByteWriter(), accesses: [], forgets: [] };
  readonly #constants = new Map<string, Value>();
  readonly #returns: ValueType | undefined;
  #draft: Draft = this.#body;
  #code: ByteWriter = this.#body.code;
  #depth = 0;
  /** Where the code stood after the last `return` outside of all blocks. */
  #left = -1;

  constructor(params: readonly ValueType[], names: readonly string[], result?: ValueType) {
    this.#types = [...params];
    this.#names.push(...names);
    this.#params = params.length;
    this.#returns = result;
  }

  /** A parameter, which may also be set. */
  param<T extends ValueType>(id: number): Variable<T> {
    return { type: this.#types[id] as T, id, owner: this, variable: true };
  }

  /** A new variable; 0 until it is set, unless it starts as something. A name shows in the text. */
  variable<T extends ValueType>(type: T, start?: Operand<T>, name?: string): Variable<T> {
    const id = this.#local(type, name);
    const made: Variable<T> = { type, id, owner: this, variable: true };
    if (start !== undefined) this.set(made, start);
    return made;
  }

  set<T extends ValueType>(variable: Variable<T>, value: Operand<T>): void {
    this.#push(value, variable.type);
    this.#access(set, variable.id);
  }

  /** A value that stays as it is now, whatever is later done to the variable. */
  copy<T extends ValueType>(value: Operand<T>, type: T, name?: string): Value<T> {
    this.#push(value, type);
    return this.#result(type, name);
  }

  /** A vector of constants. */
  v128Const(bytes: readonly number[] | Uint8Array): Value<"v128"> {
    writeCode(this.#code, (0xfd << 24) | 0x0c);
    this.#code.append(bytes);
    return this.#result("v128");
  }

  /**
   * What `make` computes, once, at the head of the function: for constants that a loop would otherwise make again. Equal
   * keys share it. `make` may use parameters that are never set, and other values made here.
   */
  atHead<T extends ValueType>(key: string, make: () => Value<T>): Value<T> {
    const known = this.#constants.get(key);
    if (known !== undefined) return known as Value<T>;
    const outer = this.#draft;
    this.#writeTo(this.#prologue);
    const made = make();
    this.#writeTo(outer);
    this.#constants.set(key, made);
    return made;
  }

  /** `condition` other than 0 takes the first. */
  select<T extends ValueType>(first: Value<T>, second: Value<T>, condition: Operand<"i32">): Value<T> {
    this.#push(first, first.type);
    this.#push(second, second.type);
    this.#push(condition, "i32");
    this.#code.byte(first.type === "v128" ? 0x1c : 0x1b);
    if (first.type === "v128") this.#code.append([1, typeCode.v128]);
    return this.#result(first.type);
  }

  /** The smaller of two signed numbers. */
  least(x: Operand<"i32">, y: Operand<"i32">): Value<"i32"> {
    const [a, b] = [x, y].map((each) => (typeof each === "number" ? this.copy<"i32">(each, "i32") : each)) as [Value<"i32">, Value<"i32">];
    return this.select(a, b, this.i32.ltS(a, b));
  }

  /** The least multiple of `unit` that is not less than `x`, which is not negative. */
  upTo(x: Operand<"i32">, unit: number): Value<"i32"> {
    return this.i32.mul(this.i32.divU(this.i32.add(x, unit - 1), unit), unit);
  }

  /** Stores vectors side by side, of two neighbours the upper one first: V8 joins two stores only then. */
  storeBeside(address: Operand<"i32">, vectors: readonly Value<"v128">[], offset = 0): void {
    for (let i = vectors.length - 1; i >= 0; i--) this.v128.store(address, vectors[i]!, offset + 16 * i);
  }

  /** Branching to its label leaves the block. */
  block(body: (exit: Label) => void): void {
    this.#nested(0x02, body);
  }

  /** Branching to its label runs the body once more. For a counted loop take `range`: it is guarded. */
  loop(body: (again: Label) => void): void {
    const from = this.#draft.accesses.length;
    this.#nested(0x03, (label) => body({ ...label, from }));
  }

  if(condition: Operand<"i32">, then: () => void, otherwise?: () => void): void {
    this.#push(condition, "i32");
    this.#nested(0x04, () => {
      for (const [i, part] of [then, otherwise].entries()) {
        if (part === undefined) continue;
        if (i === 1) this.#code.byte(0x05);
        const from = this.#draft.accesses.length;
        part();
        this.#forget(from);
      }
    });
  }

  branch(to: Label): void {
    if (to.from !== undefined) this.#forget(to.from);
    this.#code.byte(0x0c);
    this.#code.u32(this.#depth - to.depth);
  }

  branchIf(condition: Operand<"i32">, to: Label): void {
    if (to.from !== undefined) this.#forget(to.from);
    this.#push(condition, "i32");
    this.#code.byte(0x0d);
    this.#code.u32(this.#depth - to.depth);
  }

  /** To the label of that number, which must be one of them. */
  branchTable(index: Operand<"i32">, to: readonly Label[]): void {
    this.#push(index, "i32");
    this.#code.byte(0x0e);
    this.#code.u32(to.length - 1);
    for (const { depth } of to) this.#code.u32(this.#depth - depth);
  }

  /**
   * Runs the body for i = from, from + step, ... while i < to, as signed numbers; none of them may pass 2^31. The loop
   * stands behind an `if`: V8 was seen to halve the speed of a register tile whose loop stands bare at the head of its
   * function.
   */
  range(from: Operand<"i32">, to: Operand<"i32">, step: number, body: (i: Value<"i32">) => void, name = "i"): void {
    const i = this.variable("i32", from, name);
    this.if(this.i32.ltS(i, to), () =>
      this.loop((again) => {
        body(i);
        this.set(i, this.i32.add(i, step));
        this.branchIf(this.i32.ltS(i, to), again);
      }),
    );
  }

  call<R extends ValueType | undefined>(callee: Signature<R>, ...args: readonly (Value | number | bigint)[]): R extends ValueType ? Value<R> : void {
    if (args.length !== callee.params.length) throw new Error(`${callee.name} takes ${callee.params.length} operands, and ${args.length} were given`);
    args.forEach((arg, i) => this.#push(arg, callee.params[i]!));
    this.#code.byte(0x10);
    this.#code.u32(callee.index);
    return (callee.result === undefined ? undefined : this.#result(callee.result)) as R extends ValueType ? Value<R> : void;
  }

  return(value?: Value | number | bigint): void {
    if (value !== undefined) this.#push(value, this.#returns ?? "i32");
    this.#code.byte(0x0f);
    if (this.#depth === 0) this.#left = this.#code.length;
  }

  unreachable(): void {
    this.#code.byte(0x00);
  }

  global<T extends ValueType>(global: Global<T>): Value<T> {
    this.#code.byte(0x23);
    this.#code.u32(global.index);
    return this.#result(global.type);
  }

  setGlobal<T extends ValueType>(global: Global<T>, value: Operand<T>): void {
    this.#push(value, global.type);
    this.#code.byte(0x24);
    this.#code.u32(global.index);
  }

  memoryCopy(to: Operand<"i32">, from: Operand<"i32">, bytes: Operand<"i32">): void {
    for (const x of [to, from, bytes]) this.#push(x, "i32");
    this.#code.append([0xfc, 0x0a, 0, 0]);
  }

  memoryFill(to: Operand<"i32">, byte: Operand<"i32">, bytes: Operand<"i32">): void {
    for (const x of [to, byte, bytes]) this.#push(x, "i32");
    this.#code.append([0xfc, 0x0b, 0]);
  }

  /** In pages of 64 KiB. */
  memorySize(): Value<"i32"> {
    this.#code.append([0x3f, 0]);
    return this.#result("i32");
  }

  atomicFence(): void {
    this.#code.append([0xfe, 0x03, 0]);
  }

  /** An instruction of the table; the typed methods call it. */
  emit(instruction: Instruction, args: readonly unknown[]): Value | undefined {
    const { operands, result, immediate, align } = instruction;
    for (let i = 0; i < operands.length; i++) this.#push(args[i] as Value, operands[i]!);
    writeCode(this.#code, instruction.code);
    const fixed = operands.length;
    if (immediate === "memory" || immediate === "memoryLane") {
      this.#code.u32(align);
      this.#code.u32((args[immediate === "memory" ? fixed : fixed + 1] as number | undefined) ?? 0);
    }
    if (immediate === "lane" || immediate === "memoryLane") this.#code.byte(args[fixed] as number);
    if (immediate === "lanes") this.#code.append(args[fixed] as readonly number[]);
    return result === undefined ? undefined : this.#result(result);
  }

  /** The body with its declarations of locals, and the locals' names for the text. */
  finish(): { readonly bytes: Uint8Array; readonly names: ReadonlyMap<number, string> } {
    // Whoever falls off the end of a function with a result has forgotten to return it.
    if (this.#returns !== undefined && this.#left !== this.#code.length) this.unreachable();
    return finishBody([this.#prologue, this.#body], this.#types, this.#names, this.#params);
  }

  #writeTo(draft: Draft): void {
    this.#draft = draft;
    this.#code = draft.code;
  }

  #local(type: ValueType, name?: string): number {
    this.#names.push(name);
    return this.#types.push(type) - 1;
  }

  #access(kind: Access, id: number): void {
    this.#draft.accesses.push(this.#code.length, id * 2 + kind);
  }

  #push(x: Value | number | bigint, type: ValueType): void {
    if (typeof x === "number" || typeof x === "bigint") return this.#constant(x, type);
    if (x.owner !== this) throw new Error("a value of another function was used");
    if (x.type !== type) throw new Error(`a value of type ${x.type} was used as ${type}`);
    this.#access(get, x.id);
  }

  #constant(x: number | bigint, type: ValueType): void {
    if (type === "v128") throw new Error("a number was used as a vector");
    this.#code.byte(constantCode[type]);
    if (type === "i32") this.#code.s32(Number(x));
    else if (type === "i64") this.#code.s64(BigInt(x));
    else this.#code[type](Number(x));
  }

  #result<T extends ValueType>(type: T, name?: string): Value<T> {
    const id = this.#local(type, name);
    this.#access(set, id);
    return { type, id, owner: this };
  }

  /** Vectors that nobody has used outside of what was written since then, and nobody will, become 0. */
  #forget(from: number): void {
    const { accesses, forgets } = this.#draft;
    if (accesses.length > from) forgets.push({ position: this.#code.length, from, to: accesses.length });
  }

  #nested(code: number, body: (label: Label) => void): void {
    this.#code.byte(code);
    this.#code.byte(empty);
    body({ depth: ++this.#depth });
    this.#depth--;
    this.#code.byte(0x0b);
  }
}
