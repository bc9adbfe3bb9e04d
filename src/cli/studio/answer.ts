/** One answer to a request, and how it is sent. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { safeHeaders } from "./headers.ts";

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** News for as long as the page listens: `start` gets what sends one piece, and gives back what ends it. */
export interface Stream {
  readonly start: (send: (event: string, data: string) => void) => () => void;
}

/** One sentence; nothing of the request is repeated in it. */
export const sentence = (status: number, says: string, headers: Answer["headers"] = {}): Answer => ({
  status,
  type: "text/plain; charset=utf-8",
  body: `${says}\n`,
  headers: { "Cache-Control": "no-store", ...headers },
});

export const json = (status: number, text: string): Answer => ({
  status,
  type: "application/json",
  body: text,
  headers: { "Cache-Control": "no-store" },
});

export const send = (request: IncomingMessage, response: ServerResponse, { status, type, body, headers }: Answer): void => {
  // A body that nobody read would be taken for the next request.
  if (!request.complete) response.shouldKeepAlive = false;
  // "Not modified" describes the content that the browser has.
  const content = status === 304 ? {} : { "Content-Type": type, "Content-Length": Buffer.byteLength(body) };
  response.writeHead(status, { ...safeHeaders, ...content, ...headers });
  response.end(request.method === "HEAD" ? undefined : body);
};

/** Server-sent events: plain HTTP, and the browser connects again by itself. */
export const sendStream = (request: IncomingMessage, response: ServerResponse, { start }: Stream): void => {
  response.writeHead(200, { ...safeHeaders, "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  // The page learns at once that it is heard.
  response.write(": listening\n\n");
  const end = start((event, data) => {
    const lines = data.split("\n").map((line) => `data: ${line}\n`);
    response.write(`event: ${event}\n${lines.join("")}\n`);
  });
  response.once("close", end);
};
