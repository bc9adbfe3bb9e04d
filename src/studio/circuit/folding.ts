/** What of a program is one box: no part of the first drawing, unless that is of a large circuit. */
import type { Draft } from "../../explain/draft.ts";
import { foldables, foldDraft, type Foldable } from "../../explain/regroup.ts";
import { boxesAround, foldParts, partsOf } from "../../explain/stages.ts";
import type { FoldLevel } from "./state.ts";

/** A level, and the keys of what is folded or open against it. */
export interface Folding {
  readonly level: FoldLevel;
  readonly flipped?: readonly string[] | undefined;
}

/** Whether a group or a chain is folded: as the level says, or the other way round. */
export const isFolded = ({ level, flipped }: Folding, { key, written }: Pick<Foldable, "key" | "written">): boolean =>
  (level === "grouped" || (level !== "opened" && written)) !== (flipped?.includes(key) ?? false);

/** The same for a stage, a row of stages, or a piece of one. */
export const isStageFolded = ({ level, flipped }: Folding, { key }: { readonly key: string }): boolean => (level === "stages") !== (flipped?.includes(key) ?? false);

/** A box around a gate. */
export interface Around {
  readonly key: string;
  /** What it is called: `7 stages up to s7`. */
  readonly title: string;
  readonly folded: boolean;
}

export interface Folds {
  readonly draft: Draft;
  /** Groups of the program, and chains that could be one. */
  readonly groups: readonly (Foldable & { readonly folded: boolean })[];
  /** Whether there are stages that could be folded. */
  readonly hasStages: boolean;
  /** The boxes around a gate, the outermost first; the last is itself where it is folded. */
  readonly around: (name: string) => readonly Around[];
}

/** The program with everything folded that is to be; the very draft as it was written where that is nothing. */
export const foldsOf = (written: Draft, how: Folding): Folds => {
  const grouped = foldDraft(written, (one) => isFolded(how, one));
  const parts = partsOf(grouped);
  return {
    draft: foldParts(grouped, parts, (part) => isStageFolded(how, part)),
    groups: foldables(written).map((one) => ({ ...one, folded: isFolded(how, one) })),
    hasStages: parts.some((part) => part.parts.length > 0),
    around: (name) => {
      const all = boxesAround(parts, grouped.nodes.findIndex((node) => node.name === name)).map((part) => ({
        key: part.key,
        title: `${part.word} ${part.stages > 1 ? "up to" : "of"} ${grouped.nodes[part.root]!.name}`,
        folded: isStageFolded(how, part),
      }));
      // What lies inside of a folded box is not drawn.
      const first = all.findIndex(({ folded }) => folded);
      return first < 0 ? all : all.slice(0, first + 1);
    },
  };
};
