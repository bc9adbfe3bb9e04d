/** Mistakes with their sentences, for whoever has these at hand. */
import { Mistake } from "./mistake.ts";
import * as sentences from "./mistakes.ts";

/**
 * What `read` returns.
 * @throws Diagnostic where it throws a mistake
 */
export const explained = <T>(read: () => T): T => {
  try {
    return read();
  } catch (error) {
    throw error instanceof Mistake ? error.say(sentences) : error;
  }
};
