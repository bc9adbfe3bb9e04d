/**
 * SHA-256 (FIPS 180-4), at once: a page names the hashes of its own script and style in its security policy, and a file
 * of weights is checked while it is read; browsers hash only asynchronously.
 */

import { once } from "./once.ts";

/** The first 32 bits behind the point of a root of each of the first primes, as the standard takes its constants. */
const fractions = (count: number, root: (prime: number) => number): number[] => {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes.map((prime) => ((root(prime) % 1) * 2 ** 32) | 0);
};

const constants = once(() => ({ initial: fractions(8, Math.sqrt), rounds: Int32Array.from(fractions(64, Math.cbrt)) }));

const rotate = (x: number, by: number): number => (x >>> by) | (x << (32 - by));

/** What is left of the message behind its last whole block, with a 1 bit, zeros and the message's length in bits. */
const lastBlocks = (bytes: Uint8Array): DataView => {
  const rest = bytes.length % 64;
  const size = rest < 56 ? 64 : 128;
  const all = new Uint8Array(size);
  all.set(bytes.subarray(bytes.length - rest));
  all[rest] = 0x80;
  const view = new DataView(all.buffer);
  view.setUint32(size - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(size - 4, bytes.length << 3);
  return view;
};

/** Takes whole blocks of 64 bytes into the hash. */
const take = (hash: Int32Array, message: DataView): void => {
  const { rounds } = constants();
  const w = new Int32Array(64);
  for (let block = 0; block + 64 <= message.byteLength; block += 64) {
    for (let i = 0; i < 16; i++) w[i] = message.getInt32(block + 4 * i);
    for (let i = 16; i < 64; i++) {
      const [a, b] = [w[i - 15]!, w[i - 2]!];
      const low = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3);
      const high = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10);
      w[i] = (w[i - 16]! + low + w[i - 7]! + high) | 0;
    }
    let [a, b, c, d] = [hash[0]!, hash[1]!, hash[2]!, hash[3]!];
    let [e, f, g, h] = [hash[4]!, hash[5]!, hash[6]!, hash[7]!];
    for (let i = 0; i < 64; i++) {
      const choice = (e & f) ^ (~e & g);
      const majority = (a & b) ^ (a & c) ^ (b & c);
      const first = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choice + rounds[i]! + w[i]!) | 0;
      const second = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    hash.set([hash[0]! + a, hash[1]! + b, hash[2]! + c, hash[3]! + d, hash[4]! + e, hash[5]! + f, hash[6]! + g, hash[7]! + h]);
  }
};

/** The 32 bytes of the hash of some bytes, or of a text's UTF-8 bytes. */
export const sha256 = (message: Uint8Array | string): Uint8Array => {
  const bytes = typeof message === "string" ? new TextEncoder().encode(message) : message;
  const hash = Int32Array.from(constants().initial);
  take(hash, new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
  take(hash, lastBlocks(bytes));
  const result = new DataView(new ArrayBuffer(32));
  hash.forEach((word, i) => result.setInt32(4 * i, word));
  return new Uint8Array(result.buffer);
};

/** In base64, e.g. for `'sha256-...'` in a content security policy. */
export const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/** In hexadecimal, two digits a byte. */
export const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
