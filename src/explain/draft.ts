/**
 * A circuit before it has numbers: which nodes it shows, what they are called and how they hang together. Programs and
 * functions are drafted in different ways; values and gradients are put in at one place, `circuit.ts`.
 */
import type { Value } from "../ir/dtype.ts";
import type { Node, NodeLookup } from "../ir/node.ts";
import type { CircuitNode, Grouping, Operand } from "./circuit.types.ts";

export interface DraftNode {
  readonly name: string;
  readonly named: boolean;
  readonly kind: CircuitNode["kind"];
  readonly op: string;
  /** Operand `i` is the `i`-th source of `node`. */
  readonly operands: readonly Operand[];
  /** The gate itself. */
  readonly node: Node;
  /** What its consumers read: the same, or a comparison's answer as a number. */
  readonly value: Node;
  readonly plumbing: boolean;
}

export interface Draft {
  /** In order of evaluation, inputs first. */
  readonly nodes: readonly DraftNode[];
  readonly inputs: readonly number[];
  readonly output: number;
  readonly unused: readonly string[];
  readonly grouped: readonly Grouping[];
  readonly source: string | undefined;
  /** Texts are made when they are asked for: a chain of a million gates has a million. */
  readonly exprOf: (index: number) => string;
  /** Values of the inputs. */
  readonly feeds: NodeLookup<Value>;
}

/** Names of nodes, each unique: of a name given several times the last keeps it, earlier ones are `y@1`, `y@2`. */
export const uniqueNames = (preferred: readonly (string | undefined)[]): string[] => {
  const left = new Map<string, number>();
  for (const name of preferred) if (name !== undefined) left.set(name, (left.get(name) ?? 0) + 1);
  const several = new Set([...left].filter(([, count]) => count > 1).map(([name]) => name));
  const taken = new Set(left.keys());
  const used = new Map<string, number>();
  const numbered = (prefix: string): string => {
    let name: string;
    do {
      const n = (used.get(prefix) ?? 0) + 1;
      used.set(prefix, n);
      name = `${prefix}${n}`;
    } while (taken.has(name));
    return name;
  };
  return preferred.map((name) => {
    if (name === undefined) return numbered("%");
    left.set(name, left.get(name)! - 1);
    return several.has(name) && left.get(name)! > 0 ? numbered(`${name}@`) : name;
  });
};
