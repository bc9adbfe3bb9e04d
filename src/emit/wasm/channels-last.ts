/** An image whose channels lie side by side for each pixel: what the gradient of a convolution's weights reads in vectors. */
import type { FunctionBuilder, Signature } from "./function.ts";
import { WasmLanes } from "./lanes.ts";
import type { ModuleBuilder } from "./module.ts";
import { transposed } from "./pack.ts";
import type { Value, Variable } from "./values.ts";

/**
 * A function of the module: number (channel, y, x) of a dense image of channels goes to to + y * toRow + x * toPixel +
 * channel, all but the last in bytes.
 */
export const channelsLast = (m: ModuleBuilder, bits: 32 | 64): Signature<undefined> => {
  const name = `channelsLast.f${bits}`;
  return m.shared(name, () => {
    const size = bits / 8;
    const lanes = 128 / bits;
    const params = { to: "i32", toRow: "i32", toPixel: "i32", from: "i32", channels: "i32", height: "i32", width: "i32" } as const;
    const some = { together: rowOf(m, `${name}.together`, bits, lanes), one: rowOf(m, `${name}.one`, bits, 1) };
    return m.function(name, { params }, (f, p) => {
      const { i32 } = f;
      const line = f.copy(i32.mul(p.width, size), "i32", "line");
      const plane = f.copy(i32.mul(p.height, line), "i32", "plane");
      const whole = f.copy(i32.and(p.channels, -lanes), "i32", "whole");
      const rows = (from: Value<"i32"> | 0, to: Value<"i32">, step: number, row: Signature<undefined>): void => {
        f.range(from, to, step, (channel) => {
          const source = f.variable("i32", i32.add(p.from, i32.mul(channel, plane)), "source");
          const target = f.variable("i32", i32.add(p.to, i32.mul(channel, size)), "target");
          f.range(0, p.height, 1, () => {
            f.call(row, target, p.toPixel, source, plane, p.width);
            f.set(source, i32.add(source, line));
            f.set(target, i32.add(target, p.toRow));
          }, "y");
        }, "channel");
      };
      rows(0, whole, lanes, some.together);
      rows(whole, p.channels, 1, some.one);
    });
  });
};

/** One row of so many channels: squares are transposed in registers, what is left goes number by number. */
const rowOf = (m: ModuleBuilder, name: string, bits: 32 | 64, channels: number): Signature<undefined> => {
  const size = bits / 8;
  const params = { to: "i32", toPixel: "i32", from: "i32", plane: "i32", width: "i32" } as const;
  return m.function(name, { params }, (f, { to, toPixel, from, plane, width }) => {
    const { i32 } = f;
    const sources: Variable<"i32">[] = [from];
    for (let channel = 1; channel < channels; channel++) sources.push(f.variable("i32", i32.add(sources[channel - 1]!, plane)));
    const advance = (pixels: number): void => {
      for (const source of sources) f.set(source, i32.add(source, pixels * size));
    };
    const whole = f.copy(i32.and(width, -channels), "i32", "whole");
    if (channels > 1) {
      f.range(0, whole, channels, () => {
        for (const pixel of transposed(f, bits, sources.map((source) => f.v128.load(source)))) {
          f.v128.store(to, pixel);
          f.set(to, i32.add(to, toPixel));
        }
        advance(channels);
      }, "x");
    }
    f.range(channels > 1 ? whole : 0, width, 1, () => {
      sources.forEach((source, channel) => copyOne(m, f, bits, i32.add(to, channel * size), source));
      f.set(to, i32.add(to, toPixel));
      advance(1);
    }, "x");
  });
};

const copyOne = (m: ModuleBuilder, f: FunctionBuilder, bits: 32 | 64, to: Value<"i32">, from: Value<"i32">): void => {
  const k = new WasmLanes(m, f, { width: bits, vectors: 0, fma: false });
  k.store(to, k.load(from));
};
