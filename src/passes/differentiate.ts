/**
 * Reverse mode, from graph to graph: the chain rule walked backwards once over the nodes (never over paths), each node
 * multiplying its [local gradient] by the [gate gradient] it received. The result is ordinary graph, so it can be
 * printed, run, and differentiated again.
 */
import { dependents, rebuild, topological } from "../ir/graph.ts";
import { NodeMap } from "../ir/node-map.ts";
import { type Node, type NodeLookup, onBehalfOf, type Site } from "../ir/node.ts";

/** What the pass must be able to build. */
export interface Builder {
  readonly add: (a: Node, b: Node) => Node;
}

export interface Gradients {
  /** Gradient of each node that was reached from a seed and leads to a wanted node; absent: zero. */
  readonly of: NodeLookup<Node>;
  /** For a consumer, what flows back through each of its operands: the gradient on each wire. */
  readonly wires: NodeLookup<Back>;
}

/** `seeds`: the gradient that each output starts with. `wanted`: where the walk may end. */
export const differentiate = (seeds: ReadonlyMap<Node, Node>, wanted: Iterable<Node>, build: Builder): Pick<Gradients, "of"> => ({ of: walk(seeds, wanted, build) });

/** The same, with the gradient on each wire: nobody else keeps a list for each node. */
export const differentiateWires = (seeds: ReadonlyMap<Node, Node>, wanted: Iterable<Node>, build: Builder): Gradients => {
  const wires = new NodeMap<Back>();
  const of = walk(seeds, wanted, build, (node, back) => wires.set(node, back));
  return { of, wires };
};

type Back = readonly (Node | undefined)[];

const walk = (seeds: ReadonlyMap<Node, Node>, wanted: Iterable<Node>, build: Builder, wired?: (node: Node, back: Back) => void): NodeLookup<Node> => {
  const of = new NodeMap<Node>();
  const order = topological(seeds.keys());
  const active = dependents(order, wanted);
  const flow = (node: Node, gradient: Node): void => {
    const before = of.get(node);
    of.set(node, before === undefined ? gradient : build.add(before, gradient));
  };
  for (const [output, seed] of seeds) flow(output, seed);
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i]!;
    const upstream = of.get(node);
    if (upstream === undefined || !active.has(node) || node.src.length === 0) continue;
    const back = onBehalfOf(node.site && gradientSite(node.site), () => backThrough(node, upstream, build));
    wired?.(node, back.map((gradient, k) => (active.has(node.src[k]!) ? gradient : undefined)));
    for (let k = 0; k < back.length; k++) {
      const gradient = back[k];
      if (gradient !== undefined && active.has(node.src[k]!)) flow(node.src[k]!, gradient);
    }
  }
  return of;
};

/** The place is looked up when somebody asks, as that of the node itself. */
const gradientSite = (site: Site): Site => ({
  get place() {
    return site.place;
  },
  isGradient: true,
});

/** One node's rule; a group without a gradient of its own is differentiated gate by gate through its body. */
export const backThrough = (node: Node, upstream: Node, build: Builder): readonly (Node | undefined)[] => {
  if (node.op.gradient) return node.op.gradient(node, upstream);
  const { params, out } = node.op.lowered!(node);
  const given = new Map(params.map((param, i) => [param, node.src[i]!]));
  // Inside the body first, where the parameters are independent; the operands may depend on each other.
  const inside = differentiate(new Map([[out, upstream]]), params, build);
  const gradients = params.map((param) => inside.of.get(param));
  // In one go, so that what several of them need is there once.
  const map = rebuild(gradients.filter((gradient) => gradient !== undefined), (inner) => given.get(inner));
  return gradients.map((gradient) => gradient && map.get(gradient));
};
