/** A file of the user's in the studio: who gets it, what is sent, other inputs, and the file as it changes. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { request } from "node:http";
import { after, describe, test } from "node:test";
import { explainGraph } from "../../../src/explain/index.ts";
import type { ServedError, ServedModel } from "../../../src/explain/served.types.ts";
import { ended, temporaryFolder } from "../support.ts";
import { get, installed, pages, raw, type Reply, type Running, spawnStudio, startStudio } from "./support.ts";

const install = installed();
const folder = temporaryFolder({
  "model.ts": 'import type { Tensor } from "chainrule";\nexport const f = (x: Tensor, y: Tensor, z: Tensor): Tensor => {\n  const q = x.add(y);\n  return q.mul(z);\n};\n',
  "layer.ts": 'import type { Tensor } from "chainrule";\nexport const loss = (W: Tensor, x: Tensor): Tensor => {\n  const s = W.matmul(x);\n  return s.sq().sum();\n};\n',
  "own.ts": 'import { gate } from "chainrule/check";\nimport type { Tensor } from "chainrule";\nconst twice = gate({ name: "twice", forward: (x) => 2 * x!, local: () => [2] });\nexport const f = (x: Tensor): Tensor => twice(x).mul(x);\n',
  "program.txt": "q = x + y\nf = q * z\n",
  "loop.ts": 'import { writeFileSync } from "node:fs";\nwriteFileSync("looping", "");\nfor (;;);\nexport const f = 1;\n',
  "quits.ts": 'export const f = (x: number) => x;\nprocess.exit(0);\n',
  "prints.ts": 'import type { Tensor } from "chainrule";\nconsole.log("http://evil.example/");\nprocess.stdout.write("out\\n");\nconsole.error("err");\nexport const f = (x: Tensor): Tensor => x.exp();\n',
  "<img src=x onerror=alert(1)>.ts": 'import type { Tensor } from "chainrule";\nexport const f = (x: Tensor): Tensor => x.mul(x);\n// </script><script>alert(1)</script>\n',
});
const neuron = ["x=-2", "y=5", "z=-4"];

/** The way of a browser: the printed address, the cookie, the page that it leads to. */
const enter = async ({ address, port }: Running): Promise<{ readonly reply: Reply; readonly cookie: string }> => {
  const { pathname, search } = new URL(address);
  const reply = await get(port, pathname + search);
  return { reply, cookie: reply.headers.get("set-cookie")?.split(";")[0] ?? "" };
};

const served = async (running: Running): Promise<ServedModel> => {
  const { cookie } = await enter(running);
  return JSON.parse((await get(running.port, "/model", { Cookie: cookie })).body) as ServedModel;
};

const open = (args: readonly string[]): Promise<Running> => startStudio(install, args, { folder });

describe("the token", () => {
  test("is in the address, becomes a cookie, and leaves the address", async () => {
    const running = await open(["model.ts", ...neuron]);
    assert.match(running.address, /^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/);
    const { reply, cookie } = await enter(running);
    assert.deepEqual([reply.status, reply.headers.get("location"), reply.headers.get("cache-control")], [303, "/?model", "no-store"]);
    const token = new URL(running.address).searchParams.get("token")!;
    assert.equal(reply.headers.get("set-cookie"), `chainrule-${running.port}=${token}; Path=/model; HttpOnly; SameSite=Strict`);
    assert.doesNotMatch(reply.body, new RegExp(token));
    assert.equal((await get(running.port, "/?model")).body, pages["index.html"]);
    assert.equal((await get(running.port, "/model", { Cookie: cookie })).status, 200);
    // Among other cookies, and again with the same address.
    assert.equal((await get(running.port, "/model", { Cookie: `a=b; ${cookie}; c=d` })).status, 200);
    assert.equal((await enter(running)).cookie, cookie);
  });

  test("is needed for everything that is read from the disk, and for nothing else", async () => {
    const running = await open(["model.ts", ...neuron]);
    const { port } = running;
    const { cookie } = await enter(running);
    const token = new URL(running.address).searchParams.get("token")!;
    const wrong: Record<string, string>[] = [{}, { Cookie: `chainrule-${port}=` }, { Cookie: `chainrule-${port}=${"x".repeat(43)}` }, { Cookie: cookie.slice(0, -1) }, { Cookie: `${cookie}x` }, { Cookie: `chainrule-${port + 1}=${token}` }, { Cookie: cookie.toUpperCase() }, { Authorization: `Bearer ${token}` }];
    for (const path of ["/model", "/model/circuit", "/model/circuit?entry=x", "/model/changes", `/model?token=${token}`]) {
      for (const headers of wrong) {
        const { status, body } = await get(port, path, headers);
        assert.deepEqual([status, body], [403, "This needs the address that chainrule studio printed when it started, complete with its token.\n"], `${path} ${JSON.stringify(headers)}`);
      }
    }
    assert.equal((await get(port, "/model/circuit", {}, "POST", "{}")).status, 403);
    assert.equal((await get(port, "/", {})).status, 200);
    for (const bad of ["", "x", token.slice(1), `${token}x`, token.toLowerCase()]) {
      const reply = await get(port, `/?token=${bad}`);
      assert.deepEqual([reply.status, reply.headers.get("set-cookie")], [403, null], bad);
    }
    // The right cookie does not help who comes from elsewhere.
    assert.equal((await get(port, "/model", { Cookie: cookie, Origin: "http://evil.example" })).status, 403);
    assert.equal((await get(port, "/model", { Cookie: cookie, Host: `evil.example:${port}` })).status, 403);
    assert.equal((await get(port, "/model", { Cookie: cookie, "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script" })).status, 403);
    assert.equal((await get(port, "/model/nothing", { Cookie: cookie })).status, 404);
    assert.equal((await get(port, "/model", { Cookie: cookie }, "POST", "{}")).status, 405);
  });

  test("of one server opens no other, and none once that has ended", async () => {
    const [first, second] = [await open(["model.ts", ...neuron]), await open(["model.ts", ...neuron])];
    const { search } = new URL(first.address);
    assert.equal((await get(second.port, `/${search}`)).status, 403);
    await first.stop();
    const again = await startStudio(install, ["model.ts", ...neuron, "--port", String(first.port)], { folder });
    assert.equal((await get(again.port, `/${search}`)).status, 403);
  });

  test("is not what the browser is started with: that opens once", async () => {
    const note = join(folder, "opened");
    writeFileSync(join(folder, "xdg-open"), `#!/bin/sh\nprintf '%s' "$1" > '${note}.part'; mv '${note}.part' '${note}'\n`, { mode: 0o755 });
    const running = await startStudio(install, ["model.ts", ...neuron], { folder, env: { PATH: `${folder}:${process.env["PATH"]}`, DISPLAY: ":0" } });
    while (!existsSync(note)) await new Promise((resolve) => setTimeout(resolve, 20));
    const ticket = new URL(readFileSync(note, "utf8"));
    assert.notEqual(ticket.href, running.address);
    const first = await get(running.port, ticket.pathname + ticket.search);
    assert.deepEqual([first.status, first.headers.get("set-cookie")], [303, (await enter(running)).reply.headers.get("set-cookie")]);
    assert.equal((await get(running.port, ticket.pathname + ticket.search)).status, 403);
  });
});

describe("what is sent", () => {
  test("of a function of scalars is its circuit, which the page computes itself", async () => {
    const { version, revision, file, text, program, broken } = await served(await open(["model.ts", ...neuron]));
    assert.deepEqual([version, revision, file, broken], [1, 1, "model.ts", null]);
    assert.match(text, /^import type/);
    assert.ok(program.kind === "function" && program.graph !== null);
    assert.equal(program.name, "f");
    const { circuit } = explainGraph(program.graph);
    assert.deepEqual(circuit.nodes.map(({ name, value, grad, place }) => [name, value, grad, place?.file, place?.line]), [
      ["x", -2, -4, undefined, undefined],
      ["y", 5, -4, undefined, undefined],
      ["z", -4, 3, undefined, undefined],
      ["q", 3, -4, "model.ts", 3],
      ["%1", -12, 1, "model.ts", 4],
    ]);
  });

  test("of a function of tensors has shapes on its nodes, and one entry as a circuit of numbers", async () => {
    const running = await open(["layer.ts", "W=[[1,2],[3,4]]", "x=[1,-1]"]);
    const { cookie } = await enter(running);
    const { program } = await served(running);
    assert.ok(program.kind === "function" && program.graph !== null);
    assert.deepEqual(explainGraph(program.graph).circuit.nodes.map(({ name, shape }) => [name, shape]).slice(0, 3), [["W", [2, 2]], ["x", [2]], ["s", [2]]]);
    const entry = await get(running.port, "/model/circuit?entry=s[1]", { Cookie: cookie });
    assert.equal(entry.headers.get("content-type"), "application/json");
    const opened = JSON.parse(entry.body);
    assert.deepEqual([opened.schema, opened.output, opened.value], [1, "s[1]", -1]);
    const wrong = await get(running.port, "/model/circuit?entry=t[1]", { Cookie: cookie });
    assert.equal(wrong.status, 422);
    assert.match((JSON.parse(wrong.body) as ServedError).text, /^error\[unknown-entry\]: There is no "t" in this circuit/);
  });

  test("of a function with a gate of the user's is computed in Node, also at other inputs", async () => {
    const running = await open(["own.ts", "x=3"]);
    const { cookie } = await enter(running);
    const { program } = await served(running);
    assert.ok(program.kind === "function" && program.graph === null);
    assert.equal(program.why.code, "own-gate");
    const ask = async (body: string, type = "application/json") => get(running.port, "/model/circuit", { Cookie: cookie, "Content-Type": type }, "POST", body);
    const here = JSON.parse((await get(running.port, "/model/circuit", { Cookie: cookie })).body);
    assert.deepEqual([here.value, here.nodes[0].grad, here.check.verdict], [18, 12, "good"]);
    const there = JSON.parse((await ask('{"inputs": {"x": -1}}')).body);
    assert.deepEqual([there.value, there.nodes[0].grad], [2, -4]);
    // What was asked is forgotten.
    assert.equal(JSON.parse((await get(running.port, "/model/circuit", { Cookie: cookie })).body).value, 18);
    assert.equal(JSON.parse((await ask('{"inputs": {"x": "NaN"}}')).body).value, "NaN");
    const mistakes: [body: string, code: string][] = [
      ["", "bad-request"], ["[]", "bad-request"], ["null", "bad-request"], ["{", "bad-request"], ['{"inputs": [1]}', "bad-request"], ['{"entry": 1}', "bad-request"],
      ['{"inputs": {"y": 1}}', "unknown-input"], ['{"inputs": {"x": [1, 2]}}', "does-not-fit"], ['{"inputs": {"x": "process.exit()"}}', "not-a-number"], ['{"inputs": {"x": [[1], [2, 3]]}}', "ragged-array"],
      ['{"inputs": {"__proto__": 1}}', "unknown-input"],
    ];
    for (const [body, code] of mistakes) {
      const reply = await ask(body);
      assert.deepEqual([reply.status, (JSON.parse(reply.body) as ServedError).code], [422, code], body);
    }
    assert.equal((await ask("{}", "text/plain")).status, 415);
    assert.equal((await ask("{}", "application/x-www-form-urlencoded")).status, 415);
  });

  test("of a program is its text and its inputs", async () => {
    const { program, file } = await served(await open(["program.txt", ...neuron]));
    assert.deepEqual([file, program], ["program.txt", { kind: "text", text: "q = x + y\nf = q * z\n", inputs: { x: -2, y: 5, z: -4 } }]);
  });

  test("is text, whatever the file is called and whatever stands in it", async () => {
    const running = await open(["<img src=x onerror=alert(1)>.ts", "x=1"]);
    const { cookie } = await enter(running);
    const { headers, body } = await get(running.port, "/model", { Cookie: cookie });
    assert.deepEqual([headers.get("content-type"), headers.get("x-content-type-options")], ["application/json", "nosniff"]);
    assert.equal((JSON.parse(body) as ServedModel).file, "<img src=x onerror=alert(1)>.ts");
    const wrong = await get(running.port, `/model/circuit?entry=${encodeURIComponent("<script>alert(1)</script>")}`, { Cookie: cookie });
    assert.equal(wrong.headers.get("content-type"), "application/json");
  });
});

test("a body that is too long is not read, whether it says how long it is or not", async () => {
  const running = await open(["model.ts", ...neuron]);
  const { cookie } = await enter(running);
  const headers = { Cookie: cookie, "Content-Type": "application/json" };
  const said = await get(running.port, "/model/circuit", { ...headers, "Content-Length": String(2 ** 21) }, "POST", " ");
  assert.equal(said.status, 413);
  const chunk = `10000\r\n${" ".repeat(2 ** 16)}\r\n`;
  const head = ["POST /model/circuit HTTP/1.1", `Host: 127.0.0.1:${running.port}`, `Cookie: ${cookie}`, "Content-Type: application/json", "Transfer-Encoding: chunked"];
  // The answer comes while we are still writing; it may get lost when the server then ends the connection.
  const unsaid = await raw(running.port, head, chunk.repeat(20)).catch(() => undefined);
  assert.ok(unsaid === undefined || unsaid.status === 413);
  assert.equal((await get(running.port, "/model", { Cookie: cookie })).status, 200);
});

/** The events that a page would hear, one after the other. */
const listen = async (running: Running): Promise<() => Promise<ServedModel>> => {
  const { cookie } = await enter(running);
  const heard: ServedModel[] = [];
  let wake = (): void => {};
  const asking = request({ host: "127.0.0.1", port: running.port, path: "/model/changes", headers: { Cookie: cookie } }, (response) => {
    assert.equal(response.headers["content-type"], "text/event-stream");
    let text = "";
    response.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        if (block.startsWith(":")) continue;
        assert.match(block, /^event: model\ndata: \{.*\}$/);
        heard.push(JSON.parse(block.slice(block.indexOf("data: ") + 6)) as ServedModel);
        wake();
      }
    });
    response.on("error", () => {});
  });
  asking.on("error", () => {});
  asking.end();
  after(() => asking.destroy());
  return async () => {
    while (heard.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return heard.shift()!;
  };
};

const valueOf = ({ program }: ServedModel): unknown => (program.kind === "function" && program.graph ? explainGraph(program.graph).circuit.nodes.at(-1)!.value : undefined);

describe("a file that changes", () => {
  const body = (text: string): string => `import type { Tensor } from "chainrule";\nimport { part } from "./part.ts";\nexport const f = (x: Tensor): Tensor => ${text};\n`;
  const part = (factor: number): string => `import type { Tensor } from "chainrule";\nexport const part = (x: Tensor): Tensor => x.mul(${factor});\n`;
  writeFileSync(join(folder, "part.ts"), part(1));
  writeFileSync(join(folder, "live.ts"), body("part(x)"));

  test("is read again, with what it imports; a mistake is shown beside the last good version, in the words of the command", async () => {
    const running = await open(["live.ts", "x=3"]);
    const next = await listen(running);
    assert.equal(valueOf(await next()), 3);

    writeFileSync(join(folder, "live.ts"), body("part(x).add(1)"));
    const second = await next();
    assert.deepEqual([second.revision, valueOf(second), second.broken], [2, 4, null]);

    writeFileSync(join(folder, "part.ts"), part(2));
    assert.equal(valueOf(await next()), 7);

    // As many editors write: aside, and then in the place of the old one.
    writeFileSync(join(folder, "live.new"), body("part(x).neg()"));
    renameSync(join(folder, "live.new"), join(folder, "live.ts"));
    assert.equal(valueOf(await next()), -6);

    writeFileSync(join(folder, "live.ts"), body("part(x +* 2)"));
    const broken = await next();
    assert.deepEqual([broken.revision, valueOf(broken), broken.broken!.code], [4, -6, "model-syntax"]);
    const command = await ended(spawnStudio(install, ["live.ts", "x=3"], { folder }));
    assert.deepEqual([command.code, command.out, command.err], [2, "", `${broken.broken!.text}\n`]);

    unlinkSync(join(folder, "live.ts"));
    assert.equal((await next()).broken!.code, "missing-file");

    writeFileSync(join(folder, "live.ts"), body("part(x).mul(10)"));
    const mended = await next();
    assert.deepEqual([mended.revision, valueOf(mended), mended.broken], [5, 60, null]);
    assert.equal(valueOf(await served(running)), 60);
  });

  test("into one that never ends is left behind when it changes again, and the server lives on", async () => {
    writeFileSync(join(folder, "turn.ts"), part(1));
    const running = await open(["turn.ts", "x=3"]);
    const next = await listen(running);
    assert.equal(valueOf(await next()), 3);
    writeFileSync(join(folder, "turn.ts"), `for (;;);\n${part(2)}`);
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.equal(valueOf(await served(running)), 3);
    writeFileSync(join(folder, "turn.ts"), part(3));
    assert.equal(valueOf(await next()), 9);
    assert.equal((await running.stop()).code, 0);
  });
});

describe("a file that misbehaves", () => {
  test("by printing does not print among the address", async () => {
    const running = await open(["prints.ts", "x=0"]);
    const { code, out, err } = await running.stop();
    assert.deepEqual([code, out], [0, `${running.address}\n`]);
    for (const said of ["http://evil.example/", "out", "err"]) assert.ok(err.includes(`${said}\n`), said);
  });

  test("by never ending does not keep the command from ending", { skip: process.platform === "win32" }, async () => {
    const child = spawnStudio(install, ["loop.ts"], { folder });
    const end = ended(child);
    while (!existsSync(join(folder, "looping"))) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    const { code, signal, out, err } = await end;
    assert.deepEqual([code, signal, out, err], [0, null, "", ""]);
  });

  test("by ending the process is one error", async () => {
    const { code, out, err } = await ended(spawnStudio(install, ["quits.ts", "x=1"], { folder }));
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /^error\[model-failed\]: quits\.ts ended the thread that read it\.\n {2}help: leave process\.exit out\n$/);
  });
});

test("what is wrong at the start is said as by chainrule explain, before anything is printed", async () => {
  const cases: [args: string[], code: string][] = [
    [["nowhere.ts"], "missing-file"],
    [["x*y", "x=1"], "missing-file"],
    [["."], "not-a-file"],
    [["model.ts"], "missing-input"],
    [["model.ts", "--function", "g"], "unknown-function"],
    [["model.ts", "x=1", "x=2"], "input-twice"],
    [["--function", "f"], "no-program"],
    [["--inputs", "in.json"], "no-program"],
  ];
  for (const [args, code] of cases) {
    const result = await ended(spawnStudio(install, args, { folder }));
    assert.deepEqual([result.code, result.out, /^error\[([a-z-]+)\]/.exec(result.err)?.[1]], [2, "", code], args.join(" "));
  }
});
