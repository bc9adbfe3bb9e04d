/** Undo and redo over whole states, which are plain data and share what did not change. */

export interface History<S> {
  readonly past: readonly S[];
  readonly present: S;
  readonly future: readonly S[];
  /** What made the last change; changes of one kind in a row, such as a slider's, are one step. */
  readonly by: string | undefined;
}

const most = 200;

export const begin = <S>(present: S): History<S> => ({ past: [], present, future: [], by: undefined });

/** A change that can be undone. `by` names its kind; the next change with the same one joins it. */
export const changed = <S>({ past, present, by: last }: History<S>, next: S, by?: string): History<S> => {
  const joins = by !== undefined && by === last;
  return { past: joins ? past : [...past, present].slice(-most), present: next, future: [], by };
};

/** A change that undo passes over, such as another gate that is looked at. */
export const moved = <S>(history: History<S>, next: S): History<S> => ({ ...history, present: next });

/** The same, after which a change of any kind is a step of its own. */
export const settled = <S>(history: History<S>): History<S> => ({ ...history, by: undefined });

export const undone = <S>(history: History<S>): History<S> => {
  const { past, present, future } = history;
  if (past.length === 0) return history;
  return { past: past.slice(0, -1), present: past.at(-1)!, future: [present, ...future], by: undefined };
};

export const redone = <S>(history: History<S>): History<S> => {
  const { past, present, future } = history;
  if (future.length === 0) return history;
  return { past: [...past, present], present: future[0]!, future: future.slice(1), by: undefined };
};
