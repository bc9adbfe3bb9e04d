/**
 * The thread that runs a user's file. A fresh one for each version of the file, because Node reads a module once; apart
 * from the server, because it may loop for ever, end the process, or print. The main thread loads this module for its
 * address, and does nothing in it.
 */
import { resolve } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { Diagnostic, type Place, shapeText } from "../../ir/diagnostic.ts";
import { type Changes, findInput } from "../../explain/inputs.ts";
import { Explanation } from "../../explain/index.ts";
import { writeGraph } from "../../explain/graph-json.ts";
import { type Inputs, readInputs } from "../../explain/language/inputs.ts";
import { jsonNumber } from "../../explain/language/values.ts";
import { openEntry } from "../../explain/open-entry.ts";
import type { JsonNumber } from "../../explain/json.ts";
import type { Asked, GraphJson, ServedProgram } from "../../explain/served.types.ts";
import { explainGiven, type Loaded } from "../circuit.ts";
import { readText } from "../files.ts";
import type { Io } from "../io.ts";
import { pathOf, shown } from "../model-errors.ts";
import { installHooks, localFiles } from "../model.ts";
import { findProgram } from "../program.ts";
import { signatureOf } from "./files.ts";
import { tell, type Told } from "./told.ts";

/** Where this module is, for the thread that loads it again. */
export const here = import.meta.url;

/** What a thread is given when it starts. */
export interface Task {
  readonly folder: string;
  readonly file: string;
  readonly function: string | undefined;
  readonly inputs: Inputs;
}

export interface WorkerData {
  readonly tracerTask: Task;
}

export type Traced =
  | Extract<ServedProgram, { readonly kind: "text" }>
  | { readonly kind: "function"; readonly name: string; readonly graph: GraphJson | null; readonly why?: Told };

/** What a thread says first: which files it has read, and what came of it. */
export interface First {
  readonly files: readonly string[];
  /** Of these files, before they were read. */
  readonly signature: string;
  readonly outcome: { readonly text: string; readonly program: Traced } | { readonly failed: Told };
}

export interface Question {
  readonly id: number;
  readonly asked: Asked;
}

export type Reply = { readonly id: number; readonly text: string } | { readonly id: number; readonly failed: Told };

/** This thread has nobody to read from or to write to but the one that started it. */
const quietIo = (folder: string): Io => {
  const nowhere = { write: () => {}, isTTY: false, columns: undefined };
  return { folder, env: process.env, in: { isTTY: false, chunks: async function* () {} }, out: nowhere, err: nowhere };
};

const tracedOf = ({ program, explanation, inputs, name }: Loaded, shownPlace: (place: Place) => Place | undefined): Traced => {
  if (program.kind === "text") {
    // Only numbers are inputs of a text.
    const numbers = Array.from(inputs, ([of, value]) => [of, JSON.parse(jsonNumber(value as number)) as JsonNumber] as const);
    return { kind: "text", text: program.text, inputs: Object.fromEntries(numbers) };
  }
  try {
    return { kind: "function", name: name!, graph: writeGraph(explanation.circuit, shownPlace) };
  } catch (error) {
    if (!(error instanceof Diagnostic)) throw error;
    return { kind: "function", name: name!, graph: null, why: tell(error) };
  }
};

/** What was typed for the inputs, as the circuit takes it. */
const changesOf = ({ circuit }: Explanation, given: Asked["inputs"]): Changes => {
  const inputs: Inputs = new Map();
  readInputs(JSON.stringify(given), "the page", inputs);
  const changes = new Map<string, number | Float64Array>();
  for (const [name, { value }] of inputs) {
    const { shape } = findInput(circuit, name);
    const own = typeof value === "number" ? [] : value.shape;
    if (shapeText(own) !== shapeText(shape)) {
      throw new Diagnostic("does-not-fit", `The input "${name}" has shape ${shapeText(shape)}, and the new value has shape ${shapeText(own)}.`);
    }
    changes.set(name, typeof value === "number" ? value : value.data);
  }
  return changes;
};

const answer = (explanation: Explanation, { inputs, entry }: Asked): string => {
  const moved = inputs === undefined ? explanation : explanation.withInputs(changesOf(explanation, inputs));
  const opened = entry === undefined ? moved : new Explanation(openEntry(moved.circuit, entry));
  return [...opened.jsonChunks()].join("");
};

const work = async ({ folder, file, function: wanted, inputs }: Task): Promise<void> => {
  const io = quietIo(folder);
  await installHooks();
  const files = localFiles(resolve(folder, file));
  const signature = signatureOf(files);
  const say = (outcome: First["outcome"]): void => parentPort!.postMessage({ files, signature, outcome } satisfies First);
  /** Lines of the user's own files are for the page; others say nothing there. */
  const shownPlace = (place: Place): Place | undefined =>
    place.file !== undefined && files.includes(pathOf(place.file)) ? { ...place, file: shown(pathOf(place.file), io) } : undefined;
  let loaded: Loaded;
  try {
    const text = await readText(file, io);
    loaded = await explainGiven("studio", await findProgram(file, io), inputs, wanted, {}, io);
    say({ text, program: tracedOf(loaded, shownPlace) });
  } catch (error) {
    say({ failed: tell(error) });
    return;
  }
  parentPort!.on("message", ({ id, asked }: Question) => {
    let reply: Reply;
    try {
      reply = { id, text: answer(loaded.explanation, asked) };
    } catch (error) {
      reply = { id, failed: tell(error) };
    }
    parentPort!.postMessage(reply);
  });
};

const task = (workerData as Partial<WorkerData> | null)?.tracerTask;

if (task !== undefined) void work(task);
