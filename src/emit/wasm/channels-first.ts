/** What lies pixel by pixel, its channels side by side, as a plane for each channel: the way back from `channelsLast`. */
import type { Signature } from "./function.ts";
import type { ModuleBuilder } from "./module.ts";
import { transposed } from "./pack.ts";
import type { Value } from "./values.ts";

/**
 * A function of the module: channel c of pixel p, c numbers behind from + p * fromPixel, goes to to + c * plane and there p
 * numbers on; steps in bytes. Squares are transposed in registers. Behind the channels of a pixel there is room for a whole
 * vector of them.
 */
export const channelsFirst = (m: ModuleBuilder, bits: 32 | 64): Signature<undefined> => {
  const name = `channelsFirst.f${bits}`;
  return m.shared(name, () => {
    const size = bits / 8;
    const lanes = 128 / bits;
    const params = { to: "i32", plane: "i32", from: "i32", fromPixel: "i32", channels: "i32", pixels: "i32" } as const;
    const planes = (count: number): Signature<undefined> => {
      const strip = { to: "i32", plane: "i32", from: "i32", fromPixel: "i32", pixels: "i32" } as const;
      return m.function(`${name}.${count}`, { params: strip }, (f, { to, plane, from, fromPixel, pixels }) => {
        const { i32 } = f;
        const targets = [to];
        for (let c = 1; c < count; c++) targets.push(f.variable("i32", i32.add(targets[c - 1]!, plane), `plane${c}`));
        const advance = (by: number): void => {
          for (const target of targets) f.set(target, i32.add(target, by * size));
        };
        const next = (): Value<"v128"> => {
          const pixel = f.v128.load(from);
          f.set(from, i32.add(from, fromPixel));
          return pixel;
        };
        const done = f.variable("i32", 0, "done");
        for (const squares of [2, 1]) {
          const whole = f.copy(i32.and(pixels, -squares * lanes), "i32", "whole");
          f.range(done, whole, squares * lanes, () => {
            const made = Array.from({ length: squares }, () => transposed(f, bits, Array.from({ length: lanes }, next)));
            targets.forEach((target, c) => f.storeBeside(target, made.map((square) => square[c]!)));
            advance(squares * lanes);
          }, "pixel");
          f.set(done, whole);
        }
        f.range(done, pixels, 1, () => {
          const pixel = next();
          targets.forEach((target, c) => (bits === 32 ? f.v128.store32Lane(target, pixel, c) : f.v128.store64Lane(target, pixel, c)));
          advance(1);
        }, "pixel");
      });
    };
    const some = Array.from({ length: lanes }, (_, i) => planes(i + 1));
    return m.function(name, { params }, (f, { to, plane, from, fromPixel, channels, pixels }) => {
      const { i32 } = f;
      const left = f.variable("i32", channels, "left");
      const put = (count: number): void => f.call(some[count - 1]!, to, plane, from, fromPixel, pixels);
      f.range(lanes, i32.add(channels, 1), lanes, () => {
        put(lanes);
        f.set(to, i32.add(to, i32.mul(plane, lanes)));
        f.set(from, i32.add(from, 16));
        f.set(left, i32.sub(left, lanes));
      }, "channel");
      for (let count = 1; count < lanes; count++) f.if(i32.eq(left, count), () => put(count));
    });
  });
};
