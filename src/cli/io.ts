/**
 * All that a command sees of the world outside: the folder it stands in, the environment, and three streams. A test
 * hands in its own and calls `run` without a process; `processIo` is the real one.
 */

/** Where text goes. A terminal can be redrawn and has a width; a file or a pipe cannot. */
export interface Output {
  /** A promise where the reader is slower than the writer: who writes much waits for it, or all of it piles up in memory. */
  write(text: string): void | Promise<void>;
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  readonly rows?: number | undefined;
}

/** Where text comes from: chunks as they arrive. On a terminal one chunk is one line, ended with Enter. */
export interface Input {
  readonly isTTY: boolean;
  chunks(): AsyncIterable<Uint8Array>;
}

export interface Io {
  /** Relative paths start here. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly in: Input;
  readonly out: Output;
  readonly err: Output;
}

const outputOf = (stream: NodeJS.WriteStream): Output => {
  // One wait for all who write meanwhile: not everyone waits for it.
  let drained: Promise<void> | undefined;
  const wait = (): Promise<void> =>
    new Promise((resolve) => {
      stream.once("drain", () => {
        drained = undefined;
        resolve();
      });
    });
  return {
    write: (text) => (stream.write(text) ? undefined : (drained ??= wait())),
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.isTTY === true ? stream.columns : undefined;
    },
    get rows() {
      return stream.isTTY === true ? stream.rows : undefined;
    },
  };
};

/** The streams of this process. Standard input is opened when it is first read: opening it costs start-up time. */
export const processIo = (): Io => ({
  folder: process.cwd(),
  env: process.env,
  in: {
    get isTTY() {
      return process.stdin.isTTY === true;
    },
    chunks: () => process.stdin,
  },
  out: outputOf(process.stdout),
  err: outputOf(process.stderr),
});
