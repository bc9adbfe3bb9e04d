/** The equation of a contraction, for whoever reads or writes it: `ij,jk->ik`. */
import type { Node } from "../../ir/node.ts";
import type { Equation } from "../../ir/work.ts";

/** The letters of a contraction; of any other node `undefined`. */
export const equationOf = (node: Node): Equation | undefined => node.attrs["equation"] as Equation | undefined;

export const equationText = ({ a, b, out }: Equation): string => `${a},${b}->${out}`;

/** The product of two matrices, `ij,jk->ik` in whatever letters. */
export const isMatrixProduct = ({ a, b, out }: Equation): boolean =>
  a.length === 2 && b.length === 2 && out.length === 2 && a[1] === b[0] && out === a[0]! + b[1]!;
