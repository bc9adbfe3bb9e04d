/**
 * The folder of a run on disk. What is in it is always whole: files are replaced, never written over; lines are only
 * added to `metrics.jsonl`, and how many of them count is written with the checkpoint.
 */
import { closeSync, fsyncSync, ftruncateSync, fstatSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { Diagnostic } from "../ir/diagnostic.ts";
import { nearest } from "../ir/nearest.ts";
import { readCheckpoint, writeCheckpoint, writeWeights, type Checkpoint } from "../train/checkpoint.ts";
import type { Position } from "../train/fit.ts";
import { readSettings } from "../train/read-settings.ts";
import { identityOf, runFiles, type RunSettings } from "../train/run.ts";
import { asideEnding, cannotWrite, lookUp, readBytes, readText, replaceFile } from "./files.ts";
import type { Io } from "./io.ts";
import { lockFile, lockFolder } from "./lock.ts";
import { jsonLine, jsonText } from "./output.ts";

/** A run folder that this process may write to. */
export interface RunFolder {
  /** As people wrote it. */
  readonly path: string;
  /** Adds an event to the metrics. */
  note(event: unknown): void;
  /** Keeps a position: checkpoint, weights, and that the metrics so far belong to it. */
  keep(position: Position<unknown>): void;
  /** Lets others in. */
  close(): void;
}

/** A folder that is there and locked, before its checkpoint is read. */
export interface OpenFolder {
  readonly path: string;
  readonly full: string;
  readonly unlock: () => void;
}

const own = new Set<string>([...Object.values(runFiles), lockFile]);
const isOwn = (name: string): boolean => own.has(name) || name.endsWith(asideEnding);

const entriesOf = (full: string): readonly string[] => {
  try {
    return readdirSync(full);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
};

/** Whatever the file system throws, said of this path. */
const writing = <T>(path: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw error instanceof Diagnostic ? error : cannotWrite(path, error);
  }
};

/**
 * Makes a folder for a new run, or takes an empty one, and locks it.
 * @throws Diagnostic `run-exists`, `folder-not-empty`, `run-locked`, `cannot-write`
 */
export const newFolder = (path: string, io: Io): OpenFolder =>
  writing(path, () => {
    const full = resolve(io.folder, path);
    const refuse = (): void => {
      const found = entriesOf(full);
      if (found.includes(runFiles.settings)) {
        throw new Diagnostic("run-exists", `${path} holds a run already, and it is not overwritten.`, {
          help: `go on with it: chainrule train --resume ${path}; or choose another folder with --out`,
        });
      }
      const other = found.find((name) => !isOwn(name));
      if (other === undefined) return;
      throw new Diagnostic("folder-not-empty", `${path} is not empty: it holds ${other}.`, { help: "choose a folder that is not there yet with --out" });
    };
    refuse();
    mkdirSync(full, { recursive: true });
    const unlock = lockFolder(full, path);
    try {
      // Somebody may have made a run here before the lock was ours.
      refuse();
    } catch (error) {
      unlock();
      throw error;
    }
    return { path, full, unlock };
  });

/** What a run is called that was given no folder: after its data. */
export const folderName = (data: string): string => basename(data).replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^\.+/, "") || "data";

/** The next free `runs/<name>-<n>`. @throws Diagnostic as `newFolder` */
export const nextFolder = (name: string, io: Io): OpenFolder => {
  const parent = "runs";
  const pattern = new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}-(\\d+)$`);
  for (;;) {
    const taken = writing(parent, () => entriesOf(resolve(io.folder, parent))).map((entry) => Number(pattern.exec(entry)?.[1] ?? 0));
    const path = `${parent}/${name}-${Math.max(0, ...taken) + 1}`;
    try {
      // Made here and not found there: of two processes at once the second takes the next number.
      writing(path, () => mkdirSync(resolve(io.folder, parent), { recursive: true }));
      mkdirSync(resolve(io.folder, path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw error instanceof Diagnostic ? error : cannotWrite(path, error);
    }
    return newFolder(path, io);
  }
};

const folderHelp = "give the folder that chainrule train said at its start, such as runs/digits-1";

/** The folder beside it that was meant, perhaps. */
const similarFolder = (full: string, path: string): string | undefined => {
  try {
    const near = nearest(basename(full), entriesOf(dirname(full)));
    return near === undefined ? undefined : `did you mean ${join(dirname(path), near)}?`;
  } catch {
    return undefined;
  }
};

/**
 * The complete path of the folder of a run.
 * @throws Diagnostic `no-run`, `cannot-write`
 */
export const findRun = (path: string, io: Io): string => {
  const full = resolve(io.folder, path);
  const found = lookUp(path, io);
  if (found === undefined || !found.isDirectory()) {
    if (found === undefined) throw new Diagnostic("no-run", `There is no folder ${path}.`, { help: similarFolder(full, path) ?? folderHelp });
    const isInside = own.has(basename(path));
    throw new Diagnostic("no-run", `${path} is ${isInside ? "a file" : "no folder"} of a run.`, { help: isInside ? `give the folder that it is in: ${dirname(path)}` : folderHelp });
  }
  const files = writing(path, () => entriesOf(full));
  if (!files.includes(runFiles.settings)) {
    const ours = files.length > 0 && files.every(isOwn);
    throw new Diagnostic("no-run", ours ? `${path} holds a run that was ended before its first step.` : `${path} holds no run: there is no ${runFiles.settings} in it.`, {
      help: ours ? "nothing is lost: start it again" : folderHelp,
    });
  }
  return full;
};

/**
 * Opens the folder of a run to go on with it.
 * @throws Diagnostic `no-run`, `run-locked`, `cannot-write`
 */
export const oldFolder = (path: string, io: Io): OpenFolder => {
  const full = findRun(path, io);
  return { path, full, unlock: writing(path, () => lockFolder(full, path)) };
};

/** The settings of a run, as `settings.json` says them. @throws Diagnostic `bad-run`, `unknown-format` */
export const settingsIn = async ({ path }: OpenFolder, io: Io): Promise<RunSettings> => readSettings(await readText(join(path, runFiles.settings), io));

/** The checkpoint of a run, however large. @throws Diagnostic `no-run`, `damaged-file`, `other-format`, `weights-do-not-fit`, `settings-changed` */
export const checkpointIn = async <M>({ path }: OpenFolder, run: RunSettings, like: Position<M>, io: Io): Promise<Checkpoint<M>> => {
  const name = join(path, runFiles.checkpoint);
  const checkpoint = readCheckpoint(await readBytes(name, io, () => {}), like, name);
  if (checkpoint.run !== identityOf(run)) {
    throw new Diagnostic("settings-changed", `${join(path, runFiles.settings)} is not as it was when ${name} was written.`, {
      help: "put the settings back as they were; other settings are another run: chainrule train <data> --out <folder>",
    });
  }
  return checkpoint;
};

/** The events of a run so far, as far as the checkpoint knows of them. */
export const eventsIn = ({ full }: OpenFolder, { metricsBytes }: Checkpoint<unknown>): readonly unknown[] => {
  try {
    const text = readFileSync(join(full, runFiles.metrics)).subarray(0, metricsBytes).toString("utf8");
    return text.trimEnd().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as unknown);
  } catch {
    return [];
  }
};

/**
 * Makes a run folder ready to be written to. Of a new run everything is there before its first step, the settings last:
 * with them it is a run. Metrics behind the checkpoint of an old one are cut off: they belong to steps that are lost.
 * @throws Diagnostic `cannot-write`
 */
export const writeTo = ({ path, full, unlock }: OpenFolder, run: RunSettings, from: Checkpoint<unknown>): RunFolder =>
  writing(path, () => {
    for (const name of readdirSync(full)) if (name.endsWith(asideEnding)) rmSync(join(full, name), { force: true });
    const metrics = openSync(join(full, runFiles.metrics), "a");
    let bytes = Math.min(from.metricsBytes, fstatSync(metrics).size);
    ftruncateSync(metrics, bytes);
    const working = (work: () => void): void => {
      try {
        writing(path, work);
      } catch (error) {
        throw (error as Diagnostic).with({ help: `what was kept before is whole; when it can be written again: chainrule train --resume ${path}` });
      }
    };
    const keep = (position: Position<unknown>): void =>
      working(() => {
        fsyncSync(metrics);
        // A run that begins again at its first step measures before it again.
        const metricsBytes = position.step === 0 ? 0 : bytes;
        replaceFile(join(full, runFiles.checkpoint), writeCheckpoint({ position, run: identityOf(run), metricsBytes }));
        replaceFile(join(full, runFiles.weights), writeWeights(position));
      });
    if (from.position.step === 0) keep(from.position);
    replaceFile(join(full, runFiles.settings), jsonText(run));
    return {
      path,
      note: (event) => working(() => void (bytes += writeAll(metrics, jsonLine(event)))),
      keep,
      close: () => {
        closeSync(metrics);
        unlock();
      },
    };
  });

/** A disk that is nearly full may take a part of a text. */
const writeAll = (file: number, text: string): number => {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
  return bytes.length;
};
