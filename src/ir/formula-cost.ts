/** How long a formula takes, about: machine operations, of which a division and a root count for several. */
import * as math from "./lanes/math.ts";
import type { Formula, Int, IntFormula, IntLanes, Lanes, Mask, Num } from "./lanes.types.ts";

/** In turns of a simple operation, as today's processors do them one after the other. */
const slow = { div: 5, sqrt: 6, mulAdd: 2, min: 3, max: 3, copySign: 4, shlEach: 8, shrUEach: 8 } as const;

/** By the number of operands. */
const known = new WeakMap<object, Map<number, number>>();

/** Of one vector of float32. */
export const formulaCost = (formula: Formula, operands: number): number => remembered(formula, operands, (k, x) => void formula(k, ...x));

export const intFormulaCost = (formula: IntFormula, operands: number): number =>
  remembered(formula, operands, ({ int }, x) => void formula(int, ...(x as readonly unknown[] as Int[])));

const remembered = (formula: object, operands: number, run: (k: Lanes, x: readonly Num[]) => void): number => {
  const costs = known.get(formula) ?? new Map<number, number>();
  known.set(formula, costs);
  const cost = costs.get(operands) ?? counted((k) => run(k, Array.from({ length: operands }, () => ({}) as Num)));
  costs.set(operands, cost);
  return cost;
};

const counted = (run: (k: Lanes) => void): number => {
  let cost = 0;
  const step =
    (name: string) =>
    (): never => {
      cost += (slow as Readonly<Record<string, number>>)[name] ?? 1;
      return {} as never;
    };
  const free = { constant: () => ({}) as never, bitsOf: (x: Num) => x as unknown as Int, ofBits: (x: Int) => x as unknown as Num, truth: (x: Num) => x as unknown as Mask };
  const any = <T extends object>(own: Partial<T>): T => new Proxy(own, { get: (target, name) => (name in target ? target[name as keyof T] : step(String(name))) }) as T;
  const int = any<IntLanes>({ constant: free.constant });
  const k: Lanes = any<Lanes>({
    ...free,
    width: 32,
    int,
    math,
    // Two vectors of half as many numbers, and the way there and back.
    wide: (x, formula) => {
      const before = cost;
      formula(any<Lanes>({ ...k, width: 64 }), ...x);
      cost += cost - before + 4;
      return {} as Num;
    },
    apart: (_name, _where, _x, usual) => {
      cost += 2;
      return usual;
    },
  });
  run(k);
  return cost;
};
