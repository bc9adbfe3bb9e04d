/**
 * One process at a time in a run folder. The lock is a file that names its process, so that one that was killed does not
 * lock anybody out: whoever comes next sees that the process is gone.
 */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { Diagnostic } from "../ir/diagnostic.ts";
import { asideEnding } from "./files.ts";

export const lockFile = "lock";

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Tells this process from a later one with the same number, where the system can say. */
  readonly born: string;
}

/** When a process began: boot and clock tick on Linux, nothing elsewhere. */
const birthOf = (pid: number): string => {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field, in brackets, may hold anything; the 22nd is the start.
    return `${boot} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return "";
  }
};

const isAlive = ({ pid, host, born }: Holder): boolean => {
  // Nothing is known about the processes of another machine.
  if (host !== hostname()) return true;
  if (pid === process.pid) return born === birthOf(pid);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return born === birthOf(pid);
};

const holderOf = (text: string | undefined): Holder | undefined => {
  try {
    const { pid, host, born } = JSON.parse(text ?? "") as Record<string, unknown>;
    return Number.isSafeInteger(pid) && typeof host === "string" && typeof born === "string" ? { pid: pid as number, host, born } : undefined;
  } catch {
    return undefined;
  }
};

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

/** A lock that is just being written names nobody yet; one that stays so was left by a process that died over it. */
const isFresh = (path: string): boolean => Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < 5000;

/**
 * Locks a run folder for this process; the returned function unlocks it. `folder` is complete, `shown` as people wrote it.
 * @throws Diagnostic `run-locked`; and what the file system throws
 */
export const lockFolder = (folder: string, shown: string): (() => void) => {
  const path = join(folder, lockFile);
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), born: birthOf(process.pid) } satisfies Holder);
  for (;;) {
    try {
      writeFileSync(path, mine, { flag: "wx", flush: true });
      return () => {
        if (read(path) === mine) rmSync(path, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const text = read(path);
    const holder = holderOf(text);
    if (holder === undefined ? isFresh(path) : isAlive(holder)) throw locked(shown, holder);
    remove(path, text);
  }
};

/** Takes a dead process's lock away; if somebody else was faster and it is theirs by now, they get it back. */
const remove = (path: string, dead: string | undefined): void => {
  const away = `${path}.${process.pid}${asideEnding}`;
  try {
    renameSync(path, away);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (read(away) === dead) rmSync(away, { force: true });
  else renameSync(away, path);
};

const locked = (shown: string, holder: Holder | undefined): Diagnostic => {
  const elsewhere = holder !== undefined && holder.host !== hostname();
  const who = holder === undefined ? "another process" : `process ${holder.pid}${elsewhere ? ` of the machine ${holder.host}` : ""}`;
  return new Diagnostic("run-locked", `${shown} is in use: ${who} is training there.`, {
    help: `let it finish or stop it: two trainings in one folder would overwrite each other; if it is no training any more, delete ${shown}/${lockFile}`,
  });
};
