/** Lanes that a fast formula does not cover, computed one number after another by a function that is called rarely. */
import type { FunctionBuilder, Signature } from "./function.ts";
import type { ModuleBuilder } from "./module.ts";
import type { LaneOptions } from "./packed.ts";
import type { Value, Variable } from "./values.ts";

/** Writes the float64 formula for scalars. */
export type ScalarWriter = (f: FunctionBuilder, x: readonly Value[]) => Value;

/** For each part `usual`, except in lanes where the mask is set. */
export const apart = (
  module: ModuleBuilder,
  f: FunctionBuilder,
  { width, vectors }: LaneOptions,
  name: string,
  where: readonly Value[],
  x: readonly (readonly Value[])[],
  usual: readonly Value[],
  scalar: ScalarWriter,
): readonly Value[] => {
  const type = vectors > 0 ? "v128" : width === 32 ? "f32" : "f64";
  const one = module.shared(`${name}.apart`, () => scalarFunction(module, `${name}.apart`, x.length, scalar));
  const result = usual.map((part) => f.variable(type, part as Value<typeof type>));
  if (vectors === 0) {
    f.if(where[0] as Value<"i32">, () => {
      if (width === 64) return f.set(result[0]!, f.call(one, ...x.map((parts) => parts[0]!)) as Value<typeof type>);
      const wide = x.map((parts) => f.f64.promoteF32(parts[0] as Value<"f32">));
      f.set(result[0]!, f.f32.demoteF64(f.call(one, ...wide)) as Value<typeof type>);
    });
    return result;
  }
  const masks = where as readonly Value<"v128">[];
  const suffix = width === 32 ? "f32x4" : "f64x2";
  const each = module.shared(`${name}.apart.${suffix}`, () => vectorFunction(module, `${name}.apart.${suffix}`, width, x.length, one));
  const any = masks.reduce((a, b) => f.v128.or(a, b));
  f.if(f.v128.anyTrue(any), () => {
    result.forEach((variable, i) => f.set(variable, f.call(each, masks[i]!, usual[i]!, ...x.map((parts) => parts[i]!)) as Value<typeof type>));
  });
  return result;
};

const named = <T extends string>(prefix: string, count: number, type: T): Record<string, T> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, type]));

const scalarFunction = (module: ModuleBuilder, name: string, arity: number, scalar: ScalarWriter): Signature<"f64"> =>
  module.function(name, { params: named("x", arity, "f64"), result: "f64" }, (f, params) => f.return(scalar(f, Object.values(params))));

const vectorFunction = (module: ModuleBuilder, name: string, width: 32 | 64, arity: number, one: Signature<"f64">): Signature<"v128"> => {
  const params = { mask: "v128", result: "v128", ...named("x", arity, "v128") } as const;
  return module.function(name, { params, result: "v128" }, (f, { mask, result, ...rest }) => {
    const x = Object.values(rest) as readonly Variable<"v128">[];
    for (let lane = 0; lane < 128 / width; lane++) {
      const chosen = width === 32 ? f.i32x4.extractLane(mask!, lane) : f.i32x4.extractLane(mask!, 2 * lane);
      f.if(chosen, () => {
        if (width === 64) {
          const value = f.call(one, ...x.map((vector) => f.f64x2.extractLane(vector, lane)));
          return f.set(result!, f.f64x2.replaceLane(result!, value, lane));
        }
        const value = f.call(one, ...x.map((vector) => f.f64.promoteF32(f.f32x4.extractLane(vector, lane))));
        f.set(result!, f.f32x4.replaceLane(result!, f.f32.demoteF64(value), lane));
      });
    }
    f.return(result);
  });
};
