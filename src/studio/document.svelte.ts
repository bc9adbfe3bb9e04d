/** The state of one page with its history: what a page's component reads and changes. */
import { begin, changed, moved, redone, settled, undone, type History } from "./history.ts";

/** One field of a state, for those who read it alone. */
class Field<T> {
  value: T = $state.raw()!;

  constructor(value: T) {
    this.value = value;
  }
}

export class Document<S> {
  #now: History<S>;
  readonly #fields = new Map<keyof S, Field<unknown>>();

  constructor(initial: S) {
    this.#now = $state.raw(begin(initial));
  }

  get #history(): History<S> {
    return this.#now;
  }

  set #history(next: History<S>) {
    this.#now = next;
    for (const [name, field] of this.#fields) field.value = next.present[name];
  }

  get state(): S {
    return this.#history.present;
  }

  /**
   * One field of the state. Whoever reads it hears of its own changes alone: a slider, which changes the inputs at every
   * frame, then wakes nothing that reads the program. `state` wakes its readers at every change of anything. To be asked
   * for before anything that reads it is computed: a signal that is made while another is computed is none of what that one depends on.
   */
  field<K extends keyof S>(name: K): { readonly value: S[K] } {
    const field = this.#fields.get(name) ?? new Field<unknown>(this.state[name]);
    this.#fields.set(name, field);
    return field as Field<S[K]>;
  }

  get canUndo(): boolean {
    return this.#history.past.length > 0;
  }

  get canRedo(): boolean {
    return this.#history.future.length > 0;
  }

  /** A change that can be undone; those with the same `by` in a row are undone together. */
  change(part: Partial<S>, by?: string): void {
    this.#history = changed(this.#history, { ...this.state, ...part }, by);
  }

  /** A change that undo passes over: what is looked at, not what is there. */
  move(part: Partial<S>): void {
    this.#history = moved(this.#history, { ...this.state, ...part });
  }

  /** Ends a row of changes: the next one is undone alone. */
  settle(): void {
    this.#history = settled(this.#history);
  }

  undo(): void {
    this.#history = undone(this.#history);
  }

  redo(): void {
    this.#history = redone(this.#history);
  }

  /** Another state altogether, such as that of a link that was opened; undo leads back. */
  replace(state: S): void {
    this.#history = changed(this.#history, state);
  }
}
