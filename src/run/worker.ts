/**
 * What runs in a worker: programs that it was given, a part of each. It waits for the next job first awake and then
 * asleep, and goes back to its event loop only for messages. The build makes it a script of its own.
 */
import { type Message, noProgram, type Welcome, word } from "./control.ts";
import { nodeWorkers } from "./node.ts";

type Run = (thread: number, threads: number) => number;

/**
 * Milliseconds that it looks for the next job before it sleeps: as long as most loops take from one step to the next. To be
 * woken takes some 40 microseconds, and with both cores busy elsewhere a loop was no slower for it.
 */
const awake = 2;

const programs = new Map<number, Run>();
let words: Int32Array<SharedArrayBuffer>;
let done = 0;

const take = (message: Exclude<Message, Welcome>): void => {
  if (message.kind === "forget") programs.delete(message.number);
  else {
    const { exports } = new WebAssembly.Instance(message.module, { env: { memory: message.memory } });
    programs.set(message.number, exports["run"] as Run);
  }
};

/** Does jobs until there is a message to read. */
const serve = (): void => {
  const at = (place: number): number => Atomics.load(words, place);
  let until = performance.now() + awake;
  while (at(word.posted) === at(word.read)) {
    if (at(word.job) !== done) {
      done = at(word.job);
      const program = at(word.program);
      if (program !== noProgram) programs.get(program)!(at(word.thread), at(word.threads));
      until = performance.now() + awake;
    } else if (performance.now() > until) {
      Atomics.store(words, word.asleep, 1);
      Atomics.wait(words, word.job, done);
      Atomics.store(words, word.asleep, 0);
      until = performance.now() + awake;
    }
  }
};

const receive = (message: Message): void => {
  if (message.kind === "welcome") words = message.words;
  else take(message);
  Atomics.add(words, word.read, 1);
  serve();
};

const port = nodeWorkers()?.parentPort;
// Not `onmessage`: for the event that it wants Node loads its whole client for HTTP, which is 8 MB.
if (port) port.on("message", receive);
else (globalThis as { onmessage: unknown }).onmessage = ({ data }: { readonly data: Message }) => receive(data);
