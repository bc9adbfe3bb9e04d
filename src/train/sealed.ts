/**
 * Safetensors files that know whether they are whole: the first entry of the metadata is the SHA-256 of the file itself,
 * taken with zeros in its place. Any reader of the format can open them; ours looks at every byte first.
 */
import { Diagnostic } from "../ir/diagnostic.ts";
import { hex, sha256 } from "../ir/sha256.ts";
import { readSafetensors, writeSafetensors, type Safetensors } from "../nn/safetensors.ts";

const unset = "0".repeat(64);

/** What stands before the digest: the length of the header, then its beginning. */
const start = '{"__metadata__":{"sha256":"';
const at = 8 + start.length;

/** The tensors of a tree as a file with a digest of its own. @throws Diagnostic as `writeSafetensors` */
export const sealTensors = (tree: unknown, metadata: Readonly<Record<string, string>>): Uint8Array => {
  const bytes = writeSafetensors(tree, { sha256: unset, ...metadata });
  bytes.set(new TextEncoder().encode(hex(sha256(bytes))), at);
  return bytes;
};

const text = (bytes: Uint8Array, from: number, to: number): string => new TextDecoder("latin1").decode(bytes.slice(from, to));

/**
 * What a sealed file holds, if it is exactly what was written; `name` is the file's, for the sentence.
 * @throws Diagnostic `damaged-file`; and those of `readSafetensors`
 */
export const openSealed = (bytes: Uint8Array, name: string): Safetensors => {
  if (bytes.length < at + unset.length || text(bytes, 8, at) !== start) throw damaged(name, "it does not begin as a file of chainrule does");
  const stated = text(bytes, at, at + unset.length);
  const blank = bytes.slice();
  blank.set(new TextEncoder().encode(unset), at);
  if (hex(sha256(blank)) !== stated) throw damaged(name, "its bytes are not those of its digest");
  return readSafetensors(bytes);
};

const damaged = (name: string, why: string): Diagnostic =>
  new Diagnostic("damaged-file", `${name} is damaged: ${why}.`, {
    help: "something other than chainrule changed it or cut it short; take a copy of the file, if there is one",
  });
