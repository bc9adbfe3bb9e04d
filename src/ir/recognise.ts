/**
 * What the grouping pass needs to know of an operation that wants to be recognised: the chains of plain gates that mean
 * it. The entry states them in operations, so that the pass knows none.
 */
import type { Attrs, Node, Op } from "./node.ts";

export interface Recognisable {
  readonly op: Op;
  /** Operands that it takes; `variadic`: at least so many. */
  readonly params: number;
  readonly variadic: boolean;
  /** So many placeholders, of shapes for which the spellings make sense; or one like each of the given nodes. */
  readonly holes: (like: number | readonly Node[]) => readonly Node[];
  /** Circuits that mean the same. `options` are the attributes of the first fold in the chain that was found. */
  readonly spellings: readonly ((operands: readonly Node[], options: Attrs) => Node)[];
  readonly build: (operands: readonly Node[], options: Attrs) => Node;
  /** One sentence for people: what is better about it as one gate. */
  readonly why: string;
}
