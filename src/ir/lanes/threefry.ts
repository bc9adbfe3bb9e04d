/** Threefry-2x32 with 20 rounds in lanes of 32 bits: the same bits as the scalar function of `entries/random.ts`. */
import type { Int, IntFormula } from "../lanes.types.ts";

const rotations = [13, 15, 26, 6, 17, 29, 16, 24];

export const threefry: IntFormula = (k, key0, key1, counter, stream) => {
  const keys = [key0!, key1!, k.xor(k.xor(key0!, key1!), 0x1bd11bda)];
  const rotate = (x: Int, by: number): Int => k.or(k.shl(x, by), k.shrU(x, 32 - by));
  let a = k.add(counter!, keys[0]!);
  let b = k.add(stream!, keys[1]!);
  for (let round = 0; round < 20; round++) {
    a = k.add(a, b);
    b = k.xor(rotate(b, rotations[round % 8]!), a);
    if (round % 4 === 3) {
      const step = (round + 1) / 4;
      a = k.add(a, keys[step % 3]!);
      b = k.add(k.add(b, keys[(step + 1) % 3]!), step);
    }
  }
  return a;
};
