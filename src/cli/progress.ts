/** Progress: on a terminal one line that is redrawn, with the time that is left; elsewhere a plain line now and then. */
import type { Output } from "./io.ts";

export interface Progress {
  /** `text` after `done` of `all` parts, `seconds` after the start. */
  show(text: string, done: number, all: number, seconds: number): void;
  /** Leaves the last line as it is and goes to the next; may be called twice. */
  end(): void;
}

/** How many lines a whole run writes where nothing can be redrawn. */
const plainLines = 10;
const clearLine = "\r\u001b[K";

/** Without an output nothing is shown. */
export const createProgress = (output: Output | undefined): Progress => {
  if (output === undefined) return { show: () => {}, end: () => {} };
  if (!output.isTTY) {
    return {
      show: (text, done, all) => {
        const part = (n: number) => Math.floor((n * plainLines) / Math.max(1, all));
        if (done === 0 || part(done) > part(done - 1)) output.write(`${text}\n`);
      },
      end: () => {},
    };
  }
  let drawn = false;
  return {
    show: (text, done, all, seconds) => {
      const left = done === 0 || done === all ? "" : `  ${timeText((seconds / done) * (all - done))} left`;
      output.write(clearLine + (text + left).slice(0, (output.columns ?? 80) - 1));
      drawn = true;
    },
    end: () => {
      if (drawn) output.write("\n");
      drawn = false;
    },
  };
};

const timeText = (seconds: number): string => {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
};
