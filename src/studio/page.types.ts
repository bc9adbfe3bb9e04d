/** What a page of the studio is to the shell. */
import type { Component } from "svelte";
import type { Document } from "./document.svelte.ts";

export interface Page<S> {
  /** Its name in the link: letters alone. */
  readonly name: string;
  readonly title: string;
  /** The name of the page whose document this one shows, too; absent: its own. */
  readonly shares?: string;
  /** The state that it opens in. */
  readonly initial: S;
  /**
   * A state out of data that may be anything; `undefined` where it is none. It is called with what links carry, so it must
   * believe nothing and bound everything.
   */
  readonly read: (data: unknown) => S | undefined;
  /** The state as JSON can carry it, for the link; `read` gives it back. */
  readonly write: (state: S) => unknown;
  readonly load: () => Promise<{ readonly default: Component<{ document: Document<S> }> }>;
}

/** The component of a page whose state the shell does not look into. */
export type PageComponent = Component<{ document: Document<unknown> }>;
