/** Who may ask the studio for what: each rule with the request that it is about. */
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { get, installed, pages, raw, startStudio } from "./support.ts";

const install = installed();
writeFileSync(join(install, "secret.txt"), "secret");
symlinkSync(join(install, "secret.txt"), join(install, "dist", "studio", "link.txt"));
symlinkSync(install, join(install, "dist", "studio", "folder"));
mkdirSync(join(install, "dist", "studio", "empty"));

const running = await startStudio(install);

const ask = (path: string, headers: Readonly<Record<string, string>> = {}, method = "GET", body = "") => get(running.port, path, headers, method, body);

describe("pages", () => {
  test("are served as they were built, with their types", async () => {
    const cases = [["/", "index.html", "text/html; charset=utf-8"], ["/assets/app.js", "assets/app.js", "text/javascript; charset=utf-8"], ["/assets/look.css", "assets/look.css", "text/css; charset=utf-8"]] as const;
    for (const [path, file, type] of cases) {
      const { status, headers, body } = await ask(path);
      assert.deepEqual([status, headers.get("content-type"), body], [200, type, pages[file]]);
    }
    // What stands behind the ? or in a stale address changes nothing.
    assert.equal((await ask("/?token=old")).body, pages["index.html"]);
  });

  test("come without a body when only the head is asked for", async () => {
    const { status, headers, body } = await ask("/", {}, "HEAD");
    assert.deepEqual([status, headers.get("content-length"), body], [200, String(pages["index.html"]!.length), ""]);
  });

  test("are asked for again, and sent again only when they have changed", async () => {
    const first = await ask("/assets/app.js");
    const etag = first.headers.get("etag")!;
    assert.equal(first.headers.get("cache-control"), "no-cache");
    const again = await ask("/assets/app.js", { "If-None-Match": etag });
    assert.deepEqual([again.status, again.body, again.headers.get("etag")], [304, "", etag]);
    assert.equal((await ask("/assets/app.js", { "If-None-Match": '"other"' })).status, 200);
    assert.notEqual((await ask("/")).headers.get("etag"), etag);
  });

  test("that are not there are not found, and their names are not repeated", async () => {
    for (const path of ["/nothing", "/<script>alert(1)</script>", "/assets", "/assets/", "/empty/", "/index.html/", "/model", "/__proto__", "/constructor"]) {
      const { status, body, headers } = await ask(path);
      assert.deepEqual([status, body, headers.get("content-type")], [404, "There is no such page.\n", "text/plain; charset=utf-8"], path);
    }
  });
});

test("no path leads out of the pages", async () => {
  const paths = [
    "/../secret.txt", "/../../secret.txt", "/assets/../../../secret.txt", "/./../../secret.txt", "//secret.txt",
    "/%2e%2e/%2e%2e/secret.txt", "/..%2f..%2fsecret.txt", "/%2e%2e%2f%2e%2e%2fsecret.txt", "/%252e%252e/secret.txt", "/..%c0%af..%c0%afsecret.txt",
    "/..\\..\\secret.txt", "/..%5c..%5csecret.txt", "/\\..\\secret.txt", "/C:\\secret.txt",
    "/index.html%00.js", "/%00", "/assets/app.js%00.html",
    join(install, "secret.txt"), `/${join(install, "secret.txt")}`, "/file:///etc/passwd", "/etc/passwd",
    "/link.txt", "/folder/secret.txt", "/folder/dist/cli.js", "/../cli.js", "/..;/cli.js", "/.", "/..", "/%", "/%zz",
  ];
  for (const path of paths) {
    const { status, body } = await ask(path);
    assert.deepEqual([status, body], [404, "There is no such page.\n"], path);
  }
  // A null byte as it stands is no HTTP at all.
  assert.equal((await ask("/index.html\0.js")).status, 400);
});

describe("forged headers", () => {
  const get = (path: string, host: readonly string[], others: readonly string[] = []) =>
    raw(running.port, [`GET ${path} HTTP/1.1`, ...host.map((name) => `Host: ${name}`), ...others, "Connection: close"]);

  test("a Host that is not this server is refused, as after DNS rebinding", async () => {
    const { port } = running;
    for (const host of ["evil.example", `evil.example:${port}`, "127.0.0.1", `127.0.0.1:${port + 1}`, `127.0.0.1.evil.example:${port}`, `localhost.evil.example:${port}`, `0.0.0.0:${port}`, `[::1]:${port}`, `127.1:${port}`, `2130706433:${port}`, `user@127.0.0.1:${port}`, `127.0.0.1:${port}.`, `127.0.0.1:0${port}`, "", "null"]) {
      const { status, body } = await get("/", [host]);
      assert.deepEqual([status, body], [403, "This server answers to its own address alone.\n"], host);
    }
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) assert.equal((await get("/", [host])).status, 200, host);
  });

  test("two Hosts, or none, are refused", async () => {
    const right = `127.0.0.1:${running.port}`;
    assert.ok([400, 403].includes((await get("/", [right, "evil.example"])).status));
    assert.ok([400, 403].includes((await get("/", ["evil.example", right])).status));
    assert.equal((await get("/", [])).status, 400);
    assert.equal((await raw(running.port, ["GET / HTTP/1.0"])).status, 403);
  });

  test("a foreign Origin is refused on every address and by every method, and no answer has a CORS header", async () => {
    const { port } = running;
    const right = `127.0.0.1:${port}`;
    for (const origin of ["http://evil.example", "null", `https://127.0.0.1:${port}`, `http://127.0.0.1:${port + 1}`, "http://127.0.0.1", `http://127.0.0.1:${port}.evil.example`, `http://localhost:${port}`, ""]) {
      for (const [method, path] of [["GET", "/"], ["GET", "/assets/app.js"], ["POST", "/"], ["OPTIONS", "/"], ["GET", "/nothing"], ["HEAD", "/"]] as const) {
        const { status, headers } = await ask(path, { Origin: origin, "Access-Control-Request-Method": "GET" }, method);
        assert.equal(status, 403, `${origin} ${method} ${path}`);
        assert.deepEqual([...headers.keys()].filter((name) => name.startsWith("access-control")), []);
      }
    }
    assert.equal((await get("/", [right], [`Origin: http://${right}`])).status, 200);
    assert.equal((await get("/", [`localhost:${port}`], [`Origin: http://localhost:${port}`])).status, 200);
  });

  test("what a browser says comes from another page is refused, but for a link that was followed", async () => {
    const cases: [site: string, mode: string, destination: string, status: number][] = [
      ["cross-site", "no-cors", "script", 403],
      ["same-site", "no-cors", "image", 403],
      ["cross-site", "cors", "empty", 403],
      ["cross-site", "navigate", "iframe", 403],
      ["same-site", "websocket", "websocket", 403],
      ["cross-site", "navigate", "document", 200],
      ["none", "navigate", "document", 200],
      ["same-origin", "cors", "empty", 200],
    ];
    for (const [site, mode, destination, status] of cases) {
      const reply = await ask("/", { "Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": destination });
      assert.equal(reply.status, status, `${site} ${mode} ${destination}`);
    }
  });

  test("a request for another server, or a tunnel to one, is refused", async () => {
    const right = `127.0.0.1:${running.port}`;
    assert.equal((await get("http://evil.example/", [right])).status, 400);
    assert.equal((await get(`http://${right}/`, [right])).status, 400);
    assert.equal((await raw(running.port, ["OPTIONS * HTTP/1.1", `Host: ${right}`, "Connection: close"])).status, 400);
    await assert.rejects(raw(running.port, ["CONNECT evil.example:443 HTTP/1.1", `Host: ${right}`]), /no answer/);
  });

  test("an upgrade to a socket is not made", async () => {
    const { status } = await get("/", [`127.0.0.1:${running.port}`], ["Upgrade: websocket", "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 13"]);
    assert.equal(status, 200);
  });
});

test("only GET and HEAD are taken", async () => {
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"]) {
    const { status, headers } = await ask("/", {}, method);
    assert.deepEqual([status, headers.get("allow")], [405, "GET, HEAD"], method);
  }
  assert.equal((await ask("/", {}, "__PROTO__").catch(() => ({ status: 400 }))).status, 400);
});

test("every answer, also a refusal, carries the same rules for the browser", async () => {
  const answers = [await ask("/"), await ask("/assets/app.js"), await ask("/nothing"), await ask("/", {}, "POST"), await ask("/", { Host: "evil.example" }), await ask("/", { "If-None-Match": (await ask("/")).headers.get("etag")! })];
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 404, 405, 403, 304]);
  for (const { headers } of answers) {
    assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
    assert.equal(headers.get("cross-origin-embedder-policy"), "require-corp");
    assert.equal(headers.get("cross-origin-resource-policy"), "same-origin");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    const policy = new Map(headers.get("content-security-policy")!.split("; ").map((rule): [string, string] => [rule.split(" ", 1)[0]!, rule.slice(rule.indexOf(" ") + 1)]));
    assert.equal(policy.get("default-src"), "'none'");
    assert.equal(policy.get("script-src"), "'self' 'wasm-unsafe-eval'");
    assert.equal(policy.get("worker-src"), "'self'");
    assert.equal(policy.get("connect-src"), "'self'");
    assert.equal(policy.get("frame-ancestors"), "'none'");
    assert.doesNotMatch(headers.get("content-security-policy")!, /'unsafe-eval'|https?:|\*/);
    assert.equal(headers.get("set-cookie"), null);
    assert.equal(headers.get("x-powered-by"), null);
  }
});

test("a head that is too large is refused", async () => {
  assert.equal((await ask("/", { "X-Long": "x".repeat(20_000) })).status, 431);
  assert.equal((await ask(`/${"x".repeat(20_000)}`)).status, 431);
});

test("it listens on this machine alone", async () => {
  const reached = (host: string): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect({ port: running.port, host, timeout: 2_000 });
      const settle = (answer: boolean) => () => {
        socket.destroy();
        resolve(answer);
      };
      socket.on("connect", settle(true)).on("error", settle(false)).on("timeout", settle(false));
    });
  assert.equal(await reached("127.0.0.1"), true);
  const others = Object.values(networkInterfaces()).flatMap((list) => list ?? []).filter(({ internal }) => !internal);
  for (const { address, family, scopeid } of others) if (family === "IPv4" || !scopeid) assert.equal(await reached(address), false, address);
});
