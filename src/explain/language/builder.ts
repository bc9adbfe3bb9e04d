/** Builds the columns of a program while it is parsed, and knows at each point what a name stands for. */
import { bounds } from "./bounds.ts";
import { normalName } from "./characters.ts";
import { growingBytes, growingFloats, growingInts } from "./columns.ts";
import { Mistake } from "./mistake.ts";
import type { Source } from "./source.ts";
import { type Functions, Kind, type Program } from "./syntax.ts";

/** Strings as small numbers, in order of first use. */
class Interned {
  readonly all: string[] = [];
  readonly #ids = new Map<string, number>();

  id(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    this.#ids.set(text, this.all.length);
    return this.all.push(text) - 1;
  }

  has(text: string): boolean {
    return this.#ids.has(text);
  }
}

export class Builder {
  readonly #source: Source;
  readonly #kind = growingBytes();
  readonly #word = growingInts();
  readonly #firstOperand = growingInts();
  readonly #operands = growingInts();
  readonly #start = growingInts();
  readonly #length = growingInts();
  readonly #values = growingFloats();
  readonly #names = new Interned();
  readonly #words = new Interned();
  /** For each name the node that it stands for now; absent before its first use. */
  readonly #current: number[] = [];
  readonly #inputNodes = growingInts();
  readonly #stageName = growingInts();
  readonly #stageNode = growingInts();
  readonly #stageStart = growingInts();
  /** Nodes below this one were made by earlier lines: all that can still be reached of them have names. */
  #unnamedFrom = 0;
  #counted = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  get size(): number {
    return this.#kind.length;
  }

  /** Whether the name was read or assigned before. */
  knows(name: string): boolean {
    return this.#names.has(normalName(name));
  }

  number(value: number, start: number, end: number): number {
    return this.#push(Kind.number, this.#values.push(value), start, end);
  }

  /** Makes the unsigned number literal `node` the negative literal that begins at the sign. */
  negate(node: number, signStart: number): void {
    const index = this.#word.at(node);
    this.#values.set(index, -this.#values.at(index));
    this.#length.set(node, this.#length.at(node) + this.#start.at(node) - signStart);
    this.#start.set(node, signStart);
  }

  /** Whether the node is a number literal that begins at `start`. */
  isNumber(node: number, start: number): boolean {
    return this.#kind.at(node) === Kind.number && this.#start.at(node) === start;
  }

  /** The node that the name stands for at this point: what was assigned to it last, else an input. */
  read(written: string, start: number): number {
    const name = this.#names.id(normalName(written));
    const known = this.#current[name];
    if (known !== undefined) return known;
    this.#count(1, start, written.length);
    const node = this.#push(Kind.input, name, start, start + written.length);
    this.#inputNodes.push(node);
    this.#current[name] = node;
    return node;
  }

  /** A gate on the nodes `operands[from]` up to the end. */
  call(op: string, operands: readonly number[], from: number, start: number, end: number): number {
    const arity = operands.length - from;
    this.#count(Math.max(1, arity - 1), start, end - start);
    const node = this.#push(Kind.call, this.#words.id(op), start, end);
    for (let i = from; i < operands.length; i++) this.#operands.push(operands[i]!);
    return node;
  }

  /** Gives a node a name; a node that has one already is copied, so that each name has a node of its own. */
  stage(written: string, nameStart: number, node: number, start: number, end: number): number {
    const name = this.#names.id(normalName(written));
    const isNamed = node < this.#unnamedFrom || this.#kind.at(node) === Kind.input;
    const target = isNamed ? this.#copy(node, start, end) : node;
    if (this.#kind.at(target) === Kind.number) this.#count(1, nameStart, written.length);
    this.#stageName.push(name);
    this.#stageNode.push(target);
    this.#stageStart.push(nameStart);
    this.#unnamedFrom = this.size;
    this.#current[name] = target;
    return target;
  }

  done(functions: Functions, output: number): Program {
    const stageNode = this.#stageNode.done();
    const stageOf = new Int32Array(this.size).fill(-1);
    for (let stage = 0; stage < stageNode.length; stage++) stageOf[stageNode[stage]!] = stage;
    this.#firstOperand.push(this.#operands.length);
    return {
      source: this.#source,
      functions,
      size: this.size,
      kind: this.#kind.done(),
      word: this.#word.done(),
      firstOperand: this.#firstOperand.done(),
      operands: this.#operands.done(),
      start: this.#start.done(),
      length: this.#length.done(),
      values: this.#values.done(),
      names: this.#names.all,
      words: this.#words.all,
      inputNodes: this.#inputNodes.done(),
      stageName: this.#stageName.done(),
      stageNode,
      stageStart: this.#stageStart.done(),
      stageOf,
      output,
    };
  }

  #copy(node: number, start: number, end: number): number {
    this.#count(1, start, end - start);
    const copy = this.#push(Kind.copy, 0, start, end);
    this.#operands.push(node);
    return copy;
  }

  #push(kind: number, word: number, start: number, end: number): number {
    this.#word.push(word);
    this.#firstOperand.push(this.#operands.length);
    this.#start.push(start);
    this.#length.push(end - start);
    return this.#kind.push(kind);
  }

  #count(nodes: number, start: number, length: number): void {
    this.#counted += nodes;
    if (this.#counted > bounds.nodes) throw new Mistake((say) => say.tooManyNodes(this.#source.place(start, length)));
  }
}
