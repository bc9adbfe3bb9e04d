/**
 * A long circuit as a table that a loop of the module reads: for each phrase of gates its number, the addresses of its
 * operands, and those of the values that others read. Code for a million gates would take seconds to compile; a table
 * takes no longer to make than to read.
 *
 * Values are float64, whatever their type, and rounded to it as the interpreter does. Each lies in a place that is given
 * away again when it was read for the last time; numbers of type float64 are read where they are.
 */
import { bytesOf, type DType, store as stored } from "../../ir/dtype.ts";
import type { Access, CircuitKernel, GateKind } from "../../ir/kernel.ts";
import type { Num } from "../../ir/lanes.types.ts";
import { FunctionBuilder, type Label, type Signature } from "../wasm/function.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import { pack, partsOf } from "../wasm/packed.ts";
import type { Value } from "../wasm/values.ts";
import { LaneCode, type Reach, type Typed } from "./lane-code.ts";
import { phrasesOf } from "./phrases.ts";
import { slotsOf, type Variant, variantsOf } from "./slots.ts";
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

type Writer = (f: FunctionBuilder, code: LaneCode, pc: Value<"i32">) => void;

/** Words of the entry of a number that is moved: its kind, from where, and to where. */
const moveWords = 3;

/** A case of the loop. */
interface Kind {
  /** Words of one entry in the table. */
  readonly words: number;
  readonly write: Writer;
}

/** A gate as code: a formula, or the call of a function that has it. */
type Compute = (f: FunctionBuilder, x: readonly Value<"f64">[]) => Value<"f64">;

/** A circuit's code, with its table, and where the memory that it needs at `at`, a multiple of 8, ends. */
export interface CircuitCode {
  readonly stretch: Stretch;
  readonly table: Table;
  readonly end: number;
}

export const circuitFunction = (module: ModuleBuilder, name: string, kernel: CircuitKernel, offsets: readonly number[], at: number): CircuitCode => {
  const { kinds, table, start } = new TableWriter(module, kernel, offsets, at).write();
  const part = module.function(`${name}part`, { params: { at: "i32" }, result: "i32" }, (f, { at: first }) => {
    const code = new LaneCode(module, f, 64, 0);
    const pc = f.variable("i32", first);
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
        const { write, words } = kinds[kind]!;
        write(f, code, pc);
        f.set(pc, f.i32.add(pc, 4 * words));
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
  return { stretch, table, end: table.at + table.bytes.length };
};

class TableWriter {
  readonly #module: ModuleBuilder;
  readonly #kernel: CircuitKernel;
  readonly #offsets: readonly number[];
  readonly #at: number;
  /** The first two are not written as the others are. */
  readonly #kinds: Kind[] = [none, none];
  readonly #moves = { load: new Map<DType, number>(), store: new Map<DType, number>() };

  constructor(module: ModuleBuilder, kernel: CircuitKernel, offsets: readonly number[], at: number) {
    this.#module = module;
    this.#kernel = kernel;
    this.#offsets = offsets;
    this.#at = at;
  }

  /** In front the values: what is converted when it is loaded, then those of gates. Behind them constants, and the words. */
  write(): { readonly kinds: readonly Kind[]; readonly table: Table; readonly start: number } {
    const { sources, kinds, operands, stores } = this.#kernel;
    const computes = kinds.map((kind) => this.#compute(kind));
    const phrases = phrasesOf(this.#kernel, (kind) => computes[kind]!.isShort);
    const slots = slotsOf(this.#kernel, phrases);
    const variants = variantsOf(phrases, slots);
    const before = this.#kinds.length;
    for (const variant of variants.all) this.#kinds.push(variantKind(variant, computes));
    const converted = sources.filter((source) => isConverted(source)).length;
    const constants = sources.filter(({ kind }) => kind === "constant");
    const first = this.#at + 8 * converted;
    // Behind all others the place of what nobody reads.
    const nobody = first + 8 * slots.count;
    const tableAt = nobody + 8;
    const start = tableAt + 8 * constants.length;
    const entries = converted + variants.text.length + stores.length;
    const moved = moveWords * (converted + stores.length);
    const all = variants.text.reduce((sum, number) => sum + this.#kinds[before + number]!.words, moved + Math.floor(Math.max(0, entries - 1) / inOneCall) + 1);
    const bytes = new Uint8Array(8 * constants.length + 4 * all);
    new Float64Array(bytes.buffer, 0, constants.length).set(constants.map((source) => (source.kind === "constant" ? stored(source.dtype, source.value) : 0)));
    const words = new Int32Array(bytes.buffer, 8 * constants.length);
    let length = 0;
    let left = inOneCall;
    const entry = (kind: number): void => {
      if (left-- === 0) {
        words[length++] = pause;
        left = inOneCall - 1;
      }
      words[length++] = kind;
    };
    let [written, loaded] = [0, 0];
    const places = Int32Array.from(sources, (source) => {
      if (source.kind === "constant") return tableAt + 8 * written++;
      if (!isConverted(source)) return this.#addressOf(source.access);
      const place = this.#at + 8 * loaded++;
      entry(this.#move("load", source.dtype));
      words[length++] = this.#addressOf(source.access);
      words[length++] = place;
      return place;
    });
    let [gate, next] = [0, 0];
    for (const number of variants.text) {
      const { phrase, stored } = variants.all[number]!;
      entry(before + number);
      for (let place = 0; place < phrase.length; place++) {
        for (const inside of phrase[place]!.operands) {
          const operand = operands[next++]!;
          if (inside < 0) words[length++] = operand < 0 ? places[-1 - operand]! : first + 8 * slots.of[operand]!;
        }
        const slot = slots.of[gate++]!;
        if (stored[place]) words[length++] = slot < 0 ? nobody : first + 8 * slot;
      }
    }
    for (const { gate: from, access } of stores) {
      entry(this.#move("store", access.buffer.dtype));
      words[length++] = first + 8 * slots.of[from]!;
      words[length++] = this.#addressOf(access);
    }
    words[length] = end;
    return { kinds: this.#kinds, table: { at: tableAt, bytes }, start };
  }

  #addressOf({ buffer, offset }: Access): number {
    return this.#offsets[buffer.id]! + offset * bytesOf(buffer.dtype);
  }

  #move(what: "load" | "store", dtype: DType): number {
    const known = this.#moves[what].get(dtype);
    if (known !== undefined) return known;
    const load: Kind = { words: moveWords, write: (f, code, pc) => f.f64.store(f.i32.load(pc, 8), valueOf(code.load(f.i32.load(pc, 4), dtype, one))) };
    const store: Kind = { words: moveWords, write: (f, code, pc) => code.store(f.i32.load(pc, 8), typed(f.f64.load(f.i32.load(pc, 4)), dtype), one) };
    const number = this.#kinds.push({ load, store }[what]) - 1;
    this.#moves[what].set(dtype, number);
    return number;
  }

  #compute({ name, work, types, dtype }: GateKind): { readonly compute: Compute; readonly isShort: boolean } {
    const compute: Compute = (f, x) => {
      const code = new LaneCode(this.#module, f, 64, 0);
      return valueOf(code.gate(work, x.map((value, i) => typed(value, types[i]!)), dtype));
    };
    const params = Object.fromEntries(types.map((_, i) => [`x${i}`, "f64" as const]));
    const write = (f: FunctionBuilder): void => f.return(compute(f, types.map((_, i) => f.param<"f64">(i))));
    const trial = new FunctionBuilder(Object.values(params), Object.keys(params), "f64");
    write(trial);
    if (trial.finish().bytes.length <= longestInside) return { compute, isShort: true };
    const callee: Signature<"f64"> = this.#module.function(`${name} ${[...types, dtype].join(" ")}`, { params, result: "f64" }, write);
    return { compute: (f, x) => f.call(callee, ...x), isShort: false };
  }
}

/** Operands that are gates of the phrase stay in locals. */
const variantKind = ({ phrase, stored }: Variant, computes: readonly { readonly compute: Compute }[]): Kind => ({
  words: 1 + stored.filter(Boolean).length + phrase.reduce((sum, { operands }) => sum + operands.filter((operand) => operand < 0).length, 0),
  write: (f, _, pc) => {
    let word = 0;
    const address = (): Value<"i32"> => f.i32.load(pc, (word += 4));
    const values: Value<"f64">[] = [];
    phrase.forEach(({ kind, operands }, place) => {
      const x = operands.map((operand) => values[operand] ?? f.f64.load(address()));
      const value = f.copy(computes[kind]!.compute(f, x), "f64");
      if (stored[place]) f.f64.store(address(), value);
      values.push(value);
    });
  },
});

/** Numbers of type float64 are read where they lie. */
const isConverted = (source: CircuitKernel["sources"][number]): boolean => source.kind === "load" && source.dtype !== "float64";

const none: Kind = { words: 0, write: () => undefined };

/** A number of the table as the lanes hold it; a truth value is 1 or 0. */
const typed = (value: Value<"f64">, dtype: DType): Typed => ({ dtype, lanes: pack<Num>([value]) });

const valueOf = ({ lanes }: Typed): Value<"f64"> => partsOf(lanes)[0] as Value<"f64">;
