/**
 * Random bits as a gate of a key and a counter: no hidden state, the same everywhere, recomputed rather than stored.
 * Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
 */
import { gate } from "../forms/gate.ts";
import { threefry as threefryLanes } from "../../ir/lanes/threefry.ts";

const rotations = [13, 15, 26, 6, 17, 29, 16, 24];

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

/** The first word of the block that encrypts (counter, stream) under (key0, key1). */
export const threefry = (key0: number, key1: number, counter: number, stream: number): number => {
  const keys = [key0 | 0, key1 | 0, key0 ^ key1 ^ 0x1bd11bda];
  let a = (counter + keys[0]!) | 0;
  let b = (stream + keys[1]!) | 0;
  for (let round = 0; round < 20; round++) {
    a = (a + b) | 0;
    b = rotate(b, rotations[round % 8]!) ^ a;
    if (round % 4 === 3) {
      const step = (round + 1) / 4;
      a = (a + keys[step % 3]!) | 0;
      b = (b + keys[(step + 1) % 3]! + step) | 0;
    }
  }
  return a >>> 0;
};

/** 32 random bits of a key (two words), a counter and a stream number. */
export const bits = gate({
  word: "bits",
  says: "whole numbers: no gradient passes",
  formula: "threefry(key, counter)",
  arity: 4,
  types: "bits",
  scalar: (key0, key1, counter, stream) => threefry(key0!, key1!, counter!, stream!),
  intLanes: threefryLanes,
  spelling: { js: "bits($*)", python: "bits($*)" },
  internal: true,
});
