/**
 * A WebAssembly module, written straight into bytes: imports first, then functions in any order, memory, globals and
 * data. `toBytes` gives what `new WebAssembly.Module` takes, `moduleText` (text.ts) what people read.
 */
import { ByteWriter } from "./bytes.ts";
import { FunctionBuilder, type Global, type Signature } from "./function.ts";
import { typeCode, type ValueType } from "./instructions.ts";
import type { Operand, Variable } from "./values.ts";

/** Pages of 64 KiB. Memory that threads share must say its largest size. */
export interface MemoryType {
  readonly initial: number;
  readonly maximum?: number;
  readonly shared?: boolean;
}

type Params = Readonly<Record<string, ValueType>>;
type Arguments<P extends Params> = { readonly [K in keyof P]: Variable<P[K] & ValueType> };

export interface FunctionSpec<P extends Params, R extends ValueType | undefined> {
  /** Names and types of the parameters, in order. */
  readonly params?: P;
  /** The type of the result; it leaves with `f.return(value)`. */
  readonly result?: R;
  /** Whether it can be called from outside, under its name. */
  readonly exported?: boolean;
}

/** A function as the text printer needs it. */
export interface FunctionRecord<R extends ValueType | undefined = ValueType | undefined> extends Signature<R> {
  readonly exported: boolean;
  /** Absent for an imported function. */
  body?: { readonly bytes: Uint8Array; readonly names: ReadonlyMap<number, string> };
}

const end = 0x0b;

export class ModuleBuilder {
  readonly functions: FunctionRecord[] = [];
  readonly globals: (Global & { readonly name: string })[] = [];
  readonly #memory: { readonly type: MemoryType; readonly from: readonly [string, string] | undefined; readonly exported: string | undefined };
  readonly #shared = new Map<string, Signature>();
  readonly #types: string[] = [];
  readonly #imports: { readonly from: readonly [string, string]; readonly signature: Signature }[] = [];
  readonly #globalStarts: (number | bigint)[] = [];
  readonly #data: { readonly offset: number; readonly bytes: Uint8Array }[] = [];

  /** `from` names the import that brings the memory; without it the module has its own, exported as "memory". */
  constructor(memory: MemoryType = { initial: 1 }, from?: readonly [module: string, name: string]) {
    this.#memory = { type: memory, from, exported: from ? undefined : "memory" };
  }

  /** A function from outside. All imports come before the first function of the module itself. */
  import<R extends ValueType | undefined = undefined>(
    from: readonly [module: string, name: string],
    params: readonly ValueType[],
    result?: R,
  ): Signature<R> {
    if (this.functions.length > this.#imports.length) throw new Error(`${from.join(".")} is imported after a function was made`);
    const signature: FunctionRecord<R> = { index: this.functions.length, name: from[1], params, result: result as R, exported: false };
    this.#imports.push({ from, signature });
    this.functions.push(signature);
    return signature;
  }

  /** A function of the module. `write` is called at once and gets a variable for every parameter. */
  function<const P extends Params = Record<never, never>, R extends ValueType | undefined = undefined>(
    name: string,
    spec: FunctionSpec<P, R>,
    write: (f: FunctionBuilder, params: Arguments<P>) => void,
  ): Signature<R> {
    const declared = this.declare(name, spec);
    this.define(declared, Object.keys(spec.params ?? {}), write as (f: FunctionBuilder, params: Arguments<Params>) => void);
    return declared;
  }

  /** Announces a function that others call before its body is written with `define`. */
  declare<R extends ValueType | undefined = undefined>(name: string, spec: FunctionSpec<Params, R>): Signature<R> {
    const { params = {}, result, exported = false } = spec;
    const record: FunctionRecord<R> = { index: this.functions.length, name, params: Object.values(params), result: result as R, exported };
    this.functions.push(record);
    return record;
  }

  define(declared: Signature, names: readonly string[], write: (f: FunctionBuilder, params: Arguments<Params>) => void): void {
    const f = new FunctionBuilder(declared.params, names, declared.result);
    write(f, Object.fromEntries(names.map((name, i) => [name, f.param(i)])));
    this.functions[declared.index]!.body = f.finish();
  }

  /** A function that several others need, made by the first that asks for it by its name. */
  shared<R extends ValueType | undefined>(name: string, make: () => Signature<R>): Signature<R> {
    const known = this.#shared.get(name) ?? make();
    this.#shared.set(name, known);
    return known as Signature<R>;
  }

  /** A global variable of the module; every thread that runs it has its own. */
  global<T extends "i32" | "i64" | "f32" | "f64">(name: string, type: T, start: Operand<T> & (number | bigint)): Global<T> {
    const global = { index: this.globals.length, type, name };
    this.globals.push(global);
    this.#globalStarts.push(start);
    return global;
  }

  /** Bytes that every instance of the module writes into the memory when it starts: constants only, if it is shared. */
  data(offset: number, bytes: Uint8Array): void {
    this.#data.push({ offset, bytes });
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    const own = this.functions.slice(this.#imports.length);
    const out = new ByteWriter(1024);
    out.append([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    const typeOf = new Map(this.functions.map((f) => [f.index, this.#typeIndex(f)]));
    const types = this.#types.map((text) => text.split(">").map((side) => side.split(" ").filter((t) => t !== "") as ValueType[]));
    section(out, 1, types, (s, [params, results]) => {
      s.byte(0x60);
      for (const side of [params!, results!]) {
        s.u32(side.length);
        for (const type of side) s.byte(typeCode[type]);
      }
    });
    const imports: ((s: ByteWriter) => void)[] = this.#imports.map(({ from, signature }) => (s) => {
      for (const name of from) s.sized(name);
      s.byte(0);
      s.u32(typeOf.get(signature.index)!);
    });
    const { from, exported, type } = this.#memory;
    if (from) {
      imports.push((s) => {
        for (const name of from) s.sized(name);
        s.byte(2);
        writeLimits(s, type);
      });
    }
    section(out, 2, imports, (s, write) => write(s));
    section(out, 3, own, (s, f) => s.u32(typeOf.get(f.index)!));
    if (!from) section(out, 5, [type], writeLimits);
    section(out, 6, this.globals, (s, global) => {
      const start = this.#globalStarts[global.index]!;
      s.append([typeCode[global.type], 1]);
      if (global.type === "i32") s.byte(0x41), s.s32(Number(start));
      else if (global.type === "i64") s.byte(0x42), s.s64(BigInt(start));
      else if (global.type === "f32") s.byte(0x43), s.f32(Number(start));
      else s.byte(0x44), s.f64(Number(start));
      s.byte(end);
    });
    const exports: [name: string, kind: number, index: number][] = own.filter((f) => f.exported).map((f) => [f.name, 0, f.index]);
    if (exported !== undefined) exports.push([exported, 2, 0]);
    section(out, 7, exports, (s, [name, kind, index]) => {
      s.sized(name);
      s.byte(kind);
      s.u32(index);
    });
    section(out, 10, own, (s, f) => {
      if (!f.body) throw new Error(`${f.name} was declared and never defined`);
      s.sized(f.body.bytes);
    });
    section(out, 11, this.#data, (s, { offset, bytes }) => {
      s.append([0, 0x41]);
      s.s32(offset);
      s.byte(end);
      s.sized(bytes);
    });
    this.#names(out);
    return out.written.slice();
  }

  /** Names of functions, which profilers and stack traces show. */
  #names(out: ByteWriter): void {
    const list = new ByteWriter();
    list.u32(this.functions.length);
    for (const f of this.functions) {
      list.u32(f.index);
      list.sized(f.name);
    }
    const content = new ByteWriter();
    content.sized("name");
    content.byte(1);
    content.sized(list.written);
    out.byte(0);
    out.sized(content.written);
  }

  #typeIndex({ params, result }: Signature): number {
    const text = `${params.join(" ")}>${result ?? ""}`;
    const known = this.#types.indexOf(text);
    return known >= 0 ? known : this.#types.push(text) - 1;
  }
}

const writeLimits = (s: ByteWriter, { initial, maximum, shared }: MemoryType): void => {
  s.byte((maximum === undefined ? 0 : 1) | (shared ? 2 : 0));
  s.u32(initial);
  if (maximum !== undefined) s.u32(maximum);
};

/** A section is left out when it has no item. */
const section = <T>(out: ByteWriter, id: number, items: readonly T[], write: (s: ByteWriter, item: T) => void): void => {
  if (items.length === 0) return;
  const content = new ByteWriter();
  content.u32(items.length);
  for (const item of items) write(content, item);
  out.byte(id);
  out.sized(content.written);
};
