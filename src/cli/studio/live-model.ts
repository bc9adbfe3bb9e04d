/**
 * A file of the user's as it is now: traced in a thread, again whenever the file or one that it imports has changed. A
 * version that cannot be traced leaves the last good one in place, beside what is wrong with the new one.
 */
import { Worker } from "node:worker_threads";
import { Diagnostic } from "../../ir/diagnostic.ts";
import type { Asked, ServedModel, ServedProgram } from "../../explain/served.types.ts";
import type { Io } from "../io.ts";
import { signatureOf } from "./files.ts";
import { heard, servedError, tell, type Told } from "./told.ts";
import type { First, Question, Reply, Task, Traced, WorkerData } from "./tracer.ts";

/** Between two looks at the files, in ms. What has changed is read when two looks in a row find the same. */
const every = 100;

/** One thread with one version of the file. */
class Thread {
  readonly first: Promise<First | undefined>;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (reply: Reply | undefined) => void>();
  #asked = 0;
  #over = false;

  constructor(here: string, task: Task, err: Io["err"]) {
    // What the user's code prints must not stand among what the command prints.
    this.#worker = new Worker(new URL(here), { workerData: { tracerTask: task } satisfies WorkerData, stdout: true, stderr: true });
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) stream.setEncoding("utf8").on("data", (text: string) => void err.write(text));
    this.first = new Promise((resolve) => {
      this.#worker.once("message", resolve);
      this.#worker.once("exit", () => resolve(undefined));
    });
    this.#worker.on("message", (message: First | Reply) => {
      if ("id" in message) this.#settle(message.id, message);
    });
    // What a file throws later, from a timer, ends its thread; whoever asks then is told.
    this.#worker.on("error", () => {});
    this.#worker.once("exit", () => {
      this.#over = true;
      for (const id of this.#waiting.keys()) this.#settle(id, undefined);
    });
  }

  /** Undefined if the thread has ended. */
  ask(asked: Asked): Promise<Reply | undefined> {
    if (this.#over) return Promise.resolve(undefined);
    const id = ++this.#asked;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker.postMessage({ id, asked } satisfies Question);
    });
  }

  end(): void {
    void this.#worker.terminate();
  }

  #settle(id: number, reply: Reply | undefined): void {
    this.#waiting.get(id)?.(reply);
    this.#waiting.delete(id);
  }
}

type Good = Omit<ServedModel, "version" | "broken">;

export class LiveModel {
  readonly #task: Task;
  readonly #here: string;
  readonly #io: Io;
  readonly #listeners = new Set<(model: ServedModel) => void>();
  #good: Good | undefined;
  #broken: Told | undefined;
  /** That of the last good version, and that of the version that is being read. */
  #thread: Thread | undefined;
  #loading: Thread | undefined;
  #files: readonly string[] = [];
  /** Of the version that is shown or being read, and what the last look found. */
  #signature = "";
  #seen = "";
  #timer: NodeJS.Timeout | undefined;

  constructor(here: string, task: Task, io: Io) {
    this.#here = here;
    this.#task = task;
    this.#io = io;
  }

  /**
   * Reads the file for the first time, and from then on whenever it changes.
   * @throws Diagnostic what `chainrule explain` says of the file
   */
  async open(): Promise<void> {
    await this.#load();
    if (this.#broken) throw heard(this.#broken);
    this.#timer = setInterval(() => this.#look(), every);
  }

  get served(): ServedModel {
    return { version: 1, ...this.#good!, broken: this.#broken ? servedError(this.#broken, this.#io) : null };
  }

  /** The circuit at other inputs, or of one entry, as the text of its JSON. */
  async ask(asked: Asked): Promise<{ readonly text: string } | { readonly failed: Told }> {
    const reply = await this.#thread?.ask(asked);
    return reply ?? { failed: tell(new Diagnostic("model-failed", `${this.#task.file} ended its thread after it was read.`, { help: "change the file, and it is read again" })) };
  }

  /** Calls `listener` with the model whenever it has changed, until the returned function is called. */
  listen(listener: (model: ServedModel) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#loading?.end();
    this.#thread?.end();
  }

  #look(): void {
    const now = signatureOf(this.#files);
    const isSettled = now === this.#seen;
    this.#seen = now;
    if (!isSettled || now === this.#signature) return;
    // A version that is still being read, perhaps for ever, is out of date.
    this.#signature = now;
    void this.#load();
  }

  async #load(): Promise<void> {
    this.#loading?.end();
    const thread = new Thread(this.#here, this.#task, this.#io.err);
    this.#loading = thread;
    const first = await thread.first;
    if (this.#loading !== thread) return;
    this.#loading = undefined;
    if (first !== undefined) [this.#files, this.#signature] = [first.files, first.signature];
    const outcome = first?.outcome ?? { failed: tell(new Diagnostic("model-failed", `${this.#task.file} ended the thread that read it.`, { help: "leave process.exit out" })) };
    if ("failed" in outcome) {
      thread.end();
      this.#broken = outcome.failed;
    } else {
      this.#thread?.end();
      this.#thread = thread;
      this.#broken = undefined;
      this.#good = { revision: (this.#good?.revision ?? 0) + 1, file: this.#task.file, text: outcome.text, program: this.#program(outcome.program) };
    }
    if (this.#good) for (const listener of this.#listeners) listener(this.served);
  }

  #program(traced: Traced): ServedProgram {
    if (traced.kind === "text") return traced;
    const { kind, name, graph, why } = traced;
    return graph === null ? { kind, name, graph, why: servedError(why!, this.#io) } : { kind, name, graph };
  }
}
