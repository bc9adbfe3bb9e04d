/**
 * Seeing a circuit at another level (slides 22 to 25): chains that spell a known function folded into one gate, or groups
 * opened into the gates they stand for. What the user named stays.
 */
import { group, type Found } from "../api/grouping.ts";
import { NodeMap } from "../ir/node-map.ts";
import type { Node, NodeLookup } from "../ir/node.ts";
import { expand } from "../passes/expand.ts";
import type { Draft } from "./draft.ts";
import { draftGraph, type GraphParts } from "./from-graph.ts";

const namedNodes = (draft: Draft): NodeMap<string> =>
  new NodeMap(draft.nodes.filter(({ named }) => named).map(({ node, name }) => [node, name] as const));

const rootsOf = (draft: Draft): Node[] => {
  const kept = draft.nodes.filter(({ named, kind }, i) => (named && kind !== "input") || i === draft.output);
  return kept.flatMap(({ node, value }) => (node === value ? [node] : [node, value]));
};

const redraft = (draft: Draft, map: NodeLookup<Node>, grouped: GraphParts["grouped"] = []): Draft => {
  const moved = (node: Node): Node => map.get(node) ?? node;
  const names = new NodeMap<string>();
  for (const { node, named, name } of draft.nodes) if (named) names.set(moved(node), name);
  return draftGraph({
    roots: rootsOf(draft).map(moved),
    output: moved(draft.nodes[draft.output]!.value),
    inputs: draft.inputs.map((index) => draft.nodes[index]!.node),
    names,
    feeds: draft.feeds,
    grouped,
    source: draft.source,
  });
};

/** What is one gate, or could be: a group as it was written, or a chain of gates that the table recognises. */
export interface Foldable {
  /** The same for the same place of the program, whatever else of it is folded. */
  readonly key: string;
  readonly word: string;
  /** Its text as gates, where it is a chain. */
  readonly expr: string;
  /** A written group is folded unless asked otherwise; a chain is not. */
  readonly written: boolean;
  /** What is better about one gate than about a chain. */
  readonly why: string | undefined;
}

/** Which of them are folded. */
export type Folded = (one: Pick<Foldable, "key" | "written">) => boolean;

const keyOf = (word: string, node: Node): string => {
  const place = node.site?.place;
  return place === undefined ? word : `${word}@${place.line}:${place.column}`;
};

const isGroup = (node: Node): boolean => node.op.body !== undefined && node.op.form === "body";

/** Chains whose last node is not wanted stay as they are: their inner nodes are kept. */
const chainsOf = (draft: Draft, wanted?: readonly Found[]) => {
  const named = namedNodes(draft);
  const inner = wanted && new Set(wanted.flatMap(({ replaced }) => replaced.slice(0, -1)));
  return group(rootsOf(draft), { keep: (node) => named.has(node) || inner?.has(node) === false });
};

/** Everything in a circuit that can be folded or opened, in order of evaluation. */
export const foldables = (draft: Draft): readonly Foldable[] => {
  const indexOf = new NodeMap(draft.nodes.map(({ node }, index) => [node, index] as const));
  const written = draft.nodes
    .filter(({ node }) => isGroup(node))
    .map(({ node, op }, i) => ({ key: keyOf(op, node), word: op, expr: draft.exprOf(indexOf.get(node)!), written: true, why: undefined, at: indexOf.get(node) ?? i }));
  const chains = chainsOf(draft).found.map(({ word, replaced, why }) => {
    const last = replaced.at(-1)!;
    return { key: keyOf(word, last), word, expr: draft.exprOf(indexOf.get(last)!), written: false, why, at: indexOf.get(last)! };
  });
  return [...written, ...chains].sort((a, b) => a.at - b.at).map(({ at: _, ...one }) => one);
};

/** Folds the chains and keeps the written groups that `folded` names; opens every other group. */
export const foldDraft = (draft: Draft, folded: Folded): Draft => {
  const all = chainsOf(draft).found;
  const wanted = all.filter(({ word, replaced }) => folded({ key: keyOf(word, replaced.at(-1)!), written: false }));
  const kept = new Set(wanted.map(({ word, replaced }) => keyOf(word, replaced.at(-1)!)));
  for (const { node, op } of draft.nodes) {
    const key = keyOf(op, node);
    if (isGroup(node) && folded({ key, written: true })) kept.add(key);
  }
  return openDraft(foldChains(draft, wanted.length === all.length ? all : wanted), (node) => !kept.has(keyOf(node.op.name, node)));
};

const foldChains = (draft: Draft, wanted: readonly Found[]): Draft => {
  if (wanted.length === 0) return draft;
  const { map, found } = chainsOf(draft, wanted);
  const folded = redraft(draft, map);
  const indexOf = new NodeMap(draft.nodes.map(({ node }, index) => [node, index] as const));
  const nameOf = new NodeMap(folded.nodes.map(({ node, name }) => [node, name] as const));
  const grouped = found.map(({ word, node, replaced, why }) => {
    const last = replaced.at(-1)!;
    return { word, why, name: nameOf.get(node) ?? nameOf.get(map.get(last)!) ?? word, expr: draft.exprOf(indexOf.get(last)!) };
  });
  return { ...folded, grouped };
};

/** Folds every chain that the table recognises; each is listed in `grouped` with what it stands for. */
export const groupDraft = (draft: Draft): Draft => foldChains(draft, chainsOf(draft).found);

/** Opens every group that `only` chooses, gate by gate, and groups inside of it. */
export const openDraft = (draft: Draft, only?: (node: Node) => boolean): Draft => {
  const map = expand(rootsOf(draft), "body", only);
  return draft.nodes.every(({ node }) => (map.get(node) ?? node) === node) ? draft : redraft(draft, map, draft.grouped);
};
