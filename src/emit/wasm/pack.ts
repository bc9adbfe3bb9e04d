/**
 * Packing for matrix products: a matrix is copied into panels of so many rows (or columns) that lie side by side for each
 * step of the sum, so that the register tile reads memory from front to back whatever the strides were. Panels that stick
 * out are filled with zeros.
 */
import type { FunctionBuilder, Signature } from "./function.ts";
import { WasmLanes } from "./lanes.ts";
import type { ModuleBuilder } from "./module.ts";
import type { Value } from "./values.ts";

/**
 * A function of the module that packs `count` items of `depth` numbers into panels of `width` items: item i at step d is
 * read at from + i * across + d * along (bytes) and written at to + (panel * depth + d) * width + place.
 */
export const packer = (m: ModuleBuilder, bits: 32 | 64, width: number): Signature<undefined> => {
  const name = `pack${width}.f${bits}`;
  return m.shared(name, () => definePacker(m, name, bits, width));
};

const definePacker = (m: ModuleBuilder, name: string, bits: 32 | 64, width: number): Signature<undefined> => {
  const size = bits / 8;
  const io = { m, bits, width };
  const kinds = { beside: beside(`${name}.beside`, io), along: alongDepth(`${name}.along`, io), any: anyStrides(`${name}.any`, io) };
  const params = { from: "i32", across: "i32", along: "i32", count: "i32", depth: "i32", to: "i32" } as const;
  return m.function(name, { params }, (f, { from, across, along, count, depth, to }) => {
    const { i32 } = f;
    const panels = f.copy(i32.divU(count, width), "i32", "panels");
    const bytes = f.copy(i32.mul(depth, width * size), "i32", "bytes");
    const eachPanel = (callee: Signature<undefined>, ...rest: Value<"i32">[]): void => {
      const [source, target] = [f.variable("i32", from, "source"), f.variable("i32", to, "target")];
      f.range(0, panels, 1, () => {
        f.call(callee, source, ...rest, depth, target);
        f.set(source, i32.add(source, i32.mul(across, width)));
        f.set(target, i32.add(target, bytes));
      });
    };
    f.if(
      i32.eq(across, size),
      () => f.call(kinds.beside, from, along, panels, bytes, depth, to),
      () =>
        f.if(
          i32.eq(along, size),
          () => eachPanel(kinds.along, across),
          () => eachPanel(kinds.any, across, along, f.copy<"i32">(width, "i32")),
        ),
    );
    const whole = i32.mul(panels, width);
    f.if(i32.ltS(whole, count), () =>
      f.call(kinds.any, i32.add(from, i32.mul(whole, across)), across, along, i32.sub(count, whole), depth, i32.add(to, i32.mul(panels, bytes))),
    );
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

interface PanelIo {
  readonly m: ModuleBuilder;
  readonly bits: 32 | 64;
  readonly width: number;
}

/** Reads so many numbers (1, 2 or 4) from an address and an offset on into the low lanes. */
const reader = ({ bits }: PanelIo, f: FunctionBuilder): ((address: Value<"i32">, count: number, offset?: number) => Value<"v128">) =>
  (address, count, offset = 0) => {
    const words = (count * bits) / 32;
    return words === 4 ? f.v128.load(address, offset) : words === 2 ? f.v128.load64Splat(address, offset) : f.v128.load32Splat(address, offset);
  };

/** So many steps at a time: as many rows are read in turn, front to back, as processors foresee. */
const besideBlock = 16;
/** Of them so many in a turn of the loop. */
const besideTurn = 4;

/** Items lie side by side: each step of a panel is a short copy. A few steps of all panels, and then the next few. */
const beside = (name: string, io: PanelIo): Signature<undefined> => {
  const { m, bits, width } = io;
  const size = bits / 8;
  const params = { from: "i32", stride: "i32", panels: "i32", panelBytes: "i32", depth: "i32", to: "i32" } as const;
  return m.function(name, { params }, (f, { from, stride, panels, panelBytes, depth, to }) => {
    const { i32 } = f;
    const read = reader(io, f);
    const all = groups(width, 128 / bits);
    f.range(0, depth, besideBlock, (first) => {
      const steps = f.copy(f.least(i32.sub(depth, first), besideBlock), "i32", "steps");
      const whole = f.copy(i32.and(steps, -besideTurn), "i32", "whole");
      f.range(0, panels, 1, (panel) => {
        const source = f.variable("i32", i32.add(from, i32.mul(panel, width * size)), "source");
        const target = f.variable("i32", i32.add(to, i32.mul(panel, panelBytes)), "target");
        const some = (from: Value<"i32"> | 0, to: Value<"i32">, atOnce: number): void =>
          f.range(from, to, atOnce, () => {
            for (let step = 0; step < atOnce; step++) {
              const parts = all.map(([start, count]) => read(source, count, start * size));
              // The upper one of two neighbours first: otherwise V8 joins none.
              for (let i = all.length - 1; i >= 0; i--) {
                const [start, count] = all[i]!;
                writeLanes(f, parts[i]!, 0, (count * bits) / 32, target, (step * width + start) * size);
              }
              f.set(source, i32.add(source, stride));
            }
            f.set(target, i32.add(target, atOnce * width * size));
          }, "step");
        some(0, whole, besideTurn);
        some(whole, steps, 1);
      }, "panel");
      f.set(from, i32.add(from, i32.mul(stride, besideBlock)));
      f.set(to, i32.add(to, besideBlock * width * size));
    }, "first");
  });
};

/** Steps lie side by side: squares of numbers are transposed in registers. One panel. */
const alongDepth = (name: string, io: PanelIo): Signature<undefined> => {
  const params = { from: "i32", stride: "i32", depth: "i32", to: "i32" } as const;
  return io.m.function(name, { params }, (f, { from, stride, depth, to }) => {
    const items: Value<"i32">[] = [from];
    for (let i = 1; i < io.width; i++) items.push(f.i32.add(items[i - 1]!, stride));
    transposeItems(f, io, items, depth, to);
  });
};

/** Groups of items that are walked along together: two whole vectors' pointers still have a register each. */
const groupsAtOnce = 2;

/** Copies `depth` steps of every item, which lie side by side, into a panel. */
const transposeItems = (f: FunctionBuilder, io: PanelIo, items: readonly Value<"i32">[], depth: Value<"i32">, to: Value<"i32">): void => {
  const { bits, width } = io;
  const size = bits / 8;
  const lanes = 128 / bits;
  const read = reader(io, f);
  const all = groups(width, lanes);
  for (let g = 0; g < all.length; g += groupsAtOnce) {
    const some = all.slice(g, g + groupsAtOnce);
    const target = f.variable("i32", to, "target");
    const pointers = some.map(([start, count]) => items.slice(start, start + count).map((item) => f.variable("i32", item)));
    const done = f.variable("i32", 0, "done");
    const walk = (steps: number, body: () => void): void => {
      const whole = steps === 1 ? depth : f.copy(f.i32.and(depth, -steps), "i32", "whole");
      f.range(done, whole, steps, () => {
        body();
        for (const pointer of pointers.flat()) f.set(pointer, f.i32.add(pointer, steps * size));
        f.set(target, f.i32.add(target, steps * width * size));
      });
      if (steps > 1) f.set(done, whole);
    };
    for (const squares of [2, 1]) {
      walk(squares * lanes, () => {
        for (let square = 0; square < squares; square++) {
          const columns = some.map((_, i) => transposed(f, bits, pointers[i]!.map((pointer) => read(pointer, lanes, square * 16))));
          for (let step = 0; step < lanes; step++) {
            // The upper one of two neighbours first: otherwise V8 joins none.
            for (let i = some.length - 1; i >= 0; i--) {
              const [start, count] = some[i]!;
              const perVector = lanes / count;
              writeLanes(f, columns[i]![Math.floor(step / perVector)]!, step % perVector, (count * bits) / 32, target, ((square * lanes + step) * width + start) * size);
            }
          }
        }
      });
    }
    walk(1, () => some.forEach(([start], i) => pointers[i]!.forEach((pointer, j) => writeLanes(f, read(pointer, 1), 0, bits / 32, target, (start + j) * size))));
  }
};

/**
 * A function of the module that packs items which lie anywhere: item i at step (line, column) is the number at
 * from + table[i] + line * lineStep + column (bytes, but for the column). A panel that sticks out repeats the last item;
 * what is computed from it belongs to no row of the result.
 */
export const tablePacker = (m: ModuleBuilder, bits: 32 | 64, width: number): Signature<undefined> => {
  const name = `packTable${width}.f${bits}`;
  return m.shared(name, () => {
    const io: PanelIo = { m, bits, width };
    const lineParams = { from: "i32", table: "i32", last: "i32", columns: "i32", to: "i32" } as const;
    const line = m.function(`${name}.line`, { params: lineParams }, (f, { from, table, last, columns, to }) => {
      const items = Array.from({ length: width }, (_, i) => {
        const at = f.i32.add(table, 4 * i);
        return f.i32.add(from, f.i32.load(f.select(at, last, f.i32.ltU(at, last))));
      });
      transposeItems(f, io, items, columns, to);
    });
    const params = { from: "i32", table: "i32", count: "i32", lineStep: "i32", lines: "i32", columns: "i32", to: "i32" } as const;
    return m.function(name, { params }, (f, { from, table, count, lineStep, lines, columns, to }) => {
      const { i32 } = f;
      const last = f.copy(i32.add(table, i32.mul(i32.sub(count, 1), 4)), "i32", "last");
      const bytes = f.copy(i32.mul(columns, (width * bits) / 8), "i32", "bytes");
      f.range(0, count, width, (i) => {
        const source = f.variable("i32", from, "source");
        f.range(0, lines, 1, () => {
          f.call(line, source, i32.add(table, i32.mul(i, 4)), last, columns, to);
          f.set(source, i32.add(source, lineStep));
          f.set(to, i32.add(to, bytes));
        }, "line");
      }, "item");
    });
  });
};

/**
 * A function of the module (from, across, table, count, depth, to) that packs any matrix whose step p lies table[p] bytes
 * from its item's first: one number after another, for small matrices such as the weights of a convolution.
 */
export const gatherPacker = (m: ModuleBuilder, bits: 32 | 64, width: number): Signature<undefined> => {
  const name = `packGather${width}.f${bits}`;
  return m.shared(name, () => {
    const size = bits / 8;
    const params = { from: "i32", across: "i32", table: "i32", count: "i32", depth: "i32", to: "i32" } as const;
    return m.function(name, { params }, (f, { from, across, table, count, depth, to }) => {
      const { i32 } = f;
      const k = new WasmLanes(m, f, { width: bits, vectors: 0, fma: false });
      const panelBytes = f.copy(i32.mul(depth, width * size), "i32", "panelBytes");
      const padded = i32.mul(i32.divU(i32.add(count, width - 1), width), panelBytes);
      f.memoryFill(to, 0, padded);
      f.range(0, count, 1, (i) => {
        const panel = i32.divU(i, width);
        const target = f.variable("i32", i32.add(to, i32.add(i32.mul(panel, panelBytes), i32.mul(i32.sub(i, i32.mul(panel, width)), size))), "target");
        f.range(0, depth, 1, (step) => {
          k.store(target, k.load(i32.add(from, i32.load(i32.add(table, i32.mul(step, 4))))));
          f.set(target, i32.add(target, width * size));
        }, "step");
        f.set(from, i32.add(from, across));
      });
    });
  });
};

/** Writes the part of a vector that has so many words of 32 bits. */
const writeLanes = (f: FunctionBuilder, vector: Value<"v128">, part: number, words: number, to: Value<"i32">, offset: number): void => {
  if (words === 4) f.v128.store(to, vector, offset);
  else if (words === 2) f.v128.store64Lane(to, vector, part, offset);
  else f.v128.store32Lane(to, vector, part, offset);
};

/** Rows of a square, or of the upper half of one, or one row, as columns that lie one after another. */
export const transposed = (f: FunctionBuilder, bits: 32 | 64, rows: readonly Value<"v128">[]): readonly Value<"v128">[] => {
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

/** Any strides, and a panel that sticks out: one number after another, zeros for what is missing. One panel. */
const anyStrides = (name: string, { m, bits, width }: PanelIo): Signature<undefined> => {
  const size = bits / 8;
  const params = { from: "i32", across: "i32", along: "i32", items: "i32", depth: "i32", to: "i32" } as const;
  return m.function(name, { params }, (f, { from, across, along, items, depth, to }) => {
    const k = new WasmLanes(m, f, { width: bits, vectors: 0, fma: false });
    f.if(f.i32.ltS(items, width), () => f.memoryFill(to, 0, f.i32.mul(depth, width * size)));
    f.range(0, items, 1, () => {
      const [source, target] = [f.variable("i32", from, "source"), f.variable("i32", to, "target")];
      f.range(0, depth, 1, () => {
        k.store(target, k.load(source));
        f.set(source, f.i32.add(source, along));
        f.set(target, f.i32.add(target, width * size));
      });
      f.set(from, f.i32.add(from, across));
      f.set(to, f.i32.add(to, size));
    });
  });
};
