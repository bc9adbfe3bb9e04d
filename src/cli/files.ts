/** Files as users give them: read within bounds, with one clear error each, and written all at once or not at all. */
import {
  closeSync,
  constants,
  createReadStream,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { Diagnostic } from "../ir/diagnostic.ts";
import { nearest } from "../ir/nearest.ts";
import { checkFileSize } from "../explain/language/too-large.ts";
import { endOnInterrupt, interruptedCode } from "./interrupt.ts";
import type { Io } from "./io.ts";

/** What a path leads to, or undefined if to nothing. */
export const lookUp = (path: string, io: Io): Stats | undefined => {
  try {
    return statSync(resolve(io.folder, path), { throwIfNoEntry: false });
  } catch {
    // A text that can be no path at all (a name too long, a file where a folder should be) leads nowhere either.
    return undefined;
  }
};

/** The sentence for a path that leads nowhere. */
export const missingFile = (path: string, io: Io): Diagnostic => {
  const folder = dirname(resolve(io.folder, path));
  let help: string | undefined;
  try {
    const near = nearest(basename(path), readdirSync(folder));
    if (near !== undefined) help = `did you mean ${near}?`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") return unreadable(path, error);
    help = `there is no folder ${dirname(path)} either`;
  }
  return new Diagnostic("missing-file", `There is no file ${path}.`, { help });
};

export const isFolder = (path: string): Diagnostic => new Diagnostic("not-a-file", `${path} is a folder, not a file.`);

/** Refuses a size that is too large for what is read. */
type SizeCheck = (bytes: number, name: string) => void;

/**
 * The bytes of a file; `check` refuses its size before it is read.
 * @throws Diagnostic `missing-file`, `not-a-file`, `unreadable-file`, and what `check` throws
 */
export const readBytes = async (path: string, io: Io, check: SizeCheck): Promise<Uint8Array> => {
  const stats = lookUp(path, io);
  if (stats === undefined) throw missingFile(path, io);
  if (stats.isDirectory()) throw isFolder(path);
  check(stats.size, path);
  try {
    const full = resolve(io.folder, path);
    // A pipe has no size: its bytes are counted as they come.
    return stats.isFile() ? readFileSync(full) : await gather(createReadStream(full), path, check);
  } catch (error) {
    throw error instanceof Diagnostic ? error : unreadable(path, error);
  }
};

/**
 * The text of a file; of a program unless another `check` of its size is given.
 * @throws Diagnostic `missing-file`, `not-a-file`, `file-too-large`, `unreadable-file`, `not-text`
 */
export const readText = async (path: string, io: Io, check: SizeCheck = checkFileSize): Promise<string> =>
  decode(await readBytes(path, io, check), path);

/** All of standard input. */
export const readInput = async (io: Io, check: SizeCheck = checkFileSize): Promise<string> => {
  const done = endOnInterrupt();
  const bytes = await gather(io.in.chunks(), "standard input", check);
  done();
  return decode(bytes, "standard input");
};

const gather = async (chunks: AsyncIterable<Uint8Array>, name: string, check: SizeCheck): Promise<Uint8Array> => {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    check(size, name);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
};

const decode = (bytes: Uint8Array, name: string): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Diagnostic("not-text", `${name} is not text: it has bytes that are no UTF-8.`, {
      help: "save it as UTF-8",
      cause: error,
    });
  }
};

const reasons = new Map([
  ["EACCES", "you have no permission"],
  ["EPERM", "you have no permission"],
  ["ENOENT", "there is no such folder"],
  ["ENOTDIR", "a part of its path is no folder"],
  ["EISDIR", "it is a folder"],
  ["ENOSPC", "the disk is full"],
  ["EROFS", "the disk is read-only"],
  ["ENAMETOOLONG", "the name is too long"],
]);

const reasonOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  return reasons.get(code ?? "") ?? message;
};

export const unreadable = (path: string, error: unknown): Diagnostic =>
  new Diagnostic("unreadable-file", `${path} cannot be read: ${reasonOf(error)}.`, { cause: error });

export const cannotWrite = (path: string, error: unknown): Diagnostic =>
  new Diagnostic("cannot-write", `${path} cannot be written: ${reasonOf(error)}.`, { cause: error });

/**
 * Writes a text aside and puts it in the file's place when it is complete: whoever looks sees the old file or the new
 * one. Ctrl-C in between waits until this is done.
 * @throws Diagnostic `cannot-write`
 */
export const writeText = async (path: string, text: string, io: Io): Promise<void> => {
  const interrupted = { yes: false };
  const note = (): void => void (interrupted.yes = true);
  process.on("SIGINT", note);
  try {
    replaceFile(resolve(io.folder, path), text);
  } catch (error) {
    throw cannotWrite(path, error);
  } finally {
    // The signal is delivered by the event loop, which must turn once.
    await new Promise((done) => setImmediate(done));
    process.removeListener("SIGINT", note);
  }
  if (interrupted.yes) process.exit(interruptedCode);
};

/**
 * Writes aside, waits until the disk has it, and puts it in the file's place: the old content or the new, never neither.
 * `path` is complete; whoever calls makes a Diagnostic of what is thrown.
 */
export const replaceFile = (path: string, content: string | Uint8Array): void => {
  const before = statSync(path, { throwIfNoEntry: false });
  // A device or a pipe has no place to be put into.
  if (before !== undefined && !before.isFile()) {
    const device = openSync(path, constants.O_WRONLY);
    writeFileSync(device, content);
    closeSync(device);
    return;
  }
  // Behind a link the file itself is replaced, not the link.
  const target = before === undefined ? path : realpathSync(path);
  const aside = `${target}.${process.pid}${asideEnding}`;
  try {
    const file = openSync(aside, "wx", before === undefined ? 0o666 : before.mode & 0o777);
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, target);
    syncFolder(dirname(target));
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
};

/** How the names of files end that are being written. */
export const asideEnding = ".part";

/** A new name is safe only when the folder that lists it is on the disk, too. */
export const syncFolder = (folder: string): void => {
  // Windows opens no folders, and keeps its names by itself.
  if (process.platform === "win32") return;
  const opened = openSync(folder, "r");
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
};
