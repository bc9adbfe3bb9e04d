/** The studio as a process: what it prints, how it ends, the browser that it opens or does not. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { studioCommand } from "../../../src/cli/studio/command.ts";
import { openerFor } from "../../../src/cli/studio/open.ts";
import { ended, words } from "../support.ts";
import { get, installed, pages, spawnStudio, startStudio } from "./support.ts";

const install = installed();
const posix = { skip: process.platform === "win32" };

/** A program of this name in a folder that is put in front of PATH; it notes what it was called with. */
const fakeOpener = (text: string): { readonly env: Record<string, string>; readonly opened: () => string } => {
  const note = join(install, `opened-${Math.random()}`);
  const program = join(install, "xdg-open");
  writeFileSync(program, `#!/bin/sh\n${text}\nprintf '%s' "$*" > '${note}.part'; mv '${note}.part' '${note}'\n`);
  chmodSync(program, 0o755);
  return { env: { PATH: `${install}:${process.env["PATH"]}`, DISPLAY: ":0" }, opened: () => (existsSync(note) ? readFileSync(note, "utf8") : "") };
};

const until = async <T>(what: () => T): Promise<T> => {
  for (let i = 0; i < 500; i++) {
    const found = what();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("it did not happen within ten seconds");
};

describe("the address", () => {
  test("stands alone on standard output, and leads to the first page", async () => {
    const { address, port, stop } = await startStudio(install);
    assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    assert.equal((await get(port, "/")).body, pages["index.html"]);
    const { code, signal, out, err } = await stop();
    assert.deepEqual([code, signal, out], [0, null, `${address}\n`]);
    assert.equal(err, "There is no display here: open the address in a browser of yours.\nCtrl-C ends it.\n");
  });

  test("is one line of JSON where that is asked for, and nothing is said beside it", async () => {
    const child = spawnStudio(install, ["--json"]);
    const end = ended(child);
    await once(child.stdout!, "data");
    child.kill("SIGTERM");
    const { code, out, err } = await end;
    assert.deepEqual([code, err], [0, ""]);
    assert.match(JSON.parse(out).address, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    assert.equal(out.split("\n").length, 2);
  });

  test("has the port that was asked for; a taken one is one clear error", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const taken = await ended(spawnStudio(install, ["--port", String(port)]));
    assert.deepEqual([taken.code, taken.out], [2, ""]);
    assert.equal(taken.err, `error[port-taken]: Port ${port} is taken by another program.\n  help: leave --port out for a free one, or name another\n`);
    other.close();
    await once(other, "close");
    const { address, stop } = await startStudio(install, ["--port", String(port)]);
    assert.equal(address, `http://127.0.0.1:${port}/`);
    await stop();
  });
});

describe("the end", posix, () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    test(`comes at once with ${signal} and the code 0, also while somebody is connected`, async () => {
      const { port, stop } = await startStudio(install);
      const idle = connect(port, "127.0.0.1");
      const half = connect(port, "127.0.0.1", () => half.write("GET / HTTP/1.1\r\nHost: "));
      await Promise.all([once(idle, "connect"), once(half, "connect")]);
      for (const socket of [idle, half]) socket.on("error", () => {});
      const { code, signal: by } = await stop(signal);
      assert.deepEqual([code, by], [0, null]);
    });
  }
});

describe("the browser", posix, () => {
  test("is opened with the address when there is a display", async () => {
    const { env, opened } = fakeOpener("");
    const { address, stop } = await startStudio(install, [], { env });
    assert.equal(await until(opened), address);
    assert.equal((await stop()).err, "Ctrl-C ends it.\n");
  });

  test("is not opened when told not to, or when there is no display", async () => {
    for (const [args, display] of [[["--no-open"], ":0"], [[], ""]] as const) {
      const { env, opened } = fakeOpener("");
      const { stop } = await startStudio(install, args, { env: { ...env, DISPLAY: display } });
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.equal((await stop()).code, 0);
      assert.equal(opened(), "");
    }
  });

  test("that cannot be opened is a remark", async () => {
    for (const env of [fakeOpener("exit 3").env, { PATH: "/nowhere", DISPLAY: ":0" }]) {
      const { child, port, stop } = await startStudio(install, [], { env });
      let err = "";
      child.stderr!.on("data", (text: string) => (err += text));
      await until(() => err.includes("could not be opened"));
      assert.equal((await get(port, "/")).status, 200);
      const all = await stop();
      assert.deepEqual([all.code, all.err.match(/could not be opened/g)?.length], [0, 1]);
      assert.doesNotMatch(all.err, /error/);
    }
  });

  test("is opened the way of each system", () => {
    assert.equal(openerFor("darwin", {})?.program, "/usr/bin/open");
    assert.equal(openerFor("linux", {}), undefined);
    assert.equal(openerFor("linux", { DISPLAY: ":1" })?.program, "xdg-open");
    assert.equal(openerFor("freebsd", { WAYLAND_DISPLAY: "wayland-0" })?.program, "xdg-open");
    assert.equal(openerFor("linux", { WSL_DISTRO_NAME: "Debian" })?.program, "wslview");
    assert.equal(openerFor("win32", { SystemRoot: "D:\\W" })?.program, "D:\\W\\System32\\rundll32.exe");
  });
});

test("each example of the help runs", async () => {
  writeFileSync(join(install, "model.ts"), 'import type { Tensor } from "chainrule";\nexport const f = (x: Tensor, y: Tensor, z: Tensor): Tensor => x.add(y).mul(z);\n');
  for (const { command } of studioCommand.examples) {
    const [program, name, ...args] = words(command);
    assert.deepEqual([program, name], ["chainrule", "studio"]);
    const { stop } = await startStudio(install, args);
    assert.equal((await stop()).code, 0, command);
  }
});

test("pages that were not built are one clear error", async () => {
  const { code, out, err } = await ended(spawnStudio(installed({}), []));
  assert.deepEqual([code, out], [2, ""]);
  assert.match(err, /^error\[no-studio\]: The pages of the studio are not there: they were not built, or not installed\.\n {2}help: /);
});
