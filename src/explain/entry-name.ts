/** Entries of tensors by name, `W[1,2]`: how they are written, read, and counted row by row. */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { indexAt, stridesOf } from "../ir/shape.ts";
import type { Shape } from "../ir/shape.types.ts";

export interface EntryName {
  readonly name: string;
  readonly index: readonly number[];
}

/** Reads `W[1,2]` or `W[1][2]`; a name alone has no index. Names may hold brackets themselves: the last ones count. */
export const parseEntry = (text: string): EntryName => {
  const match = /^(.*?)((?:\[\s*\d+(?:\s*,\s*\d+)*\s*\])+)$/s.exec(text.trim());
  if (!match) return { name: text.trim(), index: [] };
  return { name: match[1]!.trim(), index: (match[2]!.match(/\d+/g) ?? []).map(Number) };
};

/**
 * The place of an entry, row by row.
 * @throws Diagnostic `bad-entry`
 */
export const offsetOf = ({ name, index }: EntryName, shape: Shape): number => {
  if (index.length !== shape.length || index.some((at, axis) => at >= shape[axis]!)) {
    const last = shape.map((n) => n - 1).join(",");
    throw new Diagnostic("bad-entry", `${name}[${index.join(",")}] is no entry of ${name}, which has the shape ${shapeText(shape)}.`, {
      help: shape.length === 0 ? `write ${name} alone` : `the entries are ${name}[${shape.map(() => 0).join(",")}] to ${name}[${last}]`,
    });
  }
  const strides = stridesOf(shape);
  return index.reduce((sum, at, axis) => sum + at * strides[axis]!, 0);
};

/** The name of the entry at a place: `W[1,2]`; a scalar by its name alone. */
export const entryNameAt = (name: string, offset: number, shape: Shape): string =>
  shape.length === 0 ? name : `${name}[${indexAt(offset, shape).join(",")}]`;
