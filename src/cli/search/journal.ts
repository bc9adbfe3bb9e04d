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

const damaged = (path: string, line: number, why: string): Diagnostic =>
  new Diagnostic("damaged-search", `${path}, line ${line}: ${why}.`, { help: "put the file back as it was, or search anew in another folder with --out" });

interface Read {
  readonly identity: Identity | undefined;
  readonly trials: readonly Trial[];
  /** How many bytes are whole lines. */
  readonly bytes: number;
}

const parsed = (line: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

const isSearch = (value: Record<string, unknown>): boolean =>
  value["event"] === "search" && value["format"] === 1 && ["data", "settings", "space"].every((name) => isObject(value[name]));

const isTrial = (value: Record<string, unknown>): boolean =>
  value["event"] === "trial" && Number.isSafeInteger(value["trial"]) && isObject(value["point"]) && isObject(value["result"]);

/** @throws Diagnostic `damaged-search` for a line that makes no sense and is not the last */
const read = (content: Buffer, path: string): Read => {
  const trials: Trial[] = [];
  let [bytes, line] = [0, 1];
  let identity: Identity | undefined;
  for (let end = content.indexOf(10); end >= 0; end = content.indexOf(10, bytes), line++) {
    const value = parsed(content.toString("utf8", bytes, end));
    const fits = value !== undefined && (line === 1 ? isSearch(value) : isTrial(value));
    if (!fits) {
      // A crash of the machine may leave a line that was never wholly written.
      if (content.indexOf(10, end + 1) < 0 && line > 1) break;
      throw damaged(path, line, line === 1 ? "this is no search" : "this is no trial");
    }
    if (line === 1) identity = value as unknown as Identity;
    else {
      const { event: _, ...trial } = value;
      trials.push(trial as unknown as Trial);
    }
    bytes = end + 1;
  }
  return { identity, trials, bytes };
};

/** What a search is, as names and words, in the order in which differences are told. */
const wordsOf = ({ data, settings, space, method, gridTrials }: Identity): ReadonlyMap<string, string> =>
  new Map([
    ["the data", data.name],
    ["rows", data.digest],
    ["the method", method],
    ...Object.entries(settings).map(([name, value]) => [name, valueText(value)] as const),
    ...Object.entries(space).map(([name, dimension]) => [name, dimensionText(dimension)] as const),
    ["trials", String(gridTrials)],
  ]);

/** What differs between two searches, in words, if anything does. */
const difference = (old: Identity, now: Identity): string | undefined => {
  const [before, after] = [wordsOf(old), wordsOf(now)];
  const name = [...new Set([...before.keys(), ...after.keys()])].find((each) => before.get(each) !== after.get(each));
  if (name === "rows") return `other rows of ${now.data.name}: they have changed since, or are read otherwise`;
  return name === undefined ? undefined : `${name} ${before.get(name)}, and this one has ${after.get(name)}`;
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
    const { identity: old, trials, bytes } = read(readFileSync(file), path);
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
    if (old === undefined) write({ event: "search", format: 1, chainrule, ...identity });
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
