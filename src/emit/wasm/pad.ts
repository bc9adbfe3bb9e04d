/** An image inside a border of zeros, its rows and columns dealt out by the stride of a convolution. */
import type { Signature } from "./function.ts";
import { WasmLanes } from "./lanes.ts";
import type { ModuleBuilder } from "./module.ts";
import type { Value } from "./values.ts";

/**
 * A function of the module: number (channel, y, x) of a dense image goes to row (y + top) / strideY, column
 * (x + left) / strideX of part ((y + top) % strideY) * strideX + (x + left) % strideX. `toChannel`, `toPart` and `toRow`
 * are the bytes between channels, parts and rows. What is never written stays as it is: the caller fills it with zeros once.
 */
export const padImage = (m: ModuleBuilder, bits: 32 | 64): Signature<undefined> => {
  const name = `pad.f${bits}`;
  return m.shared(name, () => {
    const size = bits / 8;
    const copyRows = rowsCopier(m, bits);
    const params = {
      to: "i32", toChannel: "i32", toPart: "i32", toRow: "i32", from: "i32", channels: "i32", height: "i32", width: "i32", top: "i32", left: "i32",
      strideY: "i32", strideX: "i32",
    } as const;
    return m.function(name, { params }, (f, p) => {
      const { i32 } = f;
      const k = new WasmLanes(m, f, { width: bits, vectors: 0, fma: false });
      f.if(i32.eq(i32.mul(p.strideY, p.strideX), 1), () => {
        const to = f.variable("i32", i32.add(p.to, i32.add(i32.mul(p.top, p.toRow), i32.mul(p.left, size))), "toPlane");
        f.range(0, p.channels, 1, () => {
          f.call(copyRows, to, p.toRow, p.from, p.height, p.width);
          f.set(to, i32.add(to, p.toChannel));
          f.set(p.from, i32.add(p.from, i32.mul(i32.mul(p.width, p.height), size)));
        }, "channel");
        f.return();
      });
      f.range(0, p.channels, 1, () => {
        f.range(0, p.height, 1, (y) => {
          const row = f.copy(i32.add(y, p.top), "i32", "row");
          const part = i32.mul(i32.mul(i32.remU(row, p.strideY), p.strideX), p.toPart);
          const to = f.copy(i32.add(p.to, i32.add(part, i32.mul(i32.divU(row, p.strideY), p.toRow))), "i32", "toRow");
          f.if(
            i32.eq(p.strideX, 1),
            () => f.call(copyRows, i32.add(to, i32.mul(p.left, size)), 0, p.from, 1, p.width),
            () => {
              const from = f.variable("i32", p.from, "source");
              f.range(0, p.width, 1, (x) => {
                const column = f.copy(i32.add(x, p.left), "i32", "column");
                const at = i32.add(i32.mul(i32.remU(column, p.strideX), p.toPart), i32.mul(i32.divU(column, p.strideX), size));
                k.store(i32.add(to, at), k.load(from));
                f.set(from, i32.add(from, size));
              }, "x");
            },
          );
          f.set(p.from, i32.add(p.from, i32.mul(p.width, size)));
        }, "y");
        f.set(p.to, i32.add(p.to, p.toChannel));
      }, "channel");
    });
  });
};

/** Rows of images are too short for the engine's own copy, which is a call out of WebAssembly. The last vector of a row may write again what is there. */
const rowsCopier = (m: ModuleBuilder, bits: 32 | 64): Signature<undefined> =>
  m.shared(`copyRows.f${bits}`, () =>
    m.function(`copyRows.f${bits}`, { params: { to: "i32", toRow: "i32", from: "i32", rows: "i32", count: "i32" } }, (f, { to, toRow, from, rows, count }) => {
      const { i32 } = f;
      const size = bits / 8;
      const bytes = f.copy(i32.mul(count, size), "i32", "bytes");
      const k = new WasmLanes(m, f, { width: bits, vectors: 0, fma: false });
      const each = (copy: () => void): void =>
        f.range(0, rows, 1, () => {
          copy();
          f.set(from, i32.add(from, bytes));
          f.set(to, i32.add(to, toRow));
        }, "row");
      const last = f.copy(i32.sub(bytes, 16), "i32", "last");
      const move = (at: Value<"i32">): void => f.v128.store(i32.add(to, at), f.v128.load(i32.add(from, at)));
      f.if(
        i32.geS(last, 0),
        () =>
          each(() => {
            f.range(0, last, 16, move, "at");
            move(last);
          }),
        () => each(() => f.range(0, bytes, size, (at) => k.store(i32.add(to, at), k.load(i32.add(from, at))), "at")),
      );
    }),
  );
