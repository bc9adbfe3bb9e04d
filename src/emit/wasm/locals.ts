/**
 * The last step of a function: a draft holds its instructions without those that read and write locals, which are
 * listed beside it. A value that is used once, and at once, then stays on the stack; only the others become locals.
 */
import { ByteWriter } from "./bytes.ts";
import { typeCode, type ValueType } from "./instructions.ts";

export const get = 0;
export const set = 1;
export type Access = typeof get | typeof set;

/** Accesses are pairs: the position in the code that they stand before, and twice the local's id plus the kind. */
export interface Draft {
  readonly code: ByteWriter;
  readonly accesses: number[];
}

const order: readonly ValueType[] = ["i32", "i64", "f32", "f64", "v128"];

export const finishBody = (
  drafts: readonly Draft[],
  types: readonly ValueType[],
  names: readonly (string | undefined)[],
  params: number,
): { readonly bytes: Uint8Array; readonly names: ReadonlyMap<number, string> } => {
  const reads = new Uint32Array(types.length);
  const kept = new Uint32Array(types.length);
  for (const { accesses } of drafts) {
    for (let i = 1; i < accesses.length; i += 2) if ((accesses[i]! & 1) === get) reads[accesses[i]! >> 1]!++;
  }
  for (const { accesses } of drafts) {
    for (let i = 0; i < accesses.length; i += 2) {
      if (stays(accesses, i, reads)) i += 2;
      else if (reads[accesses[i + 1]! >> 1]! > 0) kept[accesses[i + 1]! >> 1] = 1;
    }
  }
  const index = new Uint32Array(types.length);
  const nameOf = new Map<number, string>();
  const out = new ByteWriter(64 + drafts.reduce((sum, { code, accesses }) => sum + code.length + accesses.length, 0));
  let next = params;
  const runs: [number, ValueType][] = [];
  for (const type of order) {
    const first = next;
    for (let id = params; id < types.length; id++) if (types[id] === type && kept[id]) index[id] = next++;
    if (next > first) runs.push([next - first, type]);
  }
  for (let id = 0; id < types.length; id++) {
    if (id < params) index[id] = id;
    if (names[id] !== undefined && (id < params || kept[id])) nameOf.set(index[id]!, names[id]!);
  }
  out.u32(runs.length);
  for (const [count, type] of runs) {
    out.u32(count);
    out.byte(typeCode[type]);
  }
  for (const draft of drafts) copy(draft, out, index, reads);
  out.byte(0x0b);
  return { bytes: out.written, names: nameOf };
};

/** Whether a write is followed at once by the only read. */
const stays = (accesses: readonly number[], i: number, reads: Uint32Array): boolean => {
  const id = accesses[i + 1]! >> 1;
  return (accesses[i + 1]! & 1) === set && reads[id] === 1 && accesses[i + 3] === id * 2 + get && accesses[i + 2] === accesses[i];
};

const copy = ({ code, accesses }: Draft, out: ByteWriter, index: Uint32Array, reads: Uint32Array): void => {
  const bytes = code.written;
  let done = 0;
  for (let i = 0; i < accesses.length; i += 2) {
    const position = accesses[i]!;
    out.append(bytes, done, position);
    done = position;
    const id = accesses[i + 1]! >> 1;
    if (stays(accesses, i, reads)) {
      i += 2;
    } else if ((accesses[i + 1]! & 1) === get) {
      out.byte(0x20);
      out.u32(index[id]!);
    } else if (reads[id] === 0) {
      out.byte(0x1a);
    } else {
      const follows = accesses[i + 3] === id * 2 + get && accesses[i + 2] === position;
      out.byte(follows ? 0x22 : 0x21);
      out.u32(index[id]!);
      if (follows) i += 2;
    }
  }
  out.append(bytes, done);
};
