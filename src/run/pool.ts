/**
 * The workers of a process. They are started when the first program is made that is worth it, and nobody waits for them:
 * a run takes those that are ready for its program. One that ends, or stays away from a run, is replaced.
 */
import { type Message, noProgram, rowWords, word } from "./control.ts";
import { coresHere, type Hosted, startWorker, whyAlone } from "./host.ts";

/** More do not make a step of usual size faster, unless somebody has measured that they do. */
const usualMost = 8;

/** Workers that may be lost before no new one is started: something here is ending them. */
const mostLost = 8;

/** Workers that may end before they read anything, before it is clear that none can be loaded. */
const mostFailed = 3;

/**
 * Bytes of forgotten programs before workers are replaced. They make no garbage and so collect none, and what they knew
 * stays in memory as long as they do.
 */
const mostForgotten = 128 * 2 ** 20;

/** What a worker must have to take part in a program. */
export interface Shared {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
}

interface Member {
  readonly row: Int32Array<SharedArrayBuffer>;
  readonly hosted: Hosted;
  alive: boolean;
  /** Its number in the program that runs; 0 if it has no part in it. */
  thread: number;
}

let wanted: number | undefined;
let members: readonly Member[] = [];
/** Why there are no workers, or no more of them. */
let problem: string | undefined;
let lost = 0;
let failed = 0;
let forgotten = 0;
let next = 0;
const programs = new Map<number, Shared>();

/** Threads that run a large program together, the calling one among them. */
export const threadsWanted = (): number => {
  if (problem !== undefined || whyAlone() !== undefined) return 1;
  return wanted ?? Math.min(usualMost, coresHere());
};

export const wantThreads = (threads: number): void => {
  wanted = threads;
  problem = undefined;
  lost = 0;
  failed = 0;
  const spare = members.slice(threads - 1);
  members = members.slice(0, threads - 1);
  for (const member of spare) dismiss(member);
  if (members.length > 0 || programs.size > 0) fillUp();
};

/** What there is, for whoever asks. */
export const poolState = () => ({
  wanted: threadsWanted(),
  ready: 1 + members.filter(isReady).length,
  lost,
  why: whyAlone() ?? problem,
});

/** Makes a program known to all workers, under the number that is returned. */
export const enrol = (shared: Shared): number => {
  // Those that are started now are told of what was there before.
  fillUp();
  const number = next++;
  programs.set(number, shared);
  for (const member of members) post(member, { kind: "program", number, ...shared });
  return number;
};

export const forget = (number: number): void => {
  const shared = programs.get(number);
  if (shared === undefined) return;
  programs.delete(number);
  forgotten += shared.memory.buffer.byteLength;
  if (forgotten > mostForgotten) {
    dismissAll();
    fillUp();
  } else for (const member of members) post(member, { kind: "forget", number });
};

/** Gives the threads from 1 on of this program to workers that are ready. Returns how many threads there are, `most` at most. */
export const startJob = (program: number, most: number): number => {
  let threads = 1;
  for (const member of members) {
    member.thread = threads < most && isReady(member) ? threads++ : 0;
  }
  for (const { row, thread } of members) {
    if (thread === 0) continue;
    Atomics.store(row, word.thread, thread);
    Atomics.store(row, word.threads, threads);
    wake(row, program);
  }
  return threads;
};

/** One of the workers stayed away: nobody knows which, so all of them go. */
export const loseAll = (): void => {
  lost++;
  dismissAll();
};

const dismissAll = (): void => {
  const gone = members;
  members = [];
  forgotten = 0;
  for (const member of gone) dismiss(member);
};

/** Starts the workers that are missing. */
const fillUp = (): void => {
  if (lost >= mostLost) problem ??= `${lost} workers were lost`;
  members = members.filter(({ alive }) => alive);
  const missing = threadsWanted() - 1 - members.length;
  for (let i = 0; i < missing; i++) {
    try {
      members = [...members, start()];
    } catch (error) {
      problem = `a worker could not be started: ${error instanceof Error ? error.message : String(error)}`;
      return;
    }
  }
};

const start = (): Member => {
  const row = new Int32Array(new SharedArrayBuffer(4 * rowWords));
  const member: Member = {
    row,
    alive: true,
    thread: 0,
    hosted: startWorker(() => {
      if (!member.alive) return;
      member.alive = false;
      if (Atomics.load(row, word.read) > 0) lost++;
      else if (++failed >= mostFailed) problem = "a worker could not be loaded";
      fillUp();
    }),
  };
  post(member, { kind: "welcome", words: row });
  for (const [number, shared] of programs) post(member, { kind: "program", number, ...shared });
  return member;
};

const dismiss = (member: Member): void => {
  member.alive = false;
  member.hosted.end();
};

/** Whether it has read all that was posted, and so knows every program. */
const isReady = ({ row, alive }: Member): boolean => alive && Atomics.load(row, word.read) === Atomics.load(row, word.posted);

const post = ({ row, hosted }: Member, message: Message): void => {
  Atomics.add(row, word.posted, 1);
  hosted.post(message);
  wake(row, noProgram);
};

const wake = (row: Int32Array<SharedArrayBuffer>, program: number): void => {
  Atomics.store(row, word.program, program);
  Atomics.add(row, word.job, 1);
  // It says that it sleeps before it looks at the number once more: either this sees it, or it sees the number.
  if (Atomics.load(row, word.asleep) > 0) Atomics.notify(row, word.job);
};
