/** Packs the package as it would be published and installs it, offline, in an empty folder outside the checkout. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { manifest, root } from "../../scripts/entries.ts";

export interface Installed {
  /** The user's folder, with the package in its node_modules. */
  readonly folder: string;
  /** The package itself. */
  readonly packed: string;
  remove(): void;
}

const npm = (args: readonly string[], cwd: string): void => {
  const windows = process.platform === "win32";
  execFileSync(windows ? "npm.cmd" : "npm", args, { cwd, shell: windows, stdio: ["ignore", "ignore", "inherit"] });
};

export const installPacked = (): Installed => {
  const base = mkdtempSync(join(tmpdir(), `${manifest.name}-`));
  const folder = join(base, "user");
  mkdirSync(folder);
  npm(["pack", "--silent", "--pack-destination", base], root);
  const archive = readdirSync(base).find((name) => name.endsWith(".tgz"));
  if (archive === undefined) throw new Error("npm pack made no archive");
  npm(["install", "--silent", "--offline", "--no-audit", "--no-fund", join(base, archive)], folder);
  const packed = join(folder, "node_modules", manifest.name);
  return { folder, packed, remove: () => rmSync(base, { recursive: true, force: true }) };
};
