/**
 * The tail of a result as a function: what is done with each block of it that is there. Blocks that nobody else wants are
 * written into a room of the thread's own, one over the other, and read from there.
 */
import { bytesOf } from "../../ir/dtype.ts";
import { type Access, type Line, type LoopKernel, type Multiplying, resultOf } from "../../ir/kernel.ts";
import type { FunctionBuilder } from "../wasm/function.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import type { Value } from "../wasm/values.ts";
import { LoopBody } from "./loop-body.ts";
import { shapeOf } from "./loop-shape.ts";
import { placesOf } from "./places.ts";
import type { Site } from "./stretch.ts";

/** A block of a result: its example, and its rows and columns from one up to another. */
export interface Region {
  readonly example: Value<"i32"> | 0;
  readonly row: Value<"i32"> | number;
  readonly rowEnd: Value<"i32"> | number;
  readonly column: Value<"i32"> | number;
  readonly columnEnd: Value<"i32"> | number;
}

export interface TailOptions {
  /** Numbers between rows of a block in the room; nothing where the result is stored, and lies in its buffer. */
  readonly pitch: number | undefined;
  /** Columns of every block begin and end at multiples of this, but for the end of the result. */
  readonly unit: number;
}

/** Calls the tail for a block; the room begins at an address. */
export type Tailing = (f: FunctionBuilder, region: Region, room: Value<"i32">) => void;

const params = { example: "i32", row: "i32", rowEnd: "i32", column: "i32", columnEnd: "i32", room: "i32" } as const;

/** The kernel must have a tail. */
export const tailOf = (module: ModuleBuilder, name: string, kernel: Multiplying, site: Site, { pitch, unit }: TailOptions): Tailing => {
  const own = kernel.tail!.loop;
  const out = resultOf(kernel);
  const columns = own.axes.at(-1)!;
  const given = pitch === undefined ? own : fromRoom(own, out.id, pitch);
  const whole = unit >= columns;
  // Rows that lie end to end in everything are one.
  const loop = whole ? joined(given) ?? given : given;
  const isJoined = loop !== given;
  const lanes = loop.axes.length - 1;
  const run = module.function(`${name}.tail`, { params }, (f, p) => {
    const { i32 } = f;
    const body = new LoopBody(module, f, loop, shapeOf(loop, lanes), site.target);
    const room = pitch === undefined ? [] : [[out, f.copy<"i32">(i32.sub(p.room, i32.mul(i32.add(i32.mul(p.row, pitch), p.column), bytesOf(out.dtype))), "i32")] as const];
    const start = placesOf(f, loop, site, new Map(room));
    const examples = own.axes.length === 2 ? [] : [[p.example, i32.add(p.example, 1)] as const];
    if (isJoined) body.region(start, [...examples, [i32.mul(p.row, columns), i32.mul(p.rowEnd, columns)]], columns);
    else body.region(start, [...examples, [p.row, p.rowEnd], whole ? [0, columns] : [p.column, p.columnEnd]], whole ? 0 : unit);
  });
  return (f, { example, row, rowEnd, column, columnEnd }, room) => f.call(run, example, row, rowEnd, column, columnEnd, room);
};

/** The loop that reads the result from a room of rows so many numbers apart. */
const fromRoom = (loop: LoopKernel, result: number, pitch: number): LoopKernel => {
  const access = (given: Access): Access => (given.buffer.id === result ? { ...given, strides: [...loop.axes.slice(2).map(() => 0), pitch, 1] } : given);
  return { ...loop, lines: loop.lines.map((line): Line => (line.kind === "load" ? { ...line, access: access(line.access) } : line)) };
};

/** The loop with rows and columns as one axis, if everything moves along both as along one. */
const joined = (loop: LoopKernel): LoopKernel | undefined => {
  const { axes, lines, stores } = loop;
  const last = axes.length - 1;
  const columns = axes[last]!;
  const coefs = [...lines.flatMap((line) => (line.kind === "load" ? [line.access.strides] : line.kind === "position" ? [line.row.coef] : [])), ...stores.map(({ access }) => access.strides)];
  // Along an axis of one point strides say nothing.
  if (axes[last - 1] !== 1 && coefs.some((coef) => coef[last - 1] !== coef[last]! * columns)) return undefined;
  const narrow = (coef: readonly number[]): readonly number[] => [...coef.slice(0, last - 1), coef[last]!];
  const access = (given: Access): Access => ({ ...given, strides: narrow(given.strides) });
  return {
    ...loop,
    axes: [...axes.slice(0, last - 1), axes[last - 1]! * columns],
    kept: last,
    lines: lines.map((line): Line => (line.kind === "load" ? { ...line, access: access(line.access) } : line.kind === "position" ? { ...line, row: { ...line.row, coef: narrow(line.row.coef) } } : line)),
    stores: stores.map((store) => ({ ...store, access: access(store.access) })),
  };
};
