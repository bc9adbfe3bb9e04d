/**
 * Places for the values of a circuit. What only its own phrase reads needs none; of the others each has one from where it
 * is made until it was read for the last time. The place that was left last is taken first: it is still in the cache.
 * A circuit of a million gates with its gradient so needs a sixth of the room, and little of it at a time.
 */
import type { CircuitKernel } from "../../ir/kernel.ts";
import { longest, type Phrase, type Phrases } from "./phrases.ts";

export interface Slots {
  /** For each gate the number of its place, or -1. */
  readonly of: Int32Array;
  /** How many places there are. */
  readonly count: number;
}

export const slotsOf = (circuit: CircuitKernel, phrases: Phrases): Slots => {
  const last = lastReaders(circuit, phrases);
  const { kinds, gates, operands } = circuit;
  const of = new Int32Array(gates.length).fill(-1);
  const free = new Int32Array(gates.length);
  let [count, left, at] = [0, 0, 0];
  for (let gate = 0; gate < gates.length; gate++) {
    // A gate reads before it stores, and may store where it read.
    for (const end = at + kinds[gates[gate]!]!.types.length; at < end; at++) {
      const operand = operands[at]!;
      if (operand < 0 || last[operand] !== gate) continue;
      free[left++] = of[operand]!;
      // Once, although the gate may read it again.
      last[operand] = -1;
    }
    if (last[gate]! >= 0) of[gate] = left > 0 ? free[--left]! : count++;
  }
  return { of, count };
};

/** For each gate the last that reads it and stands in another phrase, -1 where none does; of what is a result a number behind all gates. */
const lastReaders = ({ kinds, gates, operands, stores }: CircuitKernel, { all, text }: Phrases): Int32Array => {
  const last = new Int32Array(gates.length).fill(-1);
  let [gate, at] = [0, 0];
  for (const phrase of text) {
    const first = gate;
    for (const end = gate + all[phrase]!.length; gate < end; gate++) {
      for (const next = at + kinds[gates[gate]!]!.types.length; at < next; at++) {
        const operand = operands[at]!;
        if (operand >= 0 && operand < first) last[operand] = gate;
      }
    }
  }
  for (const store of stores) last[store.gate] = gates.length;
  return last;
};

/** A phrase, and for each of its values whether it goes to memory. */
export interface Variant {
  readonly phrase: Phrase;
  readonly stored: readonly boolean[];
}

export interface Variants {
  readonly all: readonly Variant[];
  /** The circuit as numbers of variants. */
  readonly text: Int32Array;
}

/** Phrases are variants by what has a place. A variant that is rare is the one that stores everything, of what nobody reads too. */
export const variantsOf = ({ all, text }: Phrases, { of }: Slots): Variants => {
  const wanted = new Int32Array(text.length);
  const counts = new Int32Array(all.length << longest);
  let gate = 0;
  for (let i = 0; i < text.length; i++) {
    let variant = text[i]!;
    for (let places = 0; places < longest; places++) variant = 2 * variant + Number(places < all[text[i]!]!.length && of[gate++]! >= 0);
    wanted[i] = variant;
    counts[variant]!++;
  }
  const least = text.length / mostVariants;
  const numbers = new Int32Array(counts.length).fill(-1);
  const found: Variant[] = [];
  const numbered = wanted.map((variant) => {
    const chosen = counts[variant]! >= least ? variant : variant | (2 ** longest - 1);
    if (numbers[chosen]! < 0) {
      const phrase = all[chosen >> longest]!;
      numbers[chosen] = found.push({ phrase, stored: phrase.map((_, place) => ((chosen >> (longest - 1 - place)) & 1) === 1) }) - 1;
    }
    return numbers[chosen]!;
  });
  return { all: found, text: numbered };
};

/** Variants that are not the one that stores everything, at most. */
const mostVariants = 512;
