/** The numbers that go into a program's arena and come out of it, copied as seldom as can be. */
import type { TypedArray } from "../ir/dtype.ts";
import { Resident } from "./resident.ts";

/** Who has numbers. */
interface Origin {
  readonly values: TypedArray;
}

/** One number in every place. */
interface Fill {
  readonly value: number;
}

/** For an input: a number if its shape is [], numbers that nobody writes to any more, who has them, or what it is filled with. */
export type Given = number | TypedArray | Origin | Fill;

/** What is left of a result: a number if its shape is [], else who has its numbers. */
export type Result = number | Origin;

/** Where the numbers of a result lie, and of an input. */
export interface Place {
  readonly numbers: TypedArray;
  /** Whether the shape is []. */
  readonly isScalar: boolean;
}

export interface InputPlace extends Place {
  /** Whether the program may write over it; any other input stays there until it is given anew. */
  readonly isDonated: boolean;
}

/**
 * A result of fewer bytes is copied out at once: that costs less than to remember that it was not. One that lies where a
 * donated input does is likely to be given to the next run, and then need not be copied at all.
 */
const small = 1024;

export class Exchange {
  #inputs: readonly (InputPlace | undefined)[];
  readonly #unread: readonly number[];
  #results: readonly Place[];
  /** Of each result whether it is copied out at once. */
  readonly #atOnce: readonly boolean[];
  /** What lies in the place of each input that stays: it need not be copied again. */
  readonly #there: (Given | undefined)[];
  /** Whether what was given to each input already lay in its place. */
  readonly #stayed: boolean[];
  /** What is to be copied into each place. */
  readonly #waiting: (TypedArray | Fill | undefined)[];
  // No weak references: looking at one keeps what it refers to alive until the script waits for something.
  readonly #made: Result[] = [];
  /** Whether some of what was made lies in the arena. */
  #isLeft = false;

  /** `inputs`: nothing for one that the program does not need; `unread`: which of those are given away all the same. */
  constructor(inputs: readonly (InputPlace | undefined)[], results: readonly Place[], unread: readonly number[] = []) {
    this.#inputs = whereResultsLie(inputs, results);
    this.#unread = unread;
    this.#results = results;
    const taken = new Set(inputs.flatMap((input) => (input?.isDonated ? [input.numbers.byteOffset] : [])));
    this.#atOnce = results.map(({ numbers }) => numbers.byteLength < small && !taken.has(numbers.byteOffset));
    this.#there = inputs.map(() => undefined);
    this.#stayed = inputs.map(() => false);
    this.#waiting = inputs.map(() => undefined);
  }

  /** Before a run: every input in its place. What is given to a donated one is given away. */
  put(given: ArrayLike<Given>): void {
    const inputs = this.#inputs;
    let onlyNumbers = true;
    for (let i = 0; i < inputs.length; i++) {
      if (typeof given[i] === "number") continue;
      onlyNumbers = false;
      this.#waiting[i] = this.#missing(i, given[i] as Exclude<Given, number>);
    }
    // Everything in the arena has been read that will be written over, or is given away with this run.
    if (!onlyNumbers) {
      for (let i = 0; i < inputs.length; i++) {
        const value = given[i];
        if (inputs[i]?.isDonated && value instanceof Resident) value.giveAway();
      }
    }
    for (const i of this.#unread) {
      const value = given[i];
      if (value instanceof Resident) value.giveAway();
    }
    if (this.#isLeft) this.#leave();
    for (let i = 0; i < inputs.length; i++) {
      const place = inputs[i];
      if (place === undefined) continue;
      const value = given[i]!;
      if (typeof value === "number") place.numbers[0] = value;
      else {
        const waiting = this.#waiting[i];
        this.#stayed[i] = waiting === undefined;
        if (waiting !== undefined) put(place.numbers, waiting);
        this.#waiting[i] = undefined;
        if (!place.isDonated) this.#there[i] = value;
      }
    }
  }

  /** As `put`, where every input is one number. */
  putNumbers(given: Float64Array): void {
    if (this.#isLeft) return this.put(given);
    const inputs = this.#inputs;
    for (let i = 0; i < inputs.length; i++) {
      const place = inputs[i];
      if (place !== undefined) place.numbers[0] = given[i]!;
    }
  }

  /** As `take`: the numbers of all results, end to end. */
  takeNumbers(to: Float64Array): void {
    const results = this.#results;
    let at = 0;
    for (let i = 0; i < results.length; i++) {
      const { numbers, isScalar } = results[i]!;
      if (isScalar) to[at++] = numbers[0]!;
      else {
        to.set(numbers, at);
        at += numbers.length;
      }
    }
  }

  /** After a run: the results, in order, in an array that the next run fills anew. */
  take(): readonly Result[] {
    const [results, made] = [this.#results, this.#made];
    for (let i = 0; i < results.length; i++) {
      const { numbers, isScalar } = results[i]!;
      if (isScalar) made[i] = numbers[0]!;
      else if (this.#atOnce[i]) made[i] = { values: numbers.slice() };
      else {
        made[i] = new Resident(numbers);
        this.#isLeft = true;
      }
    }
    return made;
  }

  /**
   * After a run that was lost, and its memory with it: what was given to it, and the results, in places of a new one.
   * `isSpoiled`: whether the run may have written over an input. Comes back with the first input whose numbers are lost.
   */
  moveTo(inputs: readonly (InputPlace | undefined)[], results: readonly Place[], given: ArrayLike<Given>, isSpoiled: (input: number) => boolean): number | undefined {
    const before = this.#inputs;
    this.#inputs = whereResultsLie(inputs, results);
    this.#results = results;
    this.#there.fill(undefined);
    for (let i = 0; i < inputs.length; i++) {
      const place = inputs[i];
      if (place === undefined) continue;
      const value = given[i]!;
      if (typeof value === "number") place.numbers[0] = value;
      else if (place.isDonated && this.#stayed[i]) {
        if (isSpoiled(i)) return i;
        place.numbers.set(before[i]!.numbers);
      } else {
        put(place.numbers, numbersIn(value));
        if (!place.isDonated) this.#there[i] = value;
      }
    }
    return undefined;
  }

  /** Whoever still has results of the last run has them in memory of their own from now on. */
  #leave(): void {
    const made = this.#made;
    for (let i = 0; i < made.length; i++) {
      const result = made[i];
      if (result instanceof Resident) result.leave();
    }
    this.#isLeft = false;
  }

  /** The numbers of an input, unless they lie in its place. */
  #missing(i: number, value: Exclude<Given, number>): TypedArray | Fill | undefined {
    const place = this.#inputs[i];
    if (place === undefined || value === this.#there[i]) return undefined;
    if (value instanceof Resident && value.liesAt(place.numbers)) return undefined;
    return numbersIn(value);
  }
}

/** An input that lies where a result does is seen through the same array: then two references say whether it is there already. */
const whereResultsLie = (inputs: readonly (InputPlace | undefined)[], results: readonly Place[]): readonly (InputPlace | undefined)[] => {
  const at = new Map(results.map(({ numbers }) => [numbers.byteOffset, numbers] as const));
  return inputs.map((input) => {
    const numbers = input && at.get(input.numbers.byteOffset);
    const isSame = numbers?.length === input?.numbers.length && numbers?.constructor === input?.numbers.constructor;
    return input && numbers && isSame ? { ...input, numbers } : input;
  });
};

const numbersIn = (value: Exclude<Given, number>): TypedArray | Fill =>
  "values" in value && !ArrayBuffer.isView(value) ? value.values : (value as TypedArray | Fill);

const put = (place: TypedArray, numbers: TypedArray | Fill): void => void (ArrayBuffer.isView(numbers) ? place.set(numbers) : place.fill(numbers.value));
