/**
 * The state in the link's `#`: `#circuit.1.<data>`, the page, the version of its format, and its JSON, deflated, in the
 * letters of base64url. What cannot be read is no state, never an error.
 */

/** The version that is written, and the only one that is read. */
export const linkVersion = 1;

/** No honest state is longer; a short link could otherwise unfold into gigabytes. */
const longest = 1 << 20;

export interface Link {
  /** The name of the page; empty for an empty link. */
  readonly page: string;
  /** The page's state as data; absent if the link carries none, or none that can be read. */
  readonly state?: unknown;
  /** The link carries something, and it cannot be read. */
  readonly broken: boolean;
}

const through = (bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream): ReadableStream<Uint8Array> =>
  new Blob([bytes]).stream().pipeThrough(stream);

const read = async (stream: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> => {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    if (length > most) {
      await reader.cancel();
      return undefined;
    }
    parts.push(next.value);
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

const toText = (bytes: Uint8Array): string => {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
};

const toBytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

/** The link of a page in a state, with its `#`. */
export const writeLink = async (page: string, state: unknown): Promise<string> => {
  const bytes = new TextEncoder().encode(JSON.stringify(state));
  const packed = await read(through(bytes, new CompressionStream("deflate-raw")), Infinity);
  return `#${page}.${linkVersion}.${toText(packed!)}`;
};

/** The page alone, in its first state. */
export const pageLink = (page: string): string => `#${page}`;

/** Reads any text as a link; never throws. */
export const readLink = async (hash: string): Promise<Link> => {
  const [page = "", version, data] = hash.replace(/^#/, "").split(".");
  if (version === undefined) return { page, broken: false };
  try {
    if (version !== String(linkVersion) || data === undefined || data.length > longest) return { page, broken: true };
    const bytes = await read(through(toBytes(data), new DecompressionStream("deflate-raw")), longest);
    if (bytes === undefined) return { page, broken: true };
    return { page, state: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown, broken: false };
  } catch {
    return { page, broken: true };
  }
};
