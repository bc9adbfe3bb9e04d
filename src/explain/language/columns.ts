/** Growing typed arrays: a program of a million lines keeps columns of numbers, not an object for each node. */

type Column = Int32Array | Uint8Array | Float64Array;

/** A column that grows by doubling; `done` gives what was pushed, without the slack. */
export class Growing<T extends Column> {
  length = 0;
  #data: T;
  readonly #make: (length: number) => T;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#data = make(64);
  }

  /** Appends, and gives the index of what was appended. */
  push(value: number): number {
    if (this.length === this.#data.length) {
      const wider = this.#make(this.length * 2);
      wider.set(this.#data);
      this.#data = wider;
    }
    this.#data[this.length] = value;
    return this.length++;
  }

  at(index: number): number {
    return this.#data[index]!;
  }

  set(index: number, value: number): void {
    this.#data[index] = value;
  }

  done(): T {
    return this.#data.slice(0, this.length) as T;
  }
}

export const growingInts = (): Growing<Int32Array> => new Growing((length) => new Int32Array(length));
export const growingBytes = (): Growing<Uint8Array> => new Growing((length) => new Uint8Array(length));
export const growingFloats = (): Growing<Float64Array> => new Growing((length) => new Float64Array(length));
