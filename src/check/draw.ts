/** Numbers for checks, drawn from a seed: the same check looks at the same entries and points every time. */
import { threefry } from "../ops/table.ts";

export class Draw {
  readonly #seed: number;
  readonly #stream: number;
  #count = 0;

  constructor(seed: number, stream = 0) {
    this.#seed = seed;
    this.#stream = stream;
  }

  /** From [0, 1). */
  unit(): number {
    return threefry(this.#seed, 0x9e3779b9, this.#count++, this.#stream) / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  below(n: number): number {
    return Math.floor(this.unit() * n);
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
  }

  sign(): number {
    return this.unit() < 0.5 ? -1 : 1;
  }

  /** `count` different whole numbers below `n`, in ascending order; all of them where there are no more. */
  sample(n: number, count: number): number[] {
    if (count >= n) return Array.from({ length: n }, (_, i) => i);
    const chosen = new Set<number>();
    // Floyd's algorithm: as many draws as numbers wanted, however many there are to choose from.
    for (let j = n - count; j < n; j++) {
      const at = this.below(j + 1);
      chosen.add(chosen.has(at) ? j : at);
    }
    return [...chosen].sort((a, b) => a - b);
  }
}
