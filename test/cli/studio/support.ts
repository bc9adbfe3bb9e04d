/**
 * The command as users have it: the built package in a folder of its own, with pages small enough to compare, and
 * requests written out byte for byte, because a browser or a library would not send what an attacker sends.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after } from "node:test";
import { root } from "../../../scripts/entries.ts";
import { ended, type Ended, temporaryFolder } from "../support.ts";

/** Pages that stand in for those of the build. */
export const pages: Readonly<Record<string, string>> = {
  "index.html": "<!doctype html><title>studio</title>\n",
  "assets/app.js": "export {};\n",
  "assets/look.css": "body{}\n",
};

/** The package as it is installed; `files` are its pages, none at all for a package that was built without them. */
export const installed = (files: Readonly<Record<string, string>> | undefined = pages): string => {
  const folder = temporaryFolder();
  cpSync(join(root, "dist"), join(folder, "dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(folder, "package.json"));
  const studio = join(folder, "dist", "studio");
  rmSync(studio, { recursive: true, force: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(studio, name, ".."), { recursive: true });
    writeFileSync(join(studio, name), text);
  }
  return folder;
};

export interface Running {
  readonly child: ChildProcess;
  /** What it printed on standard output, without the end of the line. */
  readonly address: string;
  readonly port: number;
  /** Ends it, and says how it ended. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<Ended>;
}

/** No display, whatever the one has who runs the tests. */
const nowhere = { DISPLAY: "", WAYLAND_DISPLAY: "", WSL_DISTRO_NAME: "" };

export interface Setting {
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export const spawnStudio = (install: string, args: readonly string[], { folder = install, env = {} }: Setting = {}): ChildProcess => {
  const { NODE_TEST_CONTEXT: _, FORCE_COLOR: __, NO_COLOR: ___, ...inherited } = process.env;
  const command = [join(install, "dist", "cli.js"), "studio", ...args];
  return spawn(process.execPath, command, { cwd: folder, env: { ...inherited, ...nowhere, ...env }, stdio: ["ignore", "pipe", "pipe"] });
};

/** Starts it and waits for the address. */
export const startStudio = async (install: string, args: readonly string[] = [], setting: Setting = {}): Promise<Running> => {
  const child = spawnStudio(install, args, setting);
  const end = ended(child);
  after(() => child.kill("SIGKILL"));
  const address = await new Promise<string>((resolve, reject) => {
    let out = "";
    child.stdout!.on("data", (text: string) => {
      out += text;
      if (out.includes("\n")) resolve(out.slice(0, out.indexOf("\n")));
    });
    void end.then(({ code, err }) => reject(new Error(`it ended with ${code}: ${err}`)));
  });
  return {
    child,
    address,
    port: Number(new URL(address).port),
    stop: (signal = "SIGINT") => {
      child.kill(signal);
      return end;
    },
  };
};

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

const replyOf = (text: string): Reply => {
  const [head, ...body] = text.split("\r\n\r\n");
  const [first, ...lines] = head!.split("\r\n");
  const headers = new Headers(lines.map((line): [string, string] => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]));
  return { status: Number(first!.split(" ")[1]), headers, body: body.join("\r\n\r\n") };
};

/** Sends these lines as they stand, and a body; the connection is read until the server ends it. */
export const raw = (port: number, lines: readonly string[], body = ""): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => (text += chunk));
    // A server that has heard enough may end the connection while we still write.
    socket.on("error", (error) => (text === "" ? reject(error) : undefined));
    socket.on("close", () => (text === "" ? reject(new Error("no answer")) : resolve(replyOf(text))));
    socket.write(`${[...lines, "", ""].join("\r\n")}${body}`);
  });

/** A plain request for one address, with whatever headers are to be forged. */
export const get = (port: number, path: string, headers: Readonly<Record<string, string>> = {}, method = "GET", body = ""): Promise<Reply> => {
  const all = { Host: `127.0.0.1:${port}`, Connection: "close", ...(body === "" ? {} : { "Content-Length": String(Buffer.byteLength(body)) }), ...headers };
  return raw(port, [`${method} ${path} HTTP/1.1`, ...Object.entries(all).map(([name, value]) => `${name}: ${value}`)], body);
};
