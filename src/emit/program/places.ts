/**
 * Where the accesses of a loop stand. Those that move alike share one pointer, and each lies so many bytes behind it:
 * an address may have a constant part at no cost, and a pointer must be moved on in every turn.
 */
import { bytesOf, type DType } from "../../ir/dtype.ts";
import type { Access, Buffer, LoopKernel } from "../../ir/kernel.ts";
import type { FunctionBuilder } from "../wasm/function.ts";
import type { Value } from "../wasm/values.ts";
import type { Site } from "./stretch.ts";

/** So many bytes behind a pointer; what may be read outside of its buffer has an offset of 0, since its pointer may be below 0. */
export interface Place {
  readonly pointer: Value<"i32">;
  readonly offset: number;
}

/** What has a place: an access, or numbers that lie in no buffer of the plan. */
export type Spot = Pick<Access, "strides" | "guards"> & { readonly buffer: { readonly dtype: DType } };

export type Places = ReadonlyMap<Spot, Place>;

/** An index along an axis, or a bound of it. */
export type Bound = Value<"i32"> | number;

/** The accesses of a loop at its first point. Buffers that lie `elsewhere` begin at an address of their own. */
export const placesOf = (f: FunctionBuilder, { lines, stores }: LoopKernel, { offsets }: Site, elsewhere: ReadonlyMap<Buffer, Value<"i32">> = new Map()): Places => {
  const accesses = [...lines.flatMap((line) => (line.kind === "load" ? [line.access] : [])), ...stores.map(({ access }) => access)];
  const places = new Map<Access, Place>();
  const alike = new Map<string, Access[]>();
  for (const access of accesses) {
    const { buffer, strides, guards } = access;
    const pointer = elsewhere.get(buffer);
    if (pointer !== undefined) places.set(access, { pointer, offset: 0 });
    else {
      const key = guards.length > 0 ? `alone ${alike.size}` : strides.map((stride) => stride * bytesOf(buffer.dtype)).join();
      alike.set(key, [...(alike.get(key) ?? []), access]);
    }
  }
  for (const group of alike.values()) {
    const starts = group.map(({ buffer, offset }) => offsets[buffer.id]! + offset * bytesOf(buffer.dtype));
    const first = Math.min(...starts);
    const pointer = f.copy<"i32">(first, "i32");
    group.forEach((access, i) => places.set(access, { pointer, offset: starts[i]! - first }));
  }
  return places;
};

/** Places that are being moved along an axis; `next` moves them on by one step. */
export interface Moving {
  readonly places: Places;
  next(): void;
  /** A pointer that grows with every step, if there is one, and by how many bytes for each index. */
  readonly growing: { readonly pointer: Value<"i32">; readonly by: number } | undefined;
}

/** Places at an index of an axis, to be moved on from there. */
export const movingFrom = (f: FunctionBuilder, places: Places, axis: number, from: Bound, step: number): Moving => {
  const moved = new Map<string, { readonly pointer: Value<"i32">; readonly by: number; readonly isSafe: boolean; next(): void }>();
  const inner = new Map(places);
  for (const [access, { pointer, offset }] of places) {
    const by = access.strides[axis]! * bytesOf(access.buffer.dtype);
    if (by === 0) continue;
    const key = `${pointer.id} ${by}`;
    let move = moved.get(key);
    if (move === undefined) {
      const variable = f.variable("i32", from === 0 ? pointer : f.i32.add(pointer, typeof from === "number" ? from * by : f.i32.mul(from, by)));
      move = { pointer: variable, by, isSafe: access.guards.length === 0, next: () => f.set(variable, f.i32.add(variable, by * step)) };
      moved.set(key, move);
    }
    inner.set(access, { pointer: move.pointer, offset });
  }
  return { places: inner, next: () => moved.forEach((move) => move.next()), growing: [...moved.values()].find(({ by, isSafe }) => by > 0 && isSafe) };
};

/** Places at an index of an axis that is known. */
export const placesAt = (f: FunctionBuilder, places: Places, axis: number, index: number): Places => {
  if (index === 0) return places;
  const inner = new Map(places);
  const moved = new Map<string, Value<"i32">>();
  for (const [access, { pointer, offset }] of places) {
    const by = index * access.strides[axis]! * bytesOf(access.buffer.dtype);
    if (by === 0) continue;
    if (access.guards.length === 0 && offset + by >= 0) inner.set(access, { pointer, offset: offset + by });
    else {
      const key = `${pointer.id} ${by}`;
      const at = moved.get(key) ?? f.copy<"i32">(f.i32.add(pointer, by), "i32");
      moved.set(key, at);
      inner.set(access, { pointer: at, offset });
    }
  }
  return inner;
};
