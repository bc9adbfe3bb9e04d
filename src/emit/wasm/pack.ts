/**
 * Packing for matrix products: a matrix is copied into panels of so many rows (or columns) that lie side by side for each
 * step of the sum, so that the register tile reads memory from front to back whatever the strides were. Panels that stick
 * out are filled with zeros.
 */
import type { Num } from "../../ir/lanes.types.ts";
import type { FunctionBuilder, Signature } from "./function.ts";
import { WasmLanes } from "./lanes.ts";
import type { ModuleBuilder } from "./module.ts";
import type { Value } from "./values.ts";

/**
 * Element-wise work on what is read, at no cost in memory: `x` are numbers that lie one after another from `address` on.
 * The matrix and its companions must have the same strides. Equal names mean the same work.
 */
export interface ReadHook {
  readonly name: string;
  readonly apply: (k: WasmLanes, x: Num, address: Value<"i32">, f: FunctionBuilder) => Num;
}

/**
 * A function of the module that packs `count` items of `depth` numbers into panels of `width` items: item i at step d is
 * read at from + i * across + d * along (bytes) and written at to + (panel * depth + d) * width + place.
 */
export const packer = (m: ModuleBuilder, bits: 32 | 64, width: number, hook?: ReadHook): Signature<undefined> => {
  const name = `pack${width}.f${bits}${hook ? `.${hook.name}` : ""}`;
  return m.shared(name, () => definePacker(m, name, bits, width, hook));
};

const definePacker = (m: ModuleBuilder, name: string, bits: 32 | 64, width: number, hook: ReadHook | undefined): Signature<undefined> => {
  const kinds = { beside: panel(m, `${name}.beside`, bits, width, hook, beside), along: panel(m, `${name}.along`, bits, width, hook, alongDepth) };
  const any = partial(m, `${name}.any`, bits, width, hook);
  const params = { from: "i32", across: "i32", along: "i32", count: "i32", depth: "i32", to: "i32" } as const;
  return m.function(name, { params }, (f, { from, across, along, count, depth, to }) => {
    const size = bits / 8;
    const bytes = f.copy(f.i32.mul(depth, width * size), "i32", "bytes");
    f.range(0, count, width, (i) => {
      const items = f.copy(f.i32.sub(count, i), "i32", "items");
      f.if(
        f.i32.ltS(items, width),
        () => f.call(any, from, across, along, items, depth, to),
        () =>
          f.if(
            f.i32.eq(across, size),
            () => f.call(kinds.beside, from, along, depth, to),
            () =>
              f.if(
                f.i32.eq(along, size),
                () => f.call(kinds.along, from, across, depth, to),
                () => f.call(any, from, across, along, width, depth, to),
              ),
          ),
      );
      f.set(from, f.i32.add(from, f.i32.mul(across, width)));
      f.set(to, f.i32.add(to, bytes));
    });
  });
};

/** Groups of lanes that together make up a panel: as many whole vectors as fit, then half vectors, then single numbers. */
const groups = (width: number, lanes: number): readonly (readonly [start: number, size: number])[] => {
  const out: [number, number][] = [];
  for (let start = 0, size = lanes; start < width; start += size) {
    while (start + size > width) size >>= 1;
    out.push([start, size]);
  }
  return out;
};

type PanelWriter = (f: FunctionBuilder, io: PanelIo) => void;

interface PanelIo {
  readonly bits: 32 | 64;
  readonly width: number;
  readonly from: Value<"i32">;
  /** Bytes from one step to the next, or from one item to the next. */
  readonly stride: Value<"i32">;
  readonly depth: Value<"i32">;
  readonly to: Value<"i32">;
  /** So many numbers (1, 2 or 4) from an address on, in the low lanes, or in every lane where it is one. */
  readonly read: (address: Value<"i32">, count: number) => Value<"v128">;
}

const panel = (m: ModuleBuilder, name: string, bits: 32 | 64, width: number, hook: ReadHook | undefined, write: PanelWriter): Signature<undefined> => {
  const params = { from: "i32", stride: "i32", depth: "i32", to: "i32" } as const;
  return m.function(name, { params }, (f, { from, stride, depth, to }) => {
    const k = new WasmLanes(m, f, { width: bits, vectors: 1, fma: false });
    const read = (address: Value<"i32">, count: number): Value<"v128"> => {
      const numbers = (count * bits) / 32;
      const loaded = numbers === 4 ? f.v128.load(address) : numbers === 2 ? f.v128.load64Splat(address) : f.v128.load32Splat(address);
      return hook ? (k.parts(hook.apply(k, k.ofParts([loaded]), address, f))[0] as Value<"v128">) : loaded;
    };
    write(f, { bits, width, from, stride, depth, to, read });
  });
};

/** Items lie side by side: each step is a short copy. */
const beside: PanelWriter = (f, { bits, width, from, stride, depth, to, read }) => {
  const size = bits / 8;
  const [source, target] = [f.variable("i32", from, "source"), f.variable("i32", to, "target")];
  f.range(0, depth, 1, () => {
    for (const [start, count] of groups(width, 128 / bits)) {
      const address = start === 0 ? source : f.i32.add(source, start * size);
      writeLanes(f, read(address, count), 0, (count * bits) / 32, target, start * size);
    }
    f.set(source, f.i32.add(source, stride));
    f.set(target, f.i32.add(target, width * size));
  });
};

/** Steps lie side by side: squares of numbers are transposed in registers. */
const alongDepth: PanelWriter = (f, { bits, width, from, stride, depth, to, read }) => {
  const size = bits / 8;
  const lanes = 128 / bits;
  const [source, target] = [f.variable("i32", from, "source"), f.variable("i32", to, "target")];
  const whole = f.copy(f.i32.and(depth, -lanes), "i32", "whole");
  const items = (): Value<"i32">[] => {
    const out: Value<"i32">[] = [f.copy(source, "i32")];
    for (let i = 1; i < width; i++) out.push(f.i32.add(out[i - 1]!, stride));
    return out;
  };
  f.range(0, whole, lanes, () => {
    const addresses = items();
    for (const [start, count] of groups(width, lanes)) {
      const rows = addresses.slice(start, start + count).map((address) => read(address, lanes));
      transposed(f, bits, rows).forEach((vector, i) => {
        const perVector = lanes / count;
        for (let part = 0; part < perVector; part++) {
          writeLanes(f, vector, part, (count * bits) / 32, target, ((i * perVector + part) * width + start) * size);
        }
      });
    }
    f.set(source, f.i32.add(source, lanes * size));
    f.set(target, f.i32.add(target, lanes * width * size));
  });
  f.range(whole, depth, 1, () => {
    items().forEach((address, i) => writeLanes(f, read(address, 1), 0, bits / 32, target, i * size));
    f.set(source, f.i32.add(source, size));
    f.set(target, f.i32.add(target, width * size));
  });
};

/** Writes the part of a vector that has so many words of 32 bits. */
const writeLanes = (f: FunctionBuilder, vector: Value<"v128">, part: number, words: number, to: Value<"i32">, offset: number): void => {
  if (words === 4) f.v128.store(to, vector, offset);
  else if (words === 2) f.v128.store64Lane(to, vector, part, offset);
  else f.v128.store32Lane(to, vector, part, offset);
};

/** Rows of a square, or of the upper half of one, or one row, as columns that lie one after another. */
const transposed = (f: FunctionBuilder, bits: 32 | 64, rows: readonly Value<"v128">[]): readonly Value<"v128">[] => {
  if (rows.length === 1) return rows;
  const [a, b, c, d] = rows as [Value<"v128">, Value<"v128">, Value<"v128">, Value<"v128">];
  const words = (x: Value<"v128">, y: Value<"v128">, ...lanes: number[]): Value<"v128"> =>
    f.i8x16.shuffle(x, y, lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte)));
  if (bits === 64) return [words(a, b, 0, 1, 4, 5), words(a, b, 2, 3, 6, 7)];
  const [ab, ab2] = [words(a, b, 0, 4, 1, 5), words(a, b, 2, 6, 3, 7)];
  if (rows.length === 2) return [ab, ab2];
  const [cd, cd2] = [words(c, d, 0, 4, 1, 5), words(c, d, 2, 6, 3, 7)];
  return [words(ab, cd, 0, 1, 4, 5), words(ab, cd, 2, 3, 6, 7), words(ab2, cd2, 0, 1, 4, 5), words(ab2, cd2, 2, 3, 6, 7)];
};

/** Any strides, and panels that stick out: one number after another, zeros for what is missing. */
const partial = (m: ModuleBuilder, name: string, bits: 32 | 64, width: number, hook: ReadHook | undefined): Signature<undefined> => {
  const size = bits / 8;
  const params = { from: "i32", across: "i32", along: "i32", items: "i32", depth: "i32", to: "i32" } as const;
  return m.function(name, { params }, (f, { from, across, along, items, depth, to }) => {
    const k = new WasmLanes(m, f, { width: bits, vectors: 0, fma: false });
    f.if(f.i32.ltS(items, width), () => f.memoryFill(to, 0, f.i32.mul(depth, width * size)));
    f.range(0, items, 1, () => {
      const [source, target] = [f.variable("i32", from, "source"), f.variable("i32", to, "target")];
      f.range(0, depth, 1, () => {
        const x = k.load(source);
        k.store(target, hook ? hook.apply(k, x, source, f) : x);
        f.set(source, f.i32.add(source, along));
        f.set(target, f.i32.add(target, width * size));
      });
      f.set(from, f.i32.add(from, across));
      f.set(to, f.i32.add(to, size));
    });
  });
};
