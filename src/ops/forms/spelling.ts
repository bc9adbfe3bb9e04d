/** Operations that are only a way to write others (mean, matmul, slice): they make no node of their own. */
import type { Node, Site } from "../../ir/node.ts";
import { entry, type Entry, type EntryInfo, type Sample } from "./entry.ts";

export interface SpellingSpec<Sig extends string, Args extends readonly unknown[]> {
  readonly word: string;
  readonly sig: Sig;
  readonly says: string;
  readonly formula: string;
  readonly operands: EntryInfo["operands"];
  readonly samples: readonly Sample[];
  readonly differentiable?: boolean;
  /** The call site goes to the last node, the one that the user would recognise. */
  readonly spell: (args: Args, site?: Site) => Node;
}

export const spelling = <const Sig extends string, Args extends readonly unknown[]>(
  spec: SpellingSpec<Sig, Args>,
): Entry<Sig, (...args: Args) => Node> =>
  entry<Sig, (...args: never[]) => Node>({
    word: spec.word,
    sig: spec.sig,
    op: undefined,
    says: spec.says,
    formula: spec.formula,
    operands: spec.operands,
    arity: undefined,
    samples: () => spec.samples,
    excluded: [],
    differentiable: spec.differentiable ?? true,
    internal: false,
    build: (args, site) => spec.spell(args as unknown as Args, site),
  }) as unknown as Entry<Sig, (...args: Args) => Node>;
