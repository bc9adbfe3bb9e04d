/** A mistake that was found in a text and has no words yet, so that whoever reads right programs need not load them. */
import type { Diagnostic } from "../../ir/diagnostic.ts";
import type * as mistakes from "./mistakes.ts";

/** What there is to say: everything in `mistakes.ts`. */
export type Sentences = typeof mistakes;

export class Mistake extends Error {
  readonly say: (sentences: Sentences) => Diagnostic;

  constructor(say: (sentences: Sentences) => Diagnostic) {
    super("a mistake in a text");
    this.say = say;
  }
}
