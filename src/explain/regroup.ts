/**
 * Seeing a circuit at another level (slides 22 to 25): chains that spell a known function folded into one gate, or groups
 * opened into the gates they stand for. What the user named stays.
 */
import { group } from "../api/grouping.ts";
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

/** Folds every chain that the table recognises; each is listed in `grouped` with what it stands for. */
export const groupDraft = (draft: Draft): Draft => {
  const named = namedNodes(draft);
  const { map, found } = group(rootsOf(draft), { keep: (node) => named.has(node) });
  if (found.length === 0) return draft;
  const folded = redraft(draft, map);
  const indexOf = new NodeMap(draft.nodes.map(({ node }, index) => [node, index] as const));
  const nameOf = new NodeMap(folded.nodes.map(({ node, name }) => [node, name] as const));
  const grouped = found.map(({ word, node, replaced, why }) => {
    const last = replaced.at(-1)!;
    return { word, why, name: nameOf.get(node) ?? nameOf.get(map.get(last)!) ?? word, expr: draft.exprOf(indexOf.get(last)!) };
  });
  return { ...folded, grouped };
};

/** Opens every group, gate by gate. */
export const openDraft = (draft: Draft): Draft => {
  const roots = rootsOf(draft);
  const map = expand(roots, "body");
  return draft.nodes.every(({ node }) => (map.get(node) ?? node) === node) ? draft : redraft(draft, map);
};
