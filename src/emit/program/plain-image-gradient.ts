/**
 * The gradient of a convolution's images number by number, without a border of zeros: 0 times a weight that is not finite
 * would be NaN where in truth nothing is added. Slow, and run only where there is such a weight.
 */
import { type Convolution, resultSize } from "../../ir/convolution.ts";
import type { Signature } from "../wasm/function.ts";
import { WasmLanes } from "../wasm/lanes.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import type { Value } from "../wasm/values.ts";

/** A function (image, upstream, weights) for one image. */
export const plainImageGradient = (module: ModuleBuilder, name: string, bits: 32 | 64, c: Convolution): Signature<undefined> => {
  const size = bits / 8;
  const [lines, columns] = resultSize(c);
  const [kernelHeight, kernelWidth] = c.kernel;
  return module.function(name, { params: { image: "i32", upstream: "i32", weights: "i32" } }, (f, { image, upstream, weights }) => {
    const { i32 } = f;
    const k = new WasmLanes(module, f, { width: bits, vectors: 0, fma: false });
    const sum = f.variable(bits === 32 ? "f32" : "f64");
    const out = f.variable("i32", image, "out");
    /** Calls `body` with the place whose window sees the number at `at` through the tap. */
    const seenBy = (axis: 0 | 1, at: Value<"i32">, tap: Value<"i32">, places: number, body: (place: Value<"i32">) => void): void => {
      const distance = f.copy(i32.sub(i32.add(at, c.padding[axis * 2]!), i32.mul(tap, c.dilation[axis])), "i32", "distance");
      f.if(i32.geS(distance, 0), () => {
        const place = f.copy(i32.divU(distance, c.stride[axis]), "i32", "place");
        f.if(i32.and(i32.ltU(place, places), i32.eq(i32.mul(place, c.stride[axis]), distance)), () => body(place));
      });
    };
    f.range(0, c.channels, 1, (channel) => {
      f.range(0, c.height, 1, (y) => {
        f.range(0, c.width, 1, (x) => {
          f.set(sum, 0);
          f.range(0, c.filters, 1, (filter) => {
            const taps = i32.mul(i32.add(i32.mul(filter, c.channels), channel), kernelHeight * kernelWidth);
            const ofFilter = f.copy(i32.add(weights, i32.mul(taps, size)), "i32", "ofFilter");
            const plane = f.copy(i32.add(upstream, i32.mul(filter, lines * columns * size)), "i32", "plane");
            f.range(0, kernelHeight, 1, (i) => {
              seenBy(0, y, i, lines, (line) => {
                f.range(0, kernelWidth, 1, (j) => {
                  seenBy(1, x, j, columns, (column) => {
                    const weight = k.load(i32.add(ofFilter, i32.mul(i32.add(i32.mul(i, kernelWidth), j), size)));
                    const slope = k.load(i32.add(plane, i32.mul(i32.add(i32.mul(line, columns), column), size)));
                    f.set(sum, k.parts(k.add(k.ofParts([sum]), k.mul(slope, weight)))[0] as Value<"f32">);
                  });
                });
              });
            });
          });
          k.store(out, k.ofParts([sum]));
          f.set(out, i32.add(out, size));
        });
      });
    });
  });
};
