/** A program's code with its memory, and the threads that run it. */
import type { ProgramModule } from "../emit/program/program.ts";
import { endedAt } from "../emit/program/barrier.ts";
import { loseAll, enrol, forget, startJob } from "./pool.ts";

/** A run that lost a thread. So many of its steps may have been done, in whole or in part. */
export interface Lost {
  readonly stepsBegun: number;
}

interface Standing {
  readonly memory: WebAssembly.Memory;
  readonly run: (thread: number, threads: number) => number;
  readonly words: Int32Array;
  /** The program's number in the pool; none for one thread. */
  readonly number: number | undefined;
}

/** Programs whose owner is gone are told to the workers, which hold their memory too. */
const gone = new FinalizationRegistry<{ number: number | undefined }>((held) => held.number !== undefined && forget(held.number));

export class Machine {
  readonly #program: ProgramModule;
  readonly #module: WebAssembly.Module;
  readonly #threads: number;
  /** The number that the workers know now, for when this machine is collected. */
  readonly #known: { number: number | undefined } = { number: undefined };
  #now: Standing;
  /** Whether the memory was given up, and there is no new one yet. */
  #isLost = false;

  /**
   * `threads`: for how many the program was made.
   * @throws RangeError if the machine has not as much memory
   */
  constructor(program: ProgramModule, threads: number) {
    this.#program = program;
    this.#module = new WebAssembly.Module(program.bytes);
    this.#threads = threads;
    this.#now = this.#stand();
    gone.register(this, this.#known);
  }

  get buffer(): ArrayBufferLike {
    return this.#now.memory.buffer;
  }

  /**
   * Runs the program once, on all threads that are ready. Nothing comes back if that went well. If a thread was lost the
   * memory is given up, because nobody knows when that thread stops writing to it: go on with `renew`.
   */
  run(): Lost | undefined {
    if (this.#isLost) return { stepsBegun: 0 };
    const { run, words, number } = this.#now;
    if (number === undefined) {
      run(0, 1);
      return undefined;
    }
    const threads = startJob(number, this.#threads);
    let status = 1;
    try {
      status = run(0, threads);
    } finally {
      if (status !== 0) {
        Atomics.store(words, endedAt(this.#program.meeting) / 4, 1);
        this.#isLost = true;
        forget(number);
        loseAll();
      }
    }
    return status === 0 ? undefined : { stepsBegun: status - 1 };
  }

  /**
   * Goes on with new memory, all 0.
   * @throws RangeError if the machine has not as much
   */
  renew(): void {
    this.#now = this.#stand();
    this.#isLost = false;
  }

  #stand(): Standing {
    const { pages: initial, meetings } = this.#program;
    const memory = new WebAssembly.Memory(this.#threads > 1 ? { initial, maximum: initial, shared: true } : { initial });
    const { exports } = new WebAssembly.Instance(this.#module, { env: { memory } });
    const number = meetings > 0 ? enrol({ module: this.#module, memory }) : undefined;
    this.#known.number = number;
    return { memory, run: exports["run"] as Standing["run"], words: new Int32Array(memory.buffer), number };
  }
}
