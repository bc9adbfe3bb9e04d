/** Serves the built studio from a loopback port under the strictest policy that it must live with. */
import { createReadStream, existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { root } from "../../scripts/entries.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** No inline script or style, no eval, nothing from outside. */
export const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; worker-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";

export interface SiteServer {
  readonly address: string;
  readonly close: () => Promise<void>;
}

/** Where the build leaves the studio. */
export const studioFolder = join(root, "dist", "studio");

/** Below a folder of its own, so that a path that is not relative fails. */
export const serveSite = async (folder = studioFolder): Promise<SiteServer> => {
  if (!existsSync(join(folder, "index.html"))) throw new Error("dist/studio is missing: run `npm run build` first");
  const prefix = "/some/where/";
  const server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://x").pathname;
    const file = join(folder, path.slice(prefix.length) || "index.html");
    if (!path.startsWith(prefix) || !file.startsWith(folder) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "Content-Type": types[extname(file)] ?? "application/octet-stream", "Content-Security-Policy": policy });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}${prefix}`,
    close: () => new Promise<void>((closed) => (server.closeAllConnections(), server.close(() => closed()))),
  };
};
