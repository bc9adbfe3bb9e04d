/**
 * A large circuit in few boxes: a named gate with all that leads nowhere but to it is a stage, a row of stages is one box
 * again, and so is a piece of a long expression. Each box is a gate like any other, which opens into few boxes or gates.
 */
import { rebuild } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node } from "../ir/node.ts";
import { group } from "../ops/forms/body.ts";
import { inline } from "../passes/expand.ts";
import type { Operand } from "./circuit.types.ts";
import type { Draft, DraftNode } from "./draft.ts";

/** Boxes that a drawing begins with, and into which a box opens, where values are not used all over the circuit. */
const boxesMost = 50;

/** A gate, or several that pass on one value alone. */
export interface Part {
  /** Index of the draft's node whose value it passes on: it has its name. */
  readonly root: number;
  /** All of its gates, in order of evaluation. */
  readonly gates: readonly number[];
  /** What it opens into; nothing for a single gate. */
  readonly parts: readonly Part[];
  /** How many stages it stands for. */
  readonly stages: number;
  /** `stage`, `7 stages`, `30 gates`; for a single gate its operation. */
  readonly word: string;
  /** The same as long as the program calls it so. */
  readonly key: string;
}

/** Which of them are folded. */
export type FoldedPart = (part: Pick<Part, "key">) => boolean;

/** For each node of the draft the gates that read it. */
const usesOf = ({ nodes }: Draft): number[][] => {
  const uses: number[][] = nodes.map(() => []);
  nodes.forEach(({ operands }, gate) => {
    for (const operand of operands) if ("at" in operand) uses[operand.at]!.push(gate);
  });
  return uses;
};

/**
 * Parts in rows of at most so many: one joins the only row that reads it, unless it must stand alone. They are given, and
 * come back, in the order of their roots, so that whatever reads a part comes behind it.
 */
const inRows = (parts: readonly Part[], uses: readonly (readonly number[])[], alone: (root: number) => boolean, most: number): Part[][] => {
  const placeOf = new Map(parts.flatMap(({ gates }, i) => gates.map((gate) => [gate, i] as const)));
  const rowOf = parts.map((_, i) => i);
  const rows: Part[][] = parts.map(() => []);
  for (let i = parts.length - 1; i >= 0; i--) {
    const part = parts[i]!;
    const readers = new Set(uses[part.root]!.map((gate) => (placeOf.has(gate) ? rowOf[placeOf.get(gate)!]! : -1)));
    const [only = -1] = readers;
    if (readers.size === 1 && only >= 0 && rows[only]!.length < most && !alone(part.root)) rowOf[i] = only;
    rows[rowOf[i]!]!.push(part);
  }
  return rows.filter((row) => row.length > 0).map((row) => row.reverse());
};

/** All boxes of a draft, the outermost first; gates among them stand for themselves. */
export const partsOf = (draft: Draft): readonly Part[] => {
  const uses = usesOf(draft);
  const { nodes, output } = draft;
  const isOutput = (root: number): boolean => root === output;
  const isNamed = (root: number): boolean => nodes[root]!.named;
  const gates = nodes.flatMap(({ kind, op, name }, root): Part[] => (kind === "gate" ? [{ root, gates: [root], parts: [], stages: 1, word: op, key: name }] : []));
  /** `stages`: how many of them a row is; 0 for a piece of one. */
  const box = (row: readonly Part[], stages: number): Part => {
    const { root } = row.at(-1)!;
    const inside = row.flatMap((part) => part.gates).sort((a, b) => a - b);
    const word = stages === 0 || !isNamed(root) ? `${inside.length} gates` : stages === 1 ? "stage" : `${stages} stages`;
    return { root, gates: inside, parts: divided(row, stages < 2), stages, word, key: `${word} ${nodes[root]!.name}` };
  };
  /** Few enough to be drawn at once, by rows as short as will do. */
  const divided = (parts: readonly Part[], inStage: boolean): readonly Part[] => {
    // A row of all of them would open into itself.
    const longest = parts.length - boxesMost + 1;
    let rows = parts.map((part) => [part]);
    for (let most = 1; rows.length > boxesMost && most < longest; ) {
      most = Math.min(longest, Math.max(2 * most, Math.ceil(parts.length / boxesMost)));
      rows = inRows(parts, uses, isOutput, most);
    }
    return rows.map((row) => (row.length === 1 ? row[0]! : box(row, inStage ? 0 : row.reduce((sum, { stages }) => sum + stages, 0))));
  };
  const stages = inRows(gates, uses, (root) => isNamed(root) || isOutput(root), Infinity);
  const top = divided(stages.map((row) => (row.length === 1 ? row[0]! : box(row, 1))), false);
  // One box that holds everything shows nothing.
  return top.length === 1 ? top[0]!.parts : top;
};

/** The boxes that hold a gate, the outermost first. */
export const boxesAround = (parts: readonly Part[], gate: number): readonly Part[] => {
  const found: Part[] = [];
  for (let level: readonly Part[] = parts; level.length > 0; level = found.at(-1)!.parts) {
    const next = level.find((part) => part.parts.length > 0 && part.gates.includes(gate));
    if (next === undefined) break;
    found.push(next);
  }
  return found;
};

/** The outermost boxes that are folded. */
const foldedIn = (parts: readonly Part[], folded: FoldedPart): Part[] => {
  const found: Part[] = [];
  const open = [...parts];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (part.parts.length > 0 && folded(part)) found.push(part);
    else open.push(...part.parts);
  }
  return found;
};

/** The nodes that the gates of a box read, in the order in which it takes them. */
const readBy = ({ nodes }: Draft, gates: readonly number[]): number[] => {
  const inside = new Set(gates);
  return [...new Set(gates.flatMap((gate) => nodes[gate]!.operands.flatMap((operand) => ("at" in operand && !inside.has(operand.at) ? [operand.at] : []))))];
};

/** A stage as its expression, a row by the names in it. */
const writtenIn = (draft: Draft, { root, parts, stages }: Part): string => {
  if (stages < 2) return draft.exprOf(root);
  const names = parts.map((part) => draft.nodes[part.root]!.name);
  return names.length < 4 ? names.join(", ") : `${names[0]!}, ${names[1]!}, ..., ${names.at(-1)!}`;
};

/** The draft with the boxes that are folded as one gate each; the very same where there is none. */
export const foldParts = (draft: Draft, parts: readonly Part[], isFolded: FoldedPart): Draft => {
  const boxes = foldedIn(parts, isFolded).sort((a, b) => a.root - b.root);
  if (boxes.length === 0) return draft;
  const boxAt = new Map(boxes.map((part) => [part.root, { part, reads: readBy(draft, part.gates) }] as const));
  const hidden = new Set(boxes.flatMap(({ gates, root }) => gates.filter((gate) => gate !== root)));
  const shown = draft.nodes.flatMap((_, i) => (hidden.has(i) ? [] : [i]));
  const makers = new NodeMap<(moved: NodeMap<Node>) => Node>();
  for (const { part, reads } of boxAt.values()) {
    const { node: out } = draft.nodes[part.root]!;
    const operands = reads.map((at) => draft.nodes[at]!.value);
    const { build } = group({
      word: part.word,
      sig: "variadic",
      says: `passes the gradient back through its ${part.gates.length} gates at once`,
      formula: writtenIn(draft, part),
      params: reads.map((at) => draft.nodes[at]!.name),
      body: (given) => inline({ params: operands, out }, given),
    });
    makers.set(out, (moved) => build(operands.map((operand) => moved.get(operand)!), out.site));
  }
  const moved = new NodeMap<Node>();
  rebuild(shown.flatMap((i) => [draft.nodes[i]!.node, draft.nodes[i]!.value]), (node, src) => {
    const made = makers.get(node)?.(moved) ?? (src === node.src ? node : node.withSources(src));
    moved.set(node, made);
    return made;
  });
  const indexOf = new Map(shown.map((i, index) => [i, index] as const));
  const movedTo = (operand: Operand): Operand => ("at" in operand ? { at: indexOf.get(operand.at)! } : operand);
  const nodes = shown.map((i): DraftNode => {
    const { node, value, ...before } = draft.nodes[i]!;
    const box = boxAt.get(i);
    const operands = box ? box.reads.map((at) => ({ at: indexOf.get(at)! })) : before.operands.map(movedTo);
    return { ...before, op: box?.part.word ?? before.op, operands, node: moved.get(node)!, value: moved.get(value)! };
  });
  return {
    ...draft,
    nodes,
    inputs: draft.inputs.map((i) => indexOf.get(i)!),
    output: indexOf.get(draft.output)!,
    grouped: [
      ...draft.grouped,
      ...boxes.map((part) => ({
        word: part.word === "stage" ? "a stage" : part.word,
        name: draft.nodes[part.root]!.name,
        expr: writtenIn(draft, part),
        why: "folded, because nothing else uses what is in it",
      })),
    ],
    exprOf: (index) => draft.exprOf(shown[index]!),
  };
};
