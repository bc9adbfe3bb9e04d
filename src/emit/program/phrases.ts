/**
 * Gates that follow each other again and again, as phrases: the loop that reads a table branches once for each, and what
 * one gate of a phrase gives to another needs no memory. Phrases are learnt from a sample of the circuit, and are found in
 * all of it from its beginning, the longest that fits each time. They change no number.
 */
import type { CircuitKernel } from "../../ir/kernel.ts";

/** A gate of a phrase: its kind, and for each operand the number of an earlier gate of the phrase, or -1 for one from the table. */
export interface PhraseGate {
  readonly kind: number;
  readonly operands: readonly number[];
}

export type Phrase = readonly PhraseGate[];

export interface Phrases {
  readonly all: readonly Phrase[];
  /** The circuit from its first gate to its last, as numbers of phrases. */
  readonly text: Int32Array;
}

/** Gates of one phrase at most; and how many phrases of two or more are kept. */
export const longest = 8;
const mostKept = 128;

/** Candidates that are tried on the sample. */
const mostTried = 512;

/** Gates that are looked at to learn phrases, in pieces from all over the circuit; a phrase must begin at one in so many of them. */
const sampled = 16_384;
const pieces = 16;
const rarest = 400;

/** More operands make no phrase. */
const mostOperands = 3;

/** `joins`: whether gates of a kind may stand in a phrase of several. */
export const phrasesOf = (circuit: CircuitKernel, joins: (kind: number) => boolean): Phrases => {
  const reader = new Reader(circuit, joins);
  const tried = best(reader.counted(), mostTried);
  reader.keep(tried);
  const used = reader.usedInSample();
  reader.keep(best(tried.map((node) => ({ ...node, count: used.get(node.state) ?? 0 })), mostKept));
  return reader.text();
};

/** A place in the tree of all phrases: what was read on the way to it. */
interface Place {
  readonly state: number;
  readonly gates: Phrase;
  readonly count: number;
}

/** Those that spare the most branches. */
const best = (places: readonly Place[], most: number): readonly Place[] =>
  [...places].sort((a, b) => b.count * (b.gates.length - 1) - a.count * (a.gates.length - 1) || a.state - b.state).slice(0, most).filter(({ count }) => count > 0);

class Reader {
  readonly #circuit: CircuitKernel;
  /** Of each kind the number of operands, and whether it joins others. */
  readonly #counts: readonly number[];
  readonly #joins: readonly boolean[];
  /** Where the operands of each gate begin. */
  readonly #starts: Int32Array;
  /** From a state and a gate to the next state. */
  readonly #next = new Map<number, number>();
  /** By state: what was read on the way there, and how often. */
  readonly #phrases: Phrase[] = [[]];
  readonly #seen: number[] = [0];
  /** By state the phrase's own number, if it is kept. */
  #kept = new Map<number, number>();
  #all: Phrase[] = [];

  constructor(circuit: CircuitKernel, joins: (kind: number) => boolean) {
    this.#circuit = circuit;
    this.#counts = circuit.kinds.map(({ types }) => types.length);
    this.#joins = circuit.kinds.map(({ types }, kind) => types.length <= mostOperands && joins(kind));
    const { gates } = circuit;
    this.#starts = new Int32Array(gates.length);
    for (let gate = 0, at = 0; gate < gates.length; gate++) {
      this.#starts[gate] = at;
      at += this.#counts[gates[gate]!]!;
    }
  }

  /** The phrases of two gates or more in the sample that are not rare. */
  counted(): readonly Place[] {
    for (const [from, to] of this.#sample()) {
      for (let first = from; first < to; first++) {
        let state = 0;
        for (let gate = first; gate < Math.min(first + longest, to); gate++) {
          const symbol = this.#symbol(first, gate);
          if (symbol < 0) break;
          state = this.#next.get(state * symbols + symbol) ?? this.#grow(state, symbol, first, gate);
          this.#seen[state]!++;
        }
      }
    }
    const least = Math.max(4, Math.min(sampled, this.#circuit.gates.length) / rarest);
    return this.#phrases.flatMap((gates, state) => (gates.length > 1 && this.#seen[state]! >= least ? [{ state, gates, count: this.#seen[state]! }] : []));
  }

  /** From now on these are found, besides single gates. */
  keep(places: readonly Place[]): void {
    this.#all = this.#circuit.kinds.map((_, kind) => [{ kind, operands: new Array<number>(this.#counts[kind]!).fill(-1) }]);
    this.#kept = new Map(places.map(({ state, gates }) => [state, this.#all.push(gates) - 1]));
  }

  /** How often each kept phrase is found in the sample, by its state. */
  usedInSample(): ReadonlyMap<number, number> {
    const found = new Map<number, number>();
    for (const [from, to] of this.#sample()) {
      for (let gate = from; gate < to; ) {
        const { state, length } = this.#longest(gate, to);
        found.set(state, (found.get(state) ?? 0) + 1);
        gate += length;
      }
    }
    return found;
  }

  text(): Phrases {
    const { gates } = this.#circuit;
    const text = new Int32Array(gates.length);
    let length = 0;
    for (let gate = 0; gate < gates.length; ) {
      const found = this.#longest(gate, gates.length);
      text[length++] = found.length === 1 ? gates[gate]! : this.#kept.get(found.state)!;
      gate += found.length;
    }
    return { all: this.#all, text: text.subarray(0, length) };
  }

  #longest(first: number, end: number): { readonly state: number; readonly length: number } {
    let state = 0;
    let found = { state: -1, length: 1 };
    for (let gate = first; gate < Math.min(first + longest, end); gate++) {
      const symbol = this.#symbol(first, gate);
      const next = symbol < 0 ? undefined : this.#next.get(state * symbols + symbol);
      if (next === undefined) break;
      state = next;
      if (this.#kept.has(state)) found = { state, length: gate - first + 1 };
    }
    return found;
  }

  /** A gate as it is seen from the first of a phrase: its kind and which of its operands are there; -1 where it joins none. */
  #symbol(first: number, gate: number): number {
    const { gates, operands } = this.#circuit;
    const kind = gates[gate]!;
    if (!this.#joins[kind]) return -1;
    const [start, count] = [this.#starts[gate]!, this.#counts[kind]!];
    let symbol = kind;
    for (let i = 0; i < mostOperands; i++) symbol = symbol * (longest + 1) + (i < count ? Math.max(0, operands[start + i]! - first + 1) : 0);
    return symbol;
  }

  #grow(state: number, symbol: number, first: number, gate: number): number {
    const { gates, operands } = this.#circuit;
    const kind = gates[gate]!;
    const start = this.#starts[gate]!;
    const own = Array.from(operands.subarray(start, start + this.#counts[kind]!), (operand) => Math.max(-1, operand - first));
    const next = this.#phrases.push([...this.#phrases[state]!, { kind, operands: own }]) - 1;
    this.#seen.push(0);
    this.#next.set(state * symbols + symbol, next);
    return next;
  }

  *#sample(): Iterable<readonly [from: number, to: number]> {
    const { length } = this.#circuit.gates;
    if (length <= sampled) return yield [0, length];
    const each = Math.floor(sampled / pieces);
    for (let piece = 0; piece < pieces; piece++) {
      const from = Math.floor((piece * (length - each)) / (pieces - 1));
      yield [from, from + each];
    }
  }
}

/** More than any gate's symbol, so that states and symbols make one number. */
const symbols = 2 ** 24;
