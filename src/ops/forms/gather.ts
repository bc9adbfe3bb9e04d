/**
 * Picking rows by index, and its transpose: adding rows into place. Each is the other's gradient. Leading `batch` axes
 * are shared by table and indices. An index out of range reads 0 and adds nowhere.
 */
import { allocate, asArray } from "../../ir/dtype.ts";
import { Node, type Site } from "../../ir/node.ts";
import type { Op } from "../../ir/node.ts";
import { sizeOf } from "../../ir/shape.ts";
import { cast } from "./cast.ts";
import { viewOp } from "./view.ts";

/** Sizes of the loops: batches, rows of the table, indices per batch, numbers per row. */
const sizes = (table: readonly number[], index: readonly number[], batch: number) => ({
  batches: sizeOf(table.slice(0, batch)),
  rows: table[batch]!,
  picks: sizeOf(index.slice(batch)),
  width: sizeOf(table.slice(batch + 1)),
});

const gatherOp: Op = viewOp(
  {
    name: "gather",
    says: "picks rows; the gradient of a row is added back to the row that was picked",
    formula: "x[i]",
    linear: false,
    evaluate: (node, [x, i]) => {
      const [table, index] = node.src as readonly [Node, Node];
      const { batches, rows, picks, width } = sizes(table.shape, index.shape, node.attrs["batch"] as number);
      const from = asArray(x!, table.dtype);
      const at = asArray(i!, index.dtype);
      const out = allocate(node.dtype, sizeOf(node.shape));
      for (let z = 0; z < batches; z++) {
        for (let p = 0; p < picks; p++) {
          const row = at[z * picks + p]!;
          if (row < 0 || row >= rows) continue;
          const start = (z * rows + row) * width;
          out.set(from.subarray(start, start + width), (z * picks + p) * width);
        }
      }
      return node.shape.length === 0 ? out[0]! : out;
    },
    gradient: (node, g) => {
      const [table, index] = node.src as readonly [Node, Node];
      return [scatterAdd(g, index, table.shape[node.attrs["batch"] as number]!, node.attrs["batch"] as number), undefined];
    },
    rebuild: ([table, index], node) => gather(table!, index!, node.attrs["batch"] as number, node.site),
  },
  "gather",
);
gatherOp.tangent = (node, [t]) => t && gather(t, node.src[1]!, node.attrs["batch"] as number);

const scatterOp: Op = viewOp(
  {
    name: "scatter_add",
    says: "adds rows into the places that the indices name; each row's gradient is picked back",
    formula: "x[i] += g",
    linear: false,
    evaluate: (node, [g, i]) => {
      const [updates, index] = node.src as readonly [Node, Node];
      const { batches, rows, picks, width } = sizes(node.shape, index.shape, node.attrs["batch"] as number);
      const from = asArray(g!, updates.dtype);
      const at = asArray(i!, index.dtype);
      const out = allocate(node.dtype, sizeOf(node.shape));
      for (let z = 0; z < batches; z++) {
        for (let p = 0; p < picks; p++) {
          const row = at[z * picks + p]!;
          if (row < 0 || row >= rows) continue;
          for (let w = 0; w < width; w++) out[(z * rows + row) * width + w]! += from[(z * picks + p) * width + w]!;
        }
      }
      return out;
    },
    gradient: (node, g) => [gather(g, node.src[1]!, node.attrs["batch"] as number), undefined],
    rebuild: ([g, index], node) =>
      scatterAdd(g!, index!, node.shape[node.attrs["batch"] as number]!, node.attrs["batch"] as number, node.site),
  },
  "gather",
);
scatterOp.tangent = (node, [t]) =>
  t && scatterAdd(t, node.src[1]!, node.shape[node.attrs["batch"] as number]!, node.attrs["batch"] as number);

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
