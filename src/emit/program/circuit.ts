/**
 * A long circuit as a table that a loop of the module reads: for each gate the number of its kind and the addresses of
 * its operands. Code for a million gates would take seconds to compile; a table takes no longer to make than to read.
 *
 * Values are float64, whatever their type, and rounded to it as the interpreter does. They lie one after another in the
 * order of the gates; numbers of type float64 are read where they are.
 */
import { bytesOf, type DType, store as stored } from "../../ir/dtype.ts";
import type { Access, CircuitKernel, GateWork, Line } from "../../ir/kernel.ts";
import type { Num } from "../../ir/lanes.types.ts";
import { FunctionBuilder, type Label, type Signature } from "../wasm/function.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import { pack, partsOf } from "../wasm/packed.ts";
import type { Value } from "../wasm/values.ts";
import { LaneCode, type Reach, type Typed } from "./lane-code.ts";
import { type Stretch, whole } from "./stretch.ts";

/** Bytes that the memory must hold before the first run. */
export interface Table {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Gates of one call, so that V8 replaces the loop's first code while the first run still goes on. */
const inOneCall = 1024;

/** Bytes of code up to which a kind of gate is written into the loop; longer ones are functions that it calls. */
const longestInside = 48;

const one: Reach = { stride: 0, offset: 0, valid: 1 };

/** Kinds 0 and 1: the end of the table, and the end of a call. */
const [end, pause] = [0, 1];

type Writer = (f: FunctionBuilder, code: LaneCode, pc: Value<"i32">, out: Value<"i32">) => void;

interface Kind {
  /** Words of one entry in the table. */
  readonly words: number;
  readonly hasValue: boolean;
  readonly write: Writer;
}

/** The bytes that a circuit needs besides the arena: its table, and a number for each line. */
export const circuitBytes = ({ lines, stores }: CircuitKernel): number => {
  let words = 8;
  for (const line of lines) words += line.kind === "gate" ? 1 + line.operands.length : 2;
  return 16 * lines.length + 4 * (words + 2 * Math.ceil((lines.length + stores.length) / inOneCall) + 3 * stores.length);
};

/** The circuit's code, with its table and numbers at an address that is a multiple of 8. */
export const circuitFunction = (module: ModuleBuilder, name: string, kernel: CircuitKernel, offsets: readonly number[], at: number): { readonly stretch: Stretch; readonly table: Table } => {
  const { kinds, bytes, start } = new TableWriter(module, kernel, offsets, at).write();
  const part = module.function(`${name}part`, { params: { at: "i32" }, result: "i32" }, (f, { at: first }) => {
    const code = new LaneCode(module, f, 64, 0);
    const pc = f.variable("i32", f.i32.add(first, 4));
    const out = f.variable("i32", f.i32.load(first));
    f.loop((again) => {
      const labels: Label[] = [];
      const nest = (kind: number): void => {
        if (kind < 0) return f.branchTable(f.i32.load(pc), labels);
        f.block((label) => {
          labels[kind] = label;
          nest(kind - 1);
        });
        if (kind === end) return f.return(0);
        if (kind === pause) return f.return(f.i32.add(pc, 4));
        const { write, words, hasValue } = kinds[kind]!;
        write(f, code, pc, out);
        f.set(pc, f.i32.add(pc, 4 * words));
        if (hasValue) f.set(out, f.i32.add(out, 8));
        f.branch(again);
      };
      nest(kinds.length - 1);
    });
  });
  const stretch = whole(module, name, (f) => {
    const next = f.variable("i32", start);
    f.loop((again) => {
      f.set(next, f.call(part, next));
      f.branchIf(next, again);
    });
  });
  return { stretch, table: { at, bytes } };
};

class TableWriter {
  readonly #module: ModuleBuilder;
  readonly #kernel: CircuitKernel;
  readonly #offsets: readonly number[];
  readonly #at: number;
  /** The first two are not written as the others are. */
  readonly #kinds: Kind[] = [none, none];
  readonly #numbers = new Map<unknown, Map<number | string, number>>();

  constructor(module: ModuleBuilder, kernel: CircuitKernel, offsets: readonly number[], at: number) {
    this.#module = module;
    this.#kernel = kernel;
    this.#offsets = offsets;
    this.#at = at;
  }

  /** First the values of the lines, constants among them, then the words. */
  write(): { readonly kinds: readonly Kind[]; readonly bytes: Uint8Array; readonly start: number } {
    const { lines, stores } = this.#kernel;
    const start = this.#at + 8 * lines.length;
    const bytes = new Uint8Array(circuitBytes(this.#kernel));
    const values = new Float64Array(bytes.buffer, 0, lines.length);
    const words = new Int32Array(bytes.buffer, 8 * lines.length, Math.floor((bytes.length - 8 * lines.length) / 4));
    const places = new Int32Array(lines.length);
    let made = 0;
    let length = 0;
    let left = 0;
    const entry = (kind: number, first?: number, second?: number): void => {
      if (left-- === 0) {
        if (length > 0) words[length++] = pause;
        words[length++] = this.#at + 8 * made;
        left = inOneCall - 1;
      }
      words[length++] = kind;
      if (first !== undefined) words[length++] = first;
      if (second !== undefined) words[length++] = second;
    };
    // Constants come last among the values, so that those of the gates lie side by side.
    let constants = lines.length;
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i]!;
      if (line.kind === "constant") {
        values[--constants] = stored(line.dtype, line.value);
        places[i] = this.#at + 8 * constants;
      } else if (line.kind === "load" && line.dtype === "float64") places[i] = this.#addressOf(line.access);
      else {
        if (line.kind === "load") entry(this.#move("load", line.dtype), this.#addressOf(line.access));
        else if (line.kind === "gate") {
          entry(this.#gate(line));
          for (const operand of line.operands) words[length++] = places[operand]!;
        } else throw new RangeError(`a ${line.kind} is no gate`);
        places[i] = this.#at + 8 * made++;
      }
    }
    for (const { line, access } of stores) entry(this.#move("store", access.buffer.dtype), places[line]!, this.#addressOf(access));
    if (length === 0) words[length++] = this.#at;
    words[length++] = end;
    return { kinds: this.#kinds, bytes: bytes.subarray(0, 8 * lines.length + 4 * length), start };
  }

  #addressOf({ buffer, offset }: Access): number {
    return this.#offsets[buffer.id]! + offset * bytesOf(buffer.dtype);
  }

  #move(what: "load" | "store", dtype: DType): number {
    return this.#number(what, dtype, () => {
      if (what === "load") {
        return { words: 2, hasValue: true, write: (f, code, pc, out) => f.f64.store(out, valueOf(code.load(f.i32.load(pc, 4), dtype, one))) };
      }
      return { words: 3, hasValue: false, write: (f, code, pc) => code.store(f.i32.load(pc, 8), typed(code, f.f64.load(f.i32.load(pc, 4)), dtype), one) };
    });
  }

  /** Gates of one kind have the same formula, and types of operands and result. */
  #gate({ name, work, operands, dtype }: Extract<Line, { kind: "gate" }>): number {
    const { lines } = this.#kernel;
    const types = (): DType[] => operands.map((i) => lines[i]!.dtype);
    let key: number | string = numberOf[dtype];
    if (operands.length > 16) key = [...types(), dtype].join();
    else for (const i of operands) key = 8 * key + numberOf[lines[i]!.dtype];
    return this.#number(work.kind === "convert" ? "convert" : work.formula, key, () => this.#gateKind(name, work, types(), dtype));
  }

  #gateKind(name: string, work: GateWork, types: readonly DType[], dtype: DType): Kind {
    const compute = (f: FunctionBuilder, x: readonly Value<"f64">[]): Value<"f64"> => {
      const code = new LaneCode(this.#module, f, 64, 0);
      return valueOf(code.gate(work, x.map((value, i) => typed(code, value, types[i]!)), dtype));
    };
    const operands = (f: FunctionBuilder, pc: Value<"i32">): Value<"f64">[] => types.map((_, i) => f.f64.load(f.i32.load(pc, 4 + 4 * i)));
    const params = Object.fromEntries(types.map((_, i) => [`x${i}`, "f64" as const]));
    const write = (f: FunctionBuilder): void => f.return(compute(f, types.map((_, i) => f.param<"f64">(i))));
    const trial = new FunctionBuilder(Object.values(params), Object.keys(params), "f64");
    write(trial);
    const words = 1 + types.length;
    if (trial.finish().bytes.length <= longestInside) {
      return { words, hasValue: true, write: (f, _, pc, out) => f.f64.store(out, compute(f, operands(f, pc))) };
    }
    const callee: Signature<"f64"> = this.#module.function(`${name} ${[...types, dtype].join(" ")}`, { params, result: "f64" }, write);
    return { words, hasValue: true, write: (f, _, pc, out) => f.f64.store(out, f.call(callee, ...operands(f, pc))) };
  }

  #number(what: unknown, key: number | string, make: () => Kind): number {
    let numbers = this.#numbers.get(what);
    if (numbers === undefined) this.#numbers.set(what, (numbers = new Map<number | string, number>()));
    let number = numbers.get(key);
    if (number === undefined) numbers.set(key, (number = this.#kinds.push(make()) - 1));
    return number;
  }
}

const none: Kind = { words: 0, hasValue: false, write: () => undefined };

const numberOf: Readonly<Record<DType, number>> = { bool: 1, int32: 2, uint32: 3, float32: 4, float64: 5 };

/** A number of the table as the lanes hold it. */
const typed = (code: LaneCode, value: Value<"f64">, dtype: DType): Typed => {
  const lanes = pack<Num>([value]);
  return { dtype, lanes: dtype === "bool" ? code.k.number(code.k.ne(lanes, 0)) : lanes };
};

const valueOf = ({ lanes }: Typed): Value<"f64"> => partsOf(lanes)[0] as Value<"f64">;
