/** The user's file as the server has it now; the page changes when the file does. */
import type { ServedModel } from "../../explain/served.types.ts";
import type { Reading } from "../circuit/model.ts";
import { readingOf } from "./reading.ts";

export class ServedFile {
  model: ServedModel | undefined = $state.raw();
  /** Why nothing can be shown: the address has no cookie, or the server has ended. */
  trouble = $state("");
  /** The entry that is opened as a circuit of numbers; empty: none. */
  entry = $state("");
  #known: { readonly revision: number; readonly entry: string; readonly reading: Reading } | undefined;

  /** Listens until the returned function is called. */
  listen(): () => void {
    const source = new EventSource("model/changes");
    source.addEventListener("model", (event) => {
      this.model = JSON.parse((event as MessageEvent<string>).data) as ServedModel;
      this.trouble = "";
    });
    // The browser connects again by itself, unless the server has refused.
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) this.trouble = "The file is shown by the address that chainrule studio printed when it started, complete with its token.";
      else this.trouble = "chainrule studio has ended or cannot be reached: what is shown here is the file as it last was.";
    };
    return () => source.close();
  }

  /** The program of the last version that could be read; the same object as long as it is the same. */
  readonly reading: Reading = $derived.by(() => {
    const { revision, program } = this.model!;
    const { entry } = this;
    if (this.#known?.revision !== revision || this.#known.entry !== entry) this.#known = { revision, entry, reading: readingOf(program, entry) };
    return this.#known.reading;
  });
}
