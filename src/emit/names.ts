/** Names for printed code: legal in the language, each given out once, as near as can be to what the user called it. */

/** The name with everything that no identifier may hold replaced; compatibility forms are equal, as Python has it. */
const legal = (name: string): string => {
  const plain = name.normalize("NFKC").replace(/[^\p{XID_Continue}]/gu, "_");
  return /^[\p{XID_Start}_]/u.test(plain) ? plain : `_${plain}`;
};

export class Names {
  readonly #taken: Set<string>;
  readonly #counts = new Map<string, number>();

  constructor(reserved: Iterable<string>) {
    this.#taken = new Set(reserved);
  }

  /** `x`, `y_1` for `y@1`, and `x_1` or the like where `x` is taken. */
  take(wanted: string): string {
    const name = legal(wanted);
    return this.#free(name) ? this.#give(name) : this.#next(`${name}_`);
  }

  /** `exp1`, `exp2`, ...: short names for what has none. */
  numbered(word: string): string {
    return this.#next(legal(word));
  }

  #next(prefix: string): string {
    let count = this.#counts.get(prefix) ?? 0;
    do count++;
    while (!this.#free(`${prefix}${count}`));
    this.#counts.set(prefix, count);
    return this.#give(`${prefix}${count}`);
  }

  #free(name: string): boolean {
    return !this.#taken.has(name);
  }

  #give(name: string): string {
    this.#taken.add(name);
    return name;
  }
}
