/**
 * Ctrl-C. While a command computes nothing is done about it: Node ends the process at once, and nothing is half-written
 * because files are written aside. While it waits (for input, between epochs) it ends with the code that shells use.
 */

/** 128 + the number of SIGINT. */
export const interruptedCode = 130;

/** Until the returned function is called, Ctrl-C runs `before` and ends the process with 130. */
export const endOnInterrupt = (before: () => void = () => {}): (() => void) => {
  const end = (): void => {
    before();
    process.exit(interruptedCode);
  };
  process.once("SIGINT", end);
  return () => void process.removeListener("SIGINT", end);
};
