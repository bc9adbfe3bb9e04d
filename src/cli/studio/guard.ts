/**
 * Who may ask. The server listens on this machine alone, but every page that a browser shows can send requests there: a
 * name that an attacker resolves to 127.0.0.1 comes with its own Host, a foreign page with its Origin, or with the word
 * of the browser (Sec-Fetch-Site) that it is foreign.
 */
import type { IncomingMessage } from "node:http";

export interface Refusal {
  readonly status: 400 | 403;
  readonly says: string;
}

/** The names under which a browser on this machine reaches the server. */
const hostsOf = (port: number): readonly string[] =>
  ["127.0.0.1", "localhost"].flatMap((name) => [`${name}:${port}`, ...(port === 80 ? [name] : [])]);

/** A link on another page may lead here, as any link may; nothing else that comes from another page is answered. */
const isForeign = ({ headers }: IncomingMessage): boolean => {
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return false;
  return !(headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document");
};

/** Why a request is not answered, or undefined if it is. */
export const refusalOf = (request: IncomingMessage, port: number): Refusal | undefined => {
  const { headers, headersDistinct, url = "" } = request;
  const { host, origin } = headers;
  const isHost = headersDistinct["host"]?.length === 1 && hostsOf(port).includes(host!);
  if (!isHost) return { status: 403, says: "This server answers to its own address alone." };
  if (origin !== undefined && origin !== `http://${host}`) return { status: 403, says: "This server answers to its own pages alone." };
  if (isForeign(request)) return { status: 403, says: "This server answers to its own pages alone." };
  // The address of another server, as a proxy would be given it, or no address at all.
  if (!url.startsWith("/")) return { status: 400, says: "This is no address of this server." };
  return undefined;
};
