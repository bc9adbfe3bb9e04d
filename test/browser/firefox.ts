/** A headless Firefox of this machine as it was installed, driven by WebDriver BiDi, which every Firefox speaks. */
import { createRequire } from "node:module";
import { type Browser, firefox } from "playwright-core";
import { findProgram } from "./find-program.ts";

interface Socket {
  send(data: string, ...rest: readonly unknown[]): void;
  emit(name: "message", data: Buffer, isBinary: boolean): void;
}
const { ws } = createRequire(import.meta.url)("playwright-core/lib/utilsBundle") as { readonly ws: { readonly prototype: Socket } };

/**
 * Playwright sets the wishes of a reader for every new context, by a command that Firefox 153 does not know. It is answered
 * here; what is wished for is a preference of the whole browser then. Every other message goes through as it is.
 */
const unknown = "emulation.setMediaFeaturesOverride";
const { send } = ws.prototype;
ws.prototype.send = function (data, ...rest) {
  const { id, method } = JSON.parse(data) as { readonly id: number; readonly method: string };
  if (method !== unknown) return send.call(this, data, ...rest);
  setImmediate(() => this.emit("message", Buffer.from(JSON.stringify({ type: "success", id, result: {} })), false));
};

const executablePath = findProgram("FIREFOX", ["firefox-esr", "firefox"]);

const missing = "No Firefox on PATH: install one (on Debian: apt-get install firefox-esr), or name it in FIREFOX.";

/** Why nothing can be tried in Firefox here; nothing where it can. A machine that tests every change must have it. */
export const withoutFirefox: string | undefined = executablePath === undefined && !process.env["CI"] ? missing : undefined;

/** For a reader who asked for dark pages and little motion. Downloads are left in `downloadsPath`. */
export const launchFirefox = (downloadsPath: string): Promise<Browser> => {
  if (executablePath === undefined) throw new Error(missing);
  return firefox.launch({
    channel: "moz-firefox",
    executablePath,
    headless: true,
    downloadsPath,
    firefoxUserPrefs: { "layout.css.prefers-color-scheme.content-override": 0, "ui.prefersReducedMotion": 1 },
  });
};
