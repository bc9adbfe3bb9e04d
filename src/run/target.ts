/** What the engine can do on the machine and in the runtime at hand. */
import type { FunctionBuilder } from "../emit/wasm/function.ts";
import { ModuleBuilder } from "../emit/wasm/module.ts";
import type { TileTarget } from "../emit/wasm/tile.ts";
import type { Value } from "../emit/wasm/values.ts";

/** A module with one function, whose numbers of type f64 come out of `write`. */
const probe = (write: (f: FunctionBuilder, x: Value<"f64">) => Value<"v128">): Uint8Array<ArrayBuffer> => {
  const module = new ModuleBuilder();
  module.function("probe", { params: { x: "f64" }, result: "f64", exported: true }, (f, { x }) => f.return(f.f64x2.extractLane(write(f, x), 0)));
  return module.toBytes();
};

const plain = (): Uint8Array<ArrayBuffer> => probe((f, x) => f.f64x2.splat(x));

/** (1 + x)^2 - 1 - 2 x: where the product is not rounded before the sum x^2 is left, which is 2^-54 for an x of 2^-27. */
const fused = (): Uint8Array<ArrayBuffer> =>
  probe((f, x) => {
    const sum = f.f64x2.splat(f.f64.add(x, 1));
    return f.f64x2.relaxedMadd(sum, sum, f.f64x2.splat(f.f64.sub(f.f64.mul(x, -2), 1)));
  });

/** Why there is no engine here; nothing where there is one. */
const missing = (): string | undefined => {
  if (typeof WebAssembly === "undefined") return "this runtime has no WebAssembly";
  const bytes = plain();
  if (!WebAssembly.validate(bytes)) return "this runtime's WebAssembly has no vectors of 128 bits";
  try {
    new WebAssembly.Module(bytes);
    return undefined;
  } catch {
    return "WebAssembly may not be compiled here: a page's content security policy must have 'wasm-unsafe-eval'";
  }
};

/** Whether the processor rounds a product before it is added; false where the instruction is not known. */
const fuses = (): boolean => {
  const bytes = fused();
  if (!WebAssembly.validate(bytes)) return false;
  const run = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports["probe"] as (x: number) => number;
  return run(2 ** -27) !== 0;
};

/** A module with a memory of 64-bit addresses. */
const recent = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 4, 1]);

/**
 * Runtimes of 2025 and later know such memories. V8's compiler of two years before (Node 20 and 22) put sums into memory
 * where several steps of a product stand in one turn, and ran them at half the speed; those of today gain by it.
 */
const unrolls = (): boolean => WebAssembly.validate(recent);

type Found = { readonly target: TileTarget } | { readonly target: undefined; readonly why: string };

let found: Found | undefined;

/** Looked for when it is first asked for, not when the library is loaded. */
export const engineHere = (): Found => {
  if (found === undefined) {
    const why = missing();
    found = why === undefined ? { target: { fma: fuses(), wide: false, unrolls: unrolls() } } : { target: undefined, why };
  }
  return found;
};

/** What this runtime can do; nothing where WebAssembly is missing, old, or forbidden. */
export const targetHere = (): TileTarget | undefined => engineHere().target;

/** Looks again, after a flag of the runtime has changed. `wide` is what a probe has found: nothing else can tell. */
export const lookAgain = (wide: boolean): Found => {
  found = undefined;
  const now = engineHere();
  return (found = now.target === undefined ? now : { target: { ...now.target, wide } });
};

/**
 * What the bits of a compiled function depend on besides the function: whether there is an engine, and whether it rounds a
 * product before it is added, which the processor decides.
 */
export const arithmeticHere = (): string => {
  const target = targetHere();
  if (target === undefined) return "reference interpreter";
  return target.fma ? "WebAssembly, fused multiply-add" : "WebAssembly";
};
