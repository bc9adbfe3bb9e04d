/** Where few nodes of a graph are replaced. */
import { NodeMap } from "./node-map.ts";
import type { Node, NodeLookup } from "./node.ts";

/** A map from old nodes to new in which most are still themselves, and only the others take room. */
export class Replaced implements NodeLookup<Node> {
  #others: NodeMap<Node> | undefined;

  get(node: Node): Node {
    return this.#others?.get(node) ?? node;
  }

  has(): boolean {
    return true;
  }

  set(node: Node, other: Node): void {
    if (other !== node) (this.#others ??= new NodeMap<Node>()).set(node, other);
  }
}
