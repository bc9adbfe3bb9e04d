/**
 * Node graphs as scalar expressions of a language, from the entries' own spelling: whatever is a gate prints without a
 * line of code here, and a group prints as a small function made of the circuit it runs as.
 */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { isFloat, store } from "../ir/dtype.ts";
import { topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import { type Level, levels, type Node, type NodeLookup, type Op } from "../ir/node.ts";
import { type Helper, helpers } from "./helpers.ts";
import { type Language, type LanguageRules, languages, type Line } from "./languages.ts";
import { Names } from "./names.ts";

const levelOf = (level: Level = "call"): number => levels.indexOf(level);
const atom = levelOf("call");

/** Deeper expressions are cut into lines: Python's parser gives up at some hundred parentheses, readers before. */
const deepest = 12;

/** A piece of code. */
export interface Written {
  readonly text: string;
  /** How tightly it binds. */
  readonly level: number;
  /** The number it spells, of a literal. */
  readonly value?: number;
  /** A truth value, not a number. */
  readonly truth: boolean;
  readonly depth: number;
}

/** A name that stands for a number. */
export const variable = (text: string): Written => ({ text, level: atom, truth: false, depth: 0 });

/** What a node prints as: text that is there already, or a gate on other parts. */
type Part = Written | Gate;

interface Gate {
  readonly node: Node;
  readonly operands: readonly Part[];
  /** How often it stands in the text; twice is worth a line of its own. */
  uses: number;
  written?: Written;
}

const isGate = (part: Part): part is Gate => "operands" in part;

/** Text between operands, and which operand follows each piece (-1: all of them; none after the last). */
interface Template {
  readonly pieces: readonly string[];
  readonly holes: readonly number[];
}

const templates = new Map<string, Template>();

const templateOf = (text: string): Template => {
  let template = templates.get(text);
  if (!template) {
    const split = text.split(/\$(\d+|\*)/);
    template = {
      pieces: split.filter((_, i) => i % 2 === 0),
      holes: split.filter((_, i) => i % 2 === 1).map((hole) => (hole === "*" ? -1 : Number(hole))),
    };
    templates.set(text, template);
  }
  return template;
};

/** Whether a gate has to be written by its helper in this language for these numbers. */
export const needsHelper = (op: Op, language: Language, inputs: readonly number[], value: number): boolean => {
  const helper = helperOf(op, languages[language]);
  if (!helper) return false;
  return helper.needed ? helper.needed(...inputs) : !Number.isFinite(value) || !inputs.every(Number.isFinite);
};

const helperOf = (op: Op, { spelling }: LanguageRules): (Helper & { readonly name: string }) | undefined => {
  const name = op.spelling?.helpers?.[spelling];
  return name === undefined ? undefined : { ...helpers[spelling][name]!, name };
};

/** Names that a helper declares at its outer level. */
const declaredBy = (text: string): string[] => [...text.matchAll(/^(?:const|def) (\w+)/gm)].map((found) => found[1]!);

/** Prints the expressions of one program, and collects the functions they call. */
export class CodeWriter {
  readonly rules: LanguageRules;
  /** Names of the program's outermost level. */
  readonly names: Names;
  readonly #helped: ReadonlySet<Op>;
  readonly #reserved: string[];
  readonly #functions = new Map<Op, Map<string, string>>();
  readonly #prelude = new Set<string>();

  /** `helped`: the gates that this program writes by their helpers. */
  constructor(language: Language, helped: ReadonlySet<Op>) {
    this.rules = languages[language];
    this.#helped = helped;
    this.#reserved = [...this.rules.reserved()];
    for (const op of helped) this.#reserved.push(...declaredBy(helperOf(op, this.rules)!.text));
    this.names = new Names(this.#reserved);
  }

  /** Functions that what was written calls, each after those that it calls itself. */
  get prelude(): readonly string[] {
    return [...this.#prelude];
  }

  /** A number as a piece of code. */
  number(value: number): Written {
    const negative = value < 0 || Object.is(value, -0);
    const level = negative ? levelOf("unary") : atom;
    return { text: this.rules.number(value, false), level, value, truth: false, depth: 0 };
  }

  /**
   * The text of each root as a number, and lines that must stand before. `given`: what stands for nodes that are there
   * already. `simplify`: literals are worked out, and what changes nothing is left out.
   * @throws Diagnostic `no-scalar-code`
   */
  write(
    roots: readonly (Node | undefined)[],
    given: NodeLookup<Written>,
    names: Names,
    simplify: boolean,
  ): { readonly lines: readonly Line[]; readonly texts: readonly (string | undefined)[] } {
    const parts = new NodeMap<Part>();
    const gates: Gate[] = [];
    for (const node of topological(roots.filter((root) => root !== undefined))) {
      const part = given.get(node) ?? this.#part(node, node.src.map((src) => parts.get(src)!), simplify);
      parts.set(node, part);
      if (isGate(part) && part.node === node) gates.push(part);
    }
    const found = roots.map((root) => root && parts.get(root)!);
    for (const part of found) if (part && isGate(part)) part.uses++;
    for (const gate of [...gates].reverse()) {
      if (gate.uses === 0) continue;
      const holes = this.#isCall(gate.node) ? [-1] : templateOf(this.#spelling(gate.node)).holes;
      for (const hole of holes) {
        for (const operand of hole < 0 ? gate.operands : [gate.operands[hole]!]) if (isGate(operand)) operand.uses++;
      }
    }
    const lines: Line[] = [];
    for (const gate of gates) {
      if (gate.uses === 0) continue;
      const written = this.#write(gate);
      if (gate.uses === 1 && written.depth < deepest) gate.written = written;
      else {
        const name = names.numbered(gate.node.op.name);
        lines.push({ name, text: written.text });
        gate.written = { ...variable(name), truth: written.truth };
      }
    }
    return { lines, texts: found.map((part) => part && this.#number(isGate(part) ? part.written! : part).text) };
  }

  #part(node: Node, operands: readonly Part[], simplify: boolean): Part {
    const { op, src, dtype } = node;
    refuseUnlessScalar(node);
    if (op.form === "source") {
      if (op.placeholder) throw new Error(`${op.name}: a placeholder that nothing stands for`);
      return this.number(op.evaluate(node, [], () => []) as number);
    }
    if (op.spelling?.js === "$0") {
      if (dtype !== "bool" && !isFloat(dtype) && isFloat(src[0]!.dtype)) throw noCode(node, "rounds to whole numbers");
      return operands[0]!;
    }
    if (simplify) {
      const first = valueOf(operands[0]);
      const values = operands.map(valueOf);
      if (op.scalar && values.every((value) => value !== undefined)) {
        return this.number(store(dtype, op.scalar(...values.map((value, i) => store(src[i]!.dtype, value)))));
      }
      if (op.spelling?.level === "choice" && first !== undefined) return operands[first === 0 ? 2 : 1]!;
      const neutral = op.spelling?.neutral;
      const idle = neutral ? operands.findIndex((_, i) => neutral[i] !== undefined && neutral[i] === values[i]) : -1;
      if (idle >= 0) return operands[1 - idle]!;
    }
    return { node, operands, uses: 0 };
  }

  /** Gates print by their spelling; groups, and gates that need a helper, as calls of a function. */
  #isCall({ op }: Node): boolean {
    return op.form === "body" || this.#helped.has(op);
  }

  #spelling(node: Node): string {
    const text = node.op.spelling?.[this.rules.spelling];
    if (text === undefined) throw noCode(node, "has no spelling as code");
    for (const [, name] of text.matchAll(/(?<![.\w$])([A-Za-z_]\w*)\(/g)) {
      if (this.rules.builtins.has(name!) || this.rules.reserved().includes(name!)) continue;
      throw noCode(
        node,
        `is spelled as a call of "${name}", which the printed program does not have`,
        "declare the gate with a spelling that is an expression of $0, $1, ..., or as a group of other gates",
      );
    }
    return text;
  }

  #write({ node, operands }: Gate): Written {
    const parts = operands.map((operand) => (isGate(operand) ? operand.written! : operand));
    const depth = 1 + Math.max(0, ...parts.map((part) => part.depth));
    const read = (part: Written, i: number): Written => (node.src[i]!.dtype === "bool" ? this.#truth(part) : this.#number(part));
    if (this.#isCall(node)) {
      const text = `${this.#function(node)}(${parts.map((part, i) => read(part, i).text).join(", ")})`;
      return { text, level: atom, truth: node.dtype === "bool", depth };
    }
    const level = levelOf(node.op.spelling!.level);
    const { pieces, holes } = templateOf(this.#spelling(node));
    // Arithmetic of a literal and a number that is none has the type of the latter; elsewhere a literal may be all there is.
    const arithmetic = level >= levelOf("compare") && level < atom && parts.some((part) => part.value === undefined);
    let text = pieces[0]!;
    holes.forEach((hole, k) => {
      const after = pieces[k + 1]!;
      const enclosed = /[([,] ?$/.test(pieces[k]!) && /^[)\],]/.test(after);
      const leftmost = k === 0 && pieces[0] === "" && (level === levelOf("sum") || level === levelOf("product"));
      const least = enclosed ? 0 : level >= levelOf("unary") ? atom : leftmost ? level : level + 1;
      const one = (i: number): string => {
        const part = read(parts[i]!, i);
        const bare = arithmetic && part.value !== undefined && !part.truth ? this.rules.number(part.value, true) : part.text;
        return part.level < least ? `(${bare})` : bare;
      };
      text += (hole < 0 ? parts.map((_, i) => one(i)).join(", ") : one(hole)) + after;
    });
    return { text, level, truth: node.dtype === "bool", depth };
  }

  #number(part: Written): Written {
    return part.truth ? { ...variable(this.rules.toNumber(part.text)), depth: part.depth } : part;
  }

  #truth(part: Written): Written {
    if (part.truth) return part;
    if (part.value !== undefined) return { ...variable(this.rules.truth(part.value !== 0)), truth: true };
    const text = part.level > levelOf("compare") ? part.text : `(${part.text})`;
    return { text: this.rules.toTruth(text), level: levelOf("compare"), truth: true, depth: part.depth };
  }

  /** The function to call for a helper or a group, declared in the prelude. */
  #function(node: Node): string {
    if (node.op.form !== "body") {
      const { name, text } = helperOf(node.op, this.rules)!;
      this.#prelude.add(text);
      return name;
    }
    let known = this.#functions.get(node.op);
    if (!known) this.#functions.set(node.op, (known = new Map()));
    // A group of scalars holds nothing but its operands.
    const kind = node.src.map((src) => src.dtype).join();
    let name = known.get(kind);
    if (name === undefined) {
      name = this.#declareGroup(node);
      known.set(kind, name);
    }
    return name;
  }

  #declareGroup(node: Node): string {
    const { params, out } = node.op.lowered!(node);
    // Those that it calls come first, so that none of its own names hides one of theirs. Definitions nest only so deep.
    for (const inner of topological([out])) if (inner.op.form === "body") this.#function(inner);
    const name = this.names.take(node.op.name);
    this.#reserved.push(name);
    const inside = new Names(this.#reserved);
    const parameters = params.map((param) => ({ name: inside.take(param.name ?? "x"), truth: param.dtype === "bool" }));
    const given = new NodeMap(params.map((param, i) => [param, { ...variable(parameters[i]!.name), truth: parameters[i]!.truth }] as const));
    const { lines, texts } = this.write([out], given, inside, true);
    this.#prelude.add(this.rules.functionText(name, `${node.op.name}: ${node.op.formula}`, parameters, lines, texts[0]!));
    return name;
  }
}

const valueOf = (part: Part | undefined): number | undefined => (part && !isGate(part) ? part.value : undefined);

const noCode = (node: Node, why: string, help = "code is printed for circuits of plain numbers"): Diagnostic =>
  new Diagnostic("no-scalar-code", `${node.name === undefined ? "" : `"${node.name}": `}${node.op.name} ${why}.`, {
    place: node.site?.place,
    help,
  });

const refuseUnlessScalar = (node: Node): void => {
  if (node.shape.length > 0) throw noCode(node, `has the shape ${shapeText(node.shape)}`);
  if (node.dtype === "float32" || node.dtype === "uint32") throw noCode(node, `is of type ${node.dtype}`);
  if (node.src.some((src) => src.shape.length > 0)) throw noCode(node, "works on whole tensors");
};
