/**
 * The last step of a function: a draft holds its instructions without those that read and write locals, which are
 * listed beside it. A value that is used once, and at once, then stays on the stack; only the others become locals.
 */
import { ByteWriter } from "./bytes.ts";
import { typeCode, type ValueType } from "./instructions.ts";

export const get = 0;
export const set = 1;
export type Access = typeof get | typeof set;

/**
 * The end of a part of the code that may run again or not at all. Vectors that are used in it alone become 0 there: V8
 * would otherwise carry them out of it and around its loop, though nobody asks for them, and counts what it carries
 * against joining two vectors of 128 bits into one of 256.
 */
export interface Forget {
  readonly position: number;
  /** Its accesses, from one up to another. */
  readonly from: number;
  readonly to: number;
}

/** Accesses are pairs: the position in the code that they stand before, and twice the local's id plus the kind. */
export interface Draft {
  readonly code: ByteWriter;
  readonly accesses: number[];
  readonly forgets: Forget[];
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
  const forgotten = drafts.map(({ accesses, forgets }) => forgottenBy(accesses, forgets, (id) => types[id] === "v128" && kept[id] === 1 && id >= params));
  const index = new Uint32Array(types.length);
  const nameOf = new Map<number, string>();
  const out = new ByteWriter(64 + drafts.reduce((sum, { code, accesses }) => sum + code.length + accesses.length, 0));
  let next = params;
  let zero = -1;
  const runs: [number, ValueType][] = [];
  for (const type of order) {
    const first = next;
    for (let id = params; id < types.length; id++) if (types[id] === type && kept[id]) index[id] = next++;
    // The last vector is never set.
    if (type === "v128" && forgotten.some((each) => each.some(({ ids }) => ids.length > 0))) nameOf.set((zero = next++), "zero");
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
  drafts.forEach((draft, i) => copy(draft, out, index, reads, forgotten[i]!, zero));
  out.byte(0x0b);
  return { bytes: out.written, names: nameOf };
};

/** Whether a write is followed at once by the only read. */
const stays = (accesses: readonly number[], i: number, reads: Uint32Array): boolean => {
  const id = accesses[i + 1]! >> 1;
  return (accesses[i + 1]! & 1) === set && reads[id] === 1 && accesses[i + 3] === id * 2 + get && accesses[i + 2] === accesses[i];
};

interface Forgotten extends Forget {
  readonly ids: readonly number[];
}

/** Of each part what is first set in it and used there alone; in the innermost part of which that is true. */
const forgottenBy = (accesses: readonly number[], forgets: readonly Forget[], isVector: (id: number) => boolean): readonly Forgotten[] => {
  const uses = new Map<number, { readonly first: number; last: number }>();
  for (let i = 0; i < accesses.length; i += 2) {
    const id = accesses[i + 1]! >> 1;
    const use = uses.get(id);
    if (use !== undefined) use.last = i;
    else if (isVector(id)) uses.set(id, { first: i, last: i });
  }
  if (uses.size === 0) return [];
  return forgets.map((part) => {
    const ids: number[] = [];
    for (let i = part.from; i < part.to; i += 2) {
      const id = accesses[i + 1]! >> 1;
      const use = uses.get(id);
      if (use?.first !== i || (accesses[i + 1]! & 1) !== set || use.last >= part.to) continue;
      ids.push(id);
      uses.delete(id);
    }
    return { ...part, ids };
  });
};

const copy = ({ code, accesses }: Draft, out: ByteWriter, index: Uint32Array, reads: Uint32Array, forgotten: readonly Forgotten[], zero: number): void => {
  const bytes = code.written;
  let done = 0;
  let part = 0;
  for (let i = 0; i <= accesses.length; i += 2) {
    for (; part < forgotten.length && forgotten[part]!.to <= i; part++) {
      const { position, ids } = forgotten[part]!;
      out.append(bytes, done, position);
      done = position;
      forget(out, ids.map((id) => index[id]!), zero);
    }
    if (i === accesses.length) break;
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

const forget = (out: ByteWriter, locals: readonly number[], zero: number): void => {
  if (locals.length === 0) return;
  out.byte(0x20);
  out.u32(zero);
  locals.forEach((local, i) => {
    out.byte(i < locals.length - 1 ? 0x22 : 0x21);
    out.u32(local);
  });
};
