/** The state of one page with its history: what a page's component reads and changes. */
import { begin, changed, moved, redone, settled, undone, type History } from "./history.ts";

export class Document<S> {
  #history: History<S>;

  constructor(initial: S) {
    this.#history = $state.raw(begin(initial));
  }

  get state(): S {
    return this.#history.present;
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
