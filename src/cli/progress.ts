/** Progress: on a terminal a picture that is redrawn, with the time that is left; elsewhere a plain line now and then. */
import type { Output } from "./io.ts";

/** How far something is. */
export interface Progressed {
  readonly done: number;
  readonly all: number;
  /** What is counted. Default "step". */
  readonly unit?: string;
  /** How much was done when this process began: the time that is left follows from the rest. */
  readonly before?: number;
  /** Since this process began. */
  readonly seconds: number;
}

export interface Progress {
  /** There is news. `text` is a line that can stand alone; `details` come below it where there is room, and are made only when drawn. */
  show(text: string, at: Progressed, details?: () => readonly string[]): void;
  /** It goes on, and there is no news. */
  move(at: Progressed): void;
  /** The last news stays as it is, without details, on a line of its own; may be called twice. */
  end(): void;
}

/** How many lines a whole run writes where nothing can be redrawn, unless it takes long. */
const plainLines = 10;

/** Where nothing can be redrawn, somebody may still be waiting to see that it goes on. */
const plainSeconds = 30;

/** Milliseconds between pictures. */
const pause = 100;

/** Without an output nothing is shown. */
export const createProgress = (output: Output | undefined): Progress => {
  if (output === undefined) return { show: () => {}, move: () => {}, end: () => {} };
  return output.isTTY ? redrawn(output) : plain(output);
};

const plain = (output: Output): Progress => {
  let [part, spoke] = [-1, 0];
  let unwritten: string | undefined;
  return {
    show: (text, { done, all, seconds }) => {
      const now = Math.floor((done * plainLines) / Math.max(1, all));
      unwritten = now === part ? text : undefined;
      if (now === part) return;
      output.write(`${text}\n`);
      [part, spoke] = [now, seconds];
    },
    move: ({ done, all, seconds, unit = "step" }) => {
      if (seconds - spoke < plainSeconds) return;
      output.write(`${unit} ${done} of ${all}\n`);
      spoke = seconds;
    },
    end: () => {
      if (unwritten !== undefined) output.write(`${unwritten}\n`);
      unwritten = undefined;
    },
  };
};

const redrawn = (output: Output): Progress => {
  let [height, drawn] = [0, -Infinity];
  let last: string | undefined;
  let more: () => readonly string[] = () => [];
  const picture = (at: Progressed): void => {
    if (last === undefined || (performance.now() - drawn < pause && at.done < at.all)) return;
    drawn = performance.now();
    draw([last, barOf(at), ...more()].slice(0, (output.rows ?? 24) - 1));
  };
  const draw = (lines: readonly string[]): void => {
    const up = height > 1 ? `\u001b[${height - 1}A` : "";
    // Each line is cut to the terminal's width: one that wraps would not be found again.
    const width = (output.columns ?? 80) - 1;
    output.write(`${height === 0 ? "" : `\r${up}\u001b[J`}${lines.map((line) => line.slice(0, width)).join("\n")}`);
    height = lines.length;
  };
  return {
    show: (text, at, details = () => []) => {
      [last, more] = [text, details];
      picture(at);
    },
    move: picture,
    end: () => {
      if (last === undefined) return;
      draw([last]);
      output.write("\n");
      [height, last] = [0, undefined];
    },
  };
};

const barWidth = 30;

const barOf = ({ done, all, before = 0, seconds, unit = "step" }: Progressed): string => {
  const share = all === 0 ? 1 : done / all;
  const filled = Math.floor(share * barWidth);
  const left = done <= before || done === all ? "" : `  ${timeText((seconds / (done - before)) * (all - done))} left`;
  return `${"█".repeat(filled)}${"░".repeat(barWidth - filled)} ${String(Math.floor(100 * share)).padStart(3)}%  ${unit} ${done} of ${all}${left}`;
};

const timeText = (seconds: number): string => {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  return whole < 3600 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
};
