/**
 * Numbers that a program left in its arena. They are copied out when somebody reads them, and at the latest before the
 * program runs again, unless they were given to that run: then they stay where they are, for the program to write over.
 */
import { Diagnostic } from "../ir/diagnostic.ts";
import { copiedTo, type TypedArray } from "../ir/dtype.ts";

export class Resident {
  #place: TypedArray | undefined;
  #values: TypedArray | undefined;

  constructor(place: TypedArray) {
    this.#place = place;
  }

  /** The numbers, as an array that nobody writes to. */
  get values(): TypedArray {
    this.#values ??= this.copy();
    return this.#values;
  }

  /** The numbers, for somebody who may write to them. Nothing else is kept: who reads a result and gives it away has it copied once. */
  copy(into?: TypedArray): TypedArray {
    const from = this.#values ?? this.#place;
    if (from === undefined) throw givenAway("this tensor");
    return copiedTo(into, from);
  }

  /** Whether the numbers are still where this array, the very one that it was made of, looks. */
  liesAt(place: TypedArray): boolean {
    return this.#place === place;
  }

  /** The arena is about to be written. */
  leave(): void {
    if (this.#place !== undefined) void this.values;
    this.#place = undefined;
  }

  /** Nobody reads them again. */
  giveAway(): void {
    this.#place = undefined;
  }
}

/** What reading a tensor says that a compiled function was allowed to write over. */
export const givenAway = (name: string): Diagnostic =>
  new Diagnostic("given-away", `${name} was given to a compiled function that may write over it (donate), and has no value any more`, {
    help: "go on with what the function returned, or leave this argument out of donate",
  });
