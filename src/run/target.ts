/** What the engine can do on the machine and in the runtime at hand. */
import type { Target } from "../emit/program/program.ts";
import type { FunctionBuilder } from "../emit/wasm/function.ts";
import { ModuleBuilder } from "../emit/wasm/module.ts";
import type { Value } from "../emit/wasm/values.ts";

/** A module with one function, whose numbers of type f64 come out of `write`. */
const probe = (write: (f: FunctionBuilder, x: Value<"f64">) => Value<"v128">): Uint8Array<ArrayBuffer> => {
  const module = new ModuleBuilder();
  module.function("probe", { params: { x: "f64" }, result: "f64", exported: true }, (f, { x }) => f.return(f.f64x2.extractLane(write(f, x), 0)));
  return module.toBytes();
};

/** Made when they are asked for, not when the library is loaded. */
const plain = (): Uint8Array<ArrayBuffer> => probe((f, x) => f.f64x2.splat(x));

/** (1 + x)^2 - 1 - 2 x: where the product is not rounded before the sum x^2 is left, which is 2^-54 for an x of 2^-27. */
const fused = (): Uint8Array<ArrayBuffer> =>
  probe((f, x) => {
    const sum = f.f64x2.splat(f.f64.add(x, 1));
    return f.f64x2.relaxedMadd(sum, sum, f.f64x2.splat(f.f64.sub(f.f64.mul(x, -2), 1)));
  });

/** What this runtime can do; nothing where WebAssembly is missing, old, or forbidden by a page's content security policy. */
export const targetHere = (): Omit<Target, "threads"> | undefined => {
  if (typeof WebAssembly === "undefined") return undefined;
  try {
    new WebAssembly.Module(plain());
  } catch {
    return undefined;
  }
  return { fma: WebAssembly.validate(fused()), wide: false };
};

/**
 * What the bits of a compiled function depend on besides the function: whether there is an engine, and whether it rounds a
 * product before it is added, which the processor decides.
 */
export const arithmeticHere = (): string => {
  const target = targetHere();
  if (target === undefined) return "reference interpreter";
  if (!target.fma) return "WebAssembly";
  const run = new WebAssembly.Instance(new WebAssembly.Module(fused())).exports["probe"] as (x: number) => number;
  return run(2 ** -27) === 0 ? "WebAssembly" : "WebAssembly, fused multiply-add";
};
