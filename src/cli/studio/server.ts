/**
 * The server of the studio: built pages for every browser of this machine, and, for whoever has the token, what was read
 * from the user's disk. It listens on 127.0.0.1, which its address names; on ::1 another program may listen.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Diagnostic } from "../../ir/diagnostic.ts";
import { type Answer, send, sendStream, sentence, type Stream } from "./answer.ts";
import { refusalOf } from "./guard.ts";
import { Keys } from "./keys.ts";
import type { Site } from "./site.ts";

/** What a request asks, once it may. */
export interface Question {
  readonly query: URLSearchParams;
  /** The body of a POST, else an empty text. */
  readonly body: string;
}

/** One address that needs the token, by the method that it takes. HEAD is GET without a body. */
export type Route = Readonly<Partial<Record<"GET" | "POST", (question: Question) => Promise<Answer> | Answer | Stream>>>;

/** What needs the token: its addresses all begin with `path`, the only ones that the cookie is sent to. */
export interface Private {
  readonly path: string;
  readonly routes: ReadonlyMap<string, Route>;
  /** The page that shows it, where the printed address leads. */
  readonly page: string;
}

export interface Studio {
  /** What is printed. */
  readonly address: string;
  /** What a browser is started with. */
  readonly once: string;
  /** Ends every connection at once. */
  close(): void;
}

const host = "127.0.0.1";
/** A page needs a handful; more come from a mistake or from somebody who means harm. */
const mostConnections = 100;
const mostBytes = 1 << 20;
const patience = 10_000;

/**
 * Starts to listen.
 * @param port 0 for a free one
 * @throws Diagnostic `port-taken`, `port-forbidden`
 */
export const startStudio = async (site: Site, secret: Private | undefined, port: number): Promise<Studio> => {
  const keys = new Keys();
  let bound = 0;
  const server = createServer({ requestTimeout: patience, headersTimeout: patience }, (request, response) => {
    respond(request, response).catch(() => response.destroy());
  });
  server.maxConnections = mostConnections;

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = await answerTo(request);
    if ("start" in answer) sendStream(request, response, answer);
    else send(request, response, answer);
  };

  const answerTo = async (request: IncomingMessage): Promise<Answer | Stream> => {
    const refusal = refusalOf(request, bound);
    if (refusal) return sentence(refusal.status, refusal.says);
    const { path, query } = split(request.url!);
    const isSecret = secret !== undefined && (path === secret.path || path.startsWith(`${secret.path}/`));
    const route = isSecret ? secret.routes.get(path) : undefined;
    const method = request.method === "HEAD" ? "GET" : request.method;
    const known = isSecret ? (route ?? {}) : { GET: true };
    if (route === undefined && isSecret) return notFound;
    if (method === undefined || !Object.hasOwn(known, method)) return wrongMethod(Object.keys(known));
    if (route === undefined) return secret !== undefined && path === "/" && query.has("token") ? enter(secret, query.get("token")!) : page(request, path);
    if (!keys.hasCookie(request, bound)) return locked;
    return answerSecret(request, route[method as "GET" | "POST"]!, query);
  };

  /** The token has reached us: from here on the cookie stands for it, and it leaves the address bar. */
  const enter = ({ page: to, path }: Private, token: string): Answer =>
    keys.admits(token) ? sentence(303, "Go on.", { Location: to, "Set-Cookie": keys.cookie(bound, path) }) : locked;

  const page = (request: IncomingMessage, path: string): Answer => {
    const file = site.get(path);
    if (file === undefined) return notFound;
    const { body, type, etag } = file;
    // The browser keeps it and asks whether it is still this one: another server may have this port tomorrow.
    const headers = { "Cache-Control": "no-cache", ETag: etag };
    return request.headers["if-none-match"] === etag ? { status: 304, type, body: "", headers } : { status: 200, type, body, headers };
  };

  await listen(server, port);
  bound = (server.address() as AddressInfo).port;
  const plain = `http://${host}:${bound}/`;
  const withKey = (key: string): string => (secret === undefined ? plain : `${plain}?token=${key}`);
  return {
    address: withKey(keys.token),
    once: withKey(keys.ticket),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

const notFound = sentence(404, "There is no such page.");
const locked = sentence(403, "This needs the address that chainrule studio printed when it started, complete with its token.");

const wrongMethod = (methods: readonly string[]): Answer =>
  sentence(405, "This address does not take that method.", { Allow: methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ") });

const answerSecret = async (request: IncomingMessage, handle: NonNullable<Route["GET"]>, query: URLSearchParams): Promise<Answer | Stream> => {
  if (request.method !== "POST") return handle({ query, body: "" });
  // No form of another page can send this type without asking first, and whoever asks is refused.
  if (request.headers["content-type"] !== "application/json") return sentence(415, "Send JSON, as application/json.");
  const body = await readBody(request);
  return body === undefined ? sentence(413, `More than ${mostBytes} bytes are not read.`) : handle({ query, body });
};

/** The body as text, or undefined if it is too long to be read. */
const readBody = async (request: IncomingMessage): Promise<string | undefined> => {
  if (Number(request.headers["content-length"] ?? 0) > mostBytes) return undefined;
  const parts: Uint8Array[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    request.on("data", (part: Uint8Array) => {
      size += part.length;
      if (size <= mostBytes) parts.push(part);
      else {
        // Not read any further, but kept open until the answer is out.
        request.removeAllListeners("data").pause();
        resolve(undefined);
      }
    });
    request.once("end", () => resolve(Buffer.concat(parts).toString("utf8")));
    request.once("error", reject);
  });
};

/** The path as it stands there: nothing is decoded, because no name of a page needs it. */
const split = (url: string): { readonly path: string; readonly query: URLSearchParams } => {
  const at = url.indexOf("?");
  return at < 0 ? { path: url, query: new URLSearchParams() } : { path: url.slice(0, at), query: new URLSearchParams(url.slice(at + 1)) };
};

const listen = (server: ReturnType<typeof createServer>, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(error, port)));
    server.listen({ host, port, exclusive: true }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });

const cannotListen = (error: NodeJS.ErrnoException, port: number): unknown => {
  const help = "leave --port out for a free one, or name another";
  if (error.code === "EADDRINUSE") return new Diagnostic("port-taken", `Port ${port} is taken by another program.`, { help, cause: error });
  if (error.code === "EACCES") return new Diagnostic("port-forbidden", `Port ${port} may not be used: you have no permission.`, { help, cause: error });
  return error;
};
