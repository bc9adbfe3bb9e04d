/**
 * `search.jsonl`: what is searched on its first line, then a trial a line, each on the disk before the next is begun. A
 * search that was killed goes on from it; a last line that is torn is a trial that is run again.
 */
import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Diagnostic } from "../../ir/diagnostic.ts";
import type { Trial } from "../../train/search/judge.ts";
import type { Point, Space } from "../../train/search/space.ts";
import type { DataSource } from "../../train/run.ts";
import type { Settings } from "../../train/settings.ts";
import { cannotWrite } from "../files.ts";
import type { Io } from "../io.ts";
import { lockFolder } from "../lock.ts";
import { jsonLine } from "../output.ts";
import { dimensionText, valueText } from "./options.ts";

const fileName = "search.jsonl";

/** What must be the same for a search to go on. How many random trials there are need not: a search can be made longer. */
export interface Identity {
  readonly data: DataSource;
  /** The settings of every trial, where they are not searched. */
  readonly settings: Settings;
  readonly space: Space;
  readonly method: "random" | "grid";
  /** The points of a grid depend on how many there are. */
  readonly gridTrials?: number;
}

export interface Journal {
  /** The trials that are there already, in the order they came. */
  readonly trials: readonly Trial[];
  /** Adds a trial, and comes back when it is on the disk. */
  add(trial: Trial): void;
  close(): void;
}

const header = (identity: Identity, chainrule: string): object => ({ event: "search", format: 1, chainrule, ...identity });

const damaged = (path: string, line: number, why: string): Diagnostic =>
  new Diagnostic("damaged-search", `${path}, line ${line}: ${why}.`, { help: "put the file back as it was, or search anew in another folder with --out" });

interface Read {
  readonly header: Record<string, unknown> | undefined;
  readonly trials: readonly Trial[];
  /** How many bytes are whole lines. */
  readonly bytes: number;
}

const parsed = (line: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

const isTrial = (value: Record<string, unknown>): boolean =>
  value["event"] === "trial" && Number.isSafeInteger(value["trial"]) && typeof value["point"] === "object" && typeof value["result"] === "object" && value["result"] !== null;

/** @throws Diagnostic `damaged-search` for a line that makes no sense and is not the last */
const read = (content: Buffer, path: string): Read => {
  const trials: Trial[] = [];
  let [bytes, found, line] = [0, undefined as Record<string, unknown> | undefined, 1];
  for (let end = content.indexOf(10); end >= 0; end = content.indexOf(10, bytes), line++) {
    const value = parsed(content.toString("utf8", bytes, end));
    const fits = value !== undefined && (line === 1 ? value["event"] === "search" : isTrial(value));
    if (!fits) {
      // A crash of the machine may leave a line that was never wholly written.
      if (content.indexOf(10, end + 1) < 0 && line > 1) break;
      throw damaged(path, line, line === 1 ? "this is no search" : "this is no trial");
    }
    if (line === 1) found = value;
    else {
      const { event: _, ...trial } = value;
      trials.push(trial as unknown as Trial);
    }
    bytes = end + 1;
  }
  return { header: found, trials, bytes };
};

/** What differs between two searches, in words, if anything does. */
const difference = (old: Record<string, unknown>, now: Identity): string | undefined => {
  const before = old as unknown as Identity;
  const words = (what: string, a: unknown, b: unknown, text: (v: never) => string = valueText): string | undefined =>
    isDeepStrictEqual(a, JSON.parse(JSON.stringify(b ?? null)) ?? undefined) || (a === undefined && b === undefined)
      ? undefined
      : `${a === undefined ? `no ${what}` : `${what} ${text(a as never)}`}, and this one ${b === undefined ? "none" : text(b as never)}`;
  const all = <T extends object>(a: T | undefined, b: T, text?: (v: never) => string): string | undefined => {
    const names = new Set([...Object.keys(a ?? {}), ...Object.keys(b)]);
    return [...names].map((name) => words(name, a?.[name as keyof T], b[name as keyof T], text)).find((each) => each !== undefined);
  };
  if (before.data?.digest !== now.data.digest) {
    return before.data?.name === now.data.name ? `other rows of ${now.data.name}: they have changed since, or are read otherwise` : `the data ${before.data?.name}, and this one ${now.data.name}`;
  }
  return (
    words("the method", before.method, now.method) ??
    all(before.space, now.space, dimensionText as (v: never) => string) ??
    all(before.settings, now.settings) ??
    words("trials", before.gridTrials, now.gridTrials)
  );
};

/**
 * Opens the journal of a search, or begins one, and locks its folder.
 * @throws Diagnostic `other-search` where the folder holds a search for something else; `damaged-search`, `run-locked`, `cannot-write`
 */
export const openJournal = (folder: string, identity: Identity, points: readonly Point[], chainrule: string, io: Io): Journal => {
  const full = resolve(io.folder, folder);
  const path = join(folder, fileName);
  let unlock: (() => void) | undefined;
  try {
    mkdirSync(full, { recursive: true });
    unlock = lockFolder(full, folder);
    const file = openSync(join(full, fileName), "a+");
    const { header: old, trials, bytes } = read(readFileSync(file), path);
    const other = old && difference(old, identity);
    if (other !== undefined) {
      throw new Diagnostic("other-search", `${folder} holds a search with ${other}.`, { help: "give the same settings to go on with it, or search elsewhere with --out <folder>" });
    }
    ftruncateSync(file, bytes);
    const write = (value: object): void => {
      const text = Buffer.from(jsonLine(value));
      for (let done = 0; done < text.length; ) done += writeSync(file, text, done);
      fsyncSync(file);
    };
    if (old === undefined) write(header(identity, chainrule));
    const known = new Map(trials.map((trial) => [trial.trial, trial]));
    for (const { trial, point } of known.values()) {
      const expected = points[trial - 1];
      if (expected !== undefined && !isDeepStrictEqual(point, JSON.parse(JSON.stringify(expected)))) throw damaged(path, 1, `trial ${trial} has another point than this search`);
    }
    return {
      trials: [...known.values()].filter(({ trial }) => trial <= points.length),
      add: (trial) => {
        try {
          write({ event: "trial", ...trial });
        } catch (error) {
          throw cannotWrite(path, error).with({ help: "the trials before are kept; when it can be written again, the same command goes on" });
        }
      },
      close: () => {
        closeSync(file);
        unlock?.();
      },
    };
  } catch (error) {
    unlock?.();
    throw error instanceof Diagnostic ? error : cannotWrite(path, error);
  }
};
