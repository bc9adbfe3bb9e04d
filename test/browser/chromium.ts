/** A headless Chromium of this machine, without any of the privileges that threads or isolation would need. */
import { type Browser, chromium } from "playwright-core";
import { findProgram } from "./find-program.ts";

const findChromium = (): string => {
  const found = findProgram("CHROMIUM", ["chromium", "chromium-browser", "google-chrome"]);
  if (found === undefined) {
    throw new Error("No Chromium on PATH: install one (on Debian: apt-get install chromium), or name it in CHROMIUM.");
  }
  return found;
};

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: findChromium(),
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
