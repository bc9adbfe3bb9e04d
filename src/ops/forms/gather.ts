/**
 * Picking rows by index, and its transpose: adding rows into place. Each is the other's gradient. Leading `batch` axes
 * are shared by table and indices. An index out of range reads 0 and adds nowhere.
 */
import { allocate, asArray, type TypedArray } from "../../ir/dtype.ts";
import { Node, type Op, type Site } from "../../ir/node.ts";
import { sizeOf } from "../../ir/shape.ts";
import type { Shape } from "../../ir/shape.types.ts";
import { cast } from "./cast.ts";
import { allBatched, viewOp } from "./read.ts";

const batchOf = (node: Node): number => node.attrs["batch"] as number;

/** Where each picked row begins in the table and among the picks, and how long rows are; none for an index out of range. */
const eachPick = (
  table: Shape,
  index: Shape,
  batch: number,
  at: TypedArray,
  visit: (row: number, pick: number, width: number) => void,
): void => {
  const batches = sizeOf(table.slice(0, batch));
  const rows = table[batch]!;
  const picks = sizeOf(index.slice(batch));
  const width = sizeOf(table.slice(batch + 1));
  for (let z = 0; z < batches; z++) {
    for (let p = 0; p < picks; p++) {
      const row = at[z * picks + p]!;
      if (row >= 0 && row < rows) visit((z * rows + row) * width, (z * picks + p) * width, width);
    }
  }
};

export const gatherOp: Op = viewOp(
  {
    name: "gather",
    says: "picks rows; the gradient of a row is added back to the row that was picked",
    formula: "x[i]",
    linear: false,
    evaluate: (node, [x, i]) => {
      const [table, index] = node.src as readonly [Node, Node];
      const from = asArray(x!, table.dtype);
      const out = allocate(node.dtype, sizeOf(node.shape));
      eachPick(table.shape, index.shape, batchOf(node), asArray(i!, index.dtype), (row, pick, width) =>
        out.set(from.subarray(row, row + width), pick),
      );
      return node.shape.length === 0 ? out[0]! : out;
    },
    gradient: (node, g) => {
      const [table, index] = node.src as readonly [Node, Node];
      return [scatterAdd(g, index, table.shape[batchOf(node)]!, batchOf(node)), undefined];
    },
    batch: (node, src, batched) => {
      // One table for all examples needs no copies of it, as long as it has no batch axes itself.
      if (!batched[0] && batchOf(node) === 0) return gather(src[0]!, src[1]!, 0, node.site);
      const [table, index] = allBatched(src, batched);
      return gather(table!, index!, batchOf(node) + 1, node.site);
    },
    rebuild: ([table, index], node) => gather(table!, index!, batchOf(node), node.site),
    work: (node) => ({ kind: "gather", batch: batchOf(node) }),
  },
  "gather",
);
gatherOp.tangent = (node, [t]) => t && gather(t, node.src[1]!, batchOf(node));

export const scatterOp: Op = viewOp(
  {
    name: "scatter_add",
    says: "adds rows into the places that the indices name; each row's gradient is picked back",
    formula: "x[i] += g",
    linear: false,
    evaluate: (node, [g, i]) => {
      const [updates, index] = node.src as readonly [Node, Node];
      const from = asArray(g!, updates.dtype);
      const out = allocate(node.dtype, sizeOf(node.shape));
      eachPick(node.shape, index.shape, batchOf(node), asArray(i!, index.dtype), (row, pick, width) => {
        for (let w = 0; w < width; w++) out[row + w]! += from[pick + w]!;
      });
      return out;
    },
    gradient: (node, g) => [gather(g, node.src[1]!, batchOf(node)), undefined],
    batch: (node, src, batched) => {
      const [g, index] = allBatched(src, batched);
      return scatterAdd(g!, index!, node.shape[batchOf(node)]!, batchOf(node) + 1, node.site);
    },
    rebuild: ([g, index], node) => scatterAdd(g!, index!, node.shape[batchOf(node)]!, batchOf(node), node.site),
    work: (node) => ({ kind: "scatter", batch: batchOf(node) }),
  },
  "gather",
);
scatterOp.tangent = (node, [t]) => t && scatterAdd(t, node.src[1]!, node.shape[batchOf(node)]!, batchOf(node));

/** table [batch..., n, row...], index [batch..., pick...] -> [batch..., pick..., row...]. */
export const gather = (table: Node, index: Node, batch: number, site?: Site): Node => {
  const shape = [...index.shape, ...table.shape.slice(batch + 1)];
  return new Node(gatherOp, [table, cast(index, "int32")], { batch }, shape, table.dtype, site);
};

/** updates [batch..., pick..., row...], index [batch..., pick...] -> [batch..., n, row...]. */
const scatterAdd = (updates: Node, index: Node, n: number, batch: number, site?: Site): Node => {
  const shape = [...index.shape.slice(0, batch), n, ...updates.shape.slice(index.shape.length)];
  return new Node(scatterOp, [updates, cast(index, "int32")], { batch }, shape, updates.dtype, site);
};
