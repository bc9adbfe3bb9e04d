/** Laws of folds: what lets threads and vectors share the work is that states combine in any grouping. */
import type { FoldLaws } from "../ops/forms/entry.ts";
import type { Draw } from "./draw.ts";
import { near } from "./entry.ts";

export interface LawResult {
  readonly compared: number;
  readonly broken: string | undefined;
}

/** Identity and associativity of `combine`, on states of one number, of none and of several, seen through `out`. */
export const checkLaws = (laws: FoldLaws, draw: Draw): LawResult => {
  let compared = 0;
  for (let round = 0; round < 20; round++) {
    // Equal and infinite numbers too: that is where a combination forgets a case.
    const number = (): number => (round % 4 === 3 ? [-Infinity, 0, 0, 1][draw.below(4)]! : draw.normal() * 3);
    const count = 3 + draw.below(4);
    const states = Array.from({ length: count }, (_, i) => laws.lift(number(), i));
    const fromLeft = states.reduce((a, b) => laws.combine(a, b));
    const fromRight = states.reduceRight((b, a) => laws.combine(a, b));
    const pairs: [string, unknown, unknown][] = [
      ["combine(init, s) is s", laws.combine(laws.init, fromLeft), fromLeft],
      ["combine(s, init) is s", laws.combine(fromLeft, laws.init), fromLeft],
      ["combine(init, init) is init", laws.combine(laws.init, laws.init), laws.init],
      ["combine is associative", fromLeft, fromRight],
    ];
    for (const [law, a, b] of pairs) {
      compared++;
      const [x, y] = [laws.out(a), laws.out(b)];
      if (!Object.is(x, y) && !near(x, y, 1e-12, 1e-12)) return { compared, broken: `${law}: ${x} and ${y}` };
    }
  }
  return { compared, broken: undefined };
};
