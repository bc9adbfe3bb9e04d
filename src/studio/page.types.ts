/** What a page of the studio is to the shell. */
import type { Component } from "svelte";
import type { Document } from "./document.svelte.ts";

/** The state of a page: what its `state.ts` exports. */
export interface PageState<S> {
  /** The state that it opens in. */
  readonly initial: S;
  /**
   * A state out of data that may be anything; `undefined` where it is none. It is called with what links carry, so it must
   * believe nothing and bound everything.
   */
  readonly readState: (data: unknown) => S | undefined;
  /** The state as JSON can carry it, for the link; `readState` gives it back. */
  readonly linkData: (state: S) => unknown;
}

/** A page that is loaded; the shell does not look into its state. */
export interface LoadedPage extends PageState<unknown> {
  readonly component: Component<{ document: Document<unknown> }>;
}

export interface Page {
  /** Its name in the link: letters alone. */
  readonly name: string;
  readonly title: string;
  /** The name of the page whose document this one shows, too; absent: its own. */
  readonly shares?: string;
  readonly load: () => Promise<LoadedPage>;
}
