/** Where the texts of a box and of its wires stand: one geometry for the picture in a file and for the one on a page. */
import type { DrawnBox, DrawnPort } from "./drawing.ts";
import type { Place } from "./layout.ts";

/** A point of the drawing. */
export interface Spot {
  readonly x: number;
  readonly y: number;
}

export interface Spots {
  /** The upper left corner of the box. */
  readonly corner: Spot;
  /** Where the name and the value begin, above the wire that leaves the box; the gradient, below it. */
  readonly value: Spot;
  readonly gradient: Spot;
  /** For each port: the tip of its wire, and where the contribution of a branch ends. */
  readonly tips: readonly Spot[];
  readonly contributions: readonly Spot[];
}

/** From a box to the texts behind it, and to the end of those before it, which leave room for the tip. */
export const behindBox = 6;
export const beforeBox = 9;

export const spotsOf = ({ width, height, ports }: DrawnBox, { x, y }: Place): Spots => {
  const left = x - width / 2;
  const right = x + width / 2 + behindBox;
  return {
    corner: { x: left, y: y - height / 2 },
    value: { x: right, y: y - 6 },
    gradient: { x: right, y: y + 16 },
    tips: ports.map(({ offset, inset }: DrawnPort) => ({ x: left + inset, y: y + offset })),
    contributions: ports.map(({ offset, inset }: DrawnPort) => ({ x: left + inset - beforeBox, y: y + offset + 12 })),
  };
};

/** Where the tip of the wire that leaves the last box stands. */
export const endSpot = ({ end, y }: Place): Spot => ({ x: end + 6, y });
