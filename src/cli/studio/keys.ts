/** The secret of one server: it is in the address that is printed, and afterwards in a cookie. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

const secret = (): string => randomBytes(32).toString("base64url");

const digest = (text: string): Uint8Array => createHash("sha256").update(text).digest();

/** How long the comparison takes tells nothing about how much is right. */
const isSame = (given: string, wanted: string): boolean => timingSafeEqual(digest(given), digest(wanted));

export class Keys {
  /** Valid while the server lives. */
  readonly token = secret();
  /**
   * Opens once. It is what the browser is started with: other users of the machine can read the arguments of a program
   * for as long as it runs, and what they read there opens nothing any more.
   */
  readonly ticket = secret();
  #used = false;

  /** Whether this is the token, or the ticket for the first time. */
  admits(given: string): boolean {
    if (isSame(given, this.token)) return true;
    if (this.#used || !isSame(given, this.ticket)) return false;
    return (this.#used = true);
  }

  /** Cookies do not tell ports apart, so that of each server has a name of its own. */
  cookie(port: number, path: string): string {
    return `${cookieName(port)}=${this.token}; Path=${path}; HttpOnly; SameSite=Strict`;
  }

  hasCookie({ headers }: IncomingMessage, port: number): boolean {
    const start = `${cookieName(port)}=`;
    const given = (headers.cookie ?? "").split("; ").filter((pair) => pair.startsWith(start));
    return given.some((pair) => isSame(pair.slice(start.length), this.token));
  }
}

const cookieName = (port: number): string => `chainrule-${port}`;
