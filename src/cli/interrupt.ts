/**
 * Signals. While a command computes nothing is done about them: Node ends the process at once, and nothing is half-written
 * because files are written aside. While it waits for input it ends with the code that shells use; a training finishes
 * its step first.
 */

/** Signals that ask a process to end, and the exit code of one that did: 128 + the signal's number. */
export const stopCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

export type StopSignal = keyof typeof stopCodes;
export type StopCode = (typeof stopCodes)[StopSignal];

/** The exit code after Ctrl-C. */
export const interruptedCode = stopCodes.SIGINT;

/** Until the returned function is called, Ctrl-C runs `before` and ends the process with 130. */
export const endOnInterrupt = (before: () => void = () => {}): (() => void) => {
  const end = (): void => {
    before();
    process.exit(interruptedCode);
  };
  process.once("SIGINT", end);
  return () => void process.removeListener("SIGINT", end);
};

export interface Ending {
  /** Fulfilled by the first signal that asks the process to end. */
  readonly asked: Promise<void>;
  /** From here on signals end the process again. */
  release(): void;
}

/** For a command that runs until it is told to stop, so that a signal is no failure. A second signal ends the process at once. */
export const noteEnding = (): Ending => {
  const signals = Object.keys(stopCodes) as StopSignal[];
  let release = (): void => {};
  const asked = new Promise<void>((resolve) => {
    const note = (): void => {
      release();
      resolve();
    };
    release = () => signals.forEach((each) => void process.removeListener(each, note));
    for (const each of signals) process.on(each, note);
  });
  return { asked, release };
};

export interface Stop {
  /** The signal that came, if one did. */
  readonly signal: StopSignal | undefined;
  /** From here on signals end the process again. */
  release(): void;
}

/** Notes the first signal instead of ending the process; a second one ends it at once. */
export const noteStop = (): Stop => {
  let signal: StopSignal | undefined;
  const signals = Object.keys(stopCodes) as StopSignal[];
  const release = (): void => signals.forEach((each) => void process.removeListener(each, note));
  const note = (came: NodeJS.Signals): void => {
    signal = came as StopSignal;
    release();
  };
  for (const each of signals) process.on(each, note);
  return {
    get signal() {
      return signal;
    },
    release,
  };
};
