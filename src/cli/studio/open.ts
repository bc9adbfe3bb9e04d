/** Opens the browser the way each system does. It is a service: that it cannot be opened is said, and nothing more. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Io } from "../io.ts";

interface Opener {
  readonly program: string;
  readonly args: readonly string[];
}

/** What opens an address here, or undefined where there is no display to show it on. */
export const openerFor = (platform: NodeJS.Platform, env: Io["env"]): Opener | undefined => {
  if (platform === "darwin") return { program: "/usr/bin/open", args: [] };
  if (platform === "win32") {
    // Without a shell, and by its full name: Windows also looks for programs in the folder that one stands in.
    return { program: `${env["SystemRoot"] ?? "C:\\Windows"}\\System32\\rundll32.exe`, args: ["url.dll,FileProtocolHandler"] };
  }
  if (env["DISPLAY"] || env["WAYLAND_DISPLAY"]) return { program: "xdg-open", args: [] };
  // Linux within Windows has no display of its own and may have the browser of Windows.
  return env["WSL_DISTRO_NAME"] ? { program: "wslview", args: [] } : undefined;
};

/** Starts it; `failed` hears if that does not work. The browser goes on when this process ends. */
export const openBrowser = (address: string, { program, args }: Opener, failed: () => void): void => {
  let child: ChildProcess;
  try {
    child = spawn(program, [...args, address], { stdio: "ignore", detached: true, windowsHide: true });
  } catch {
    failed();
    return;
  }
  child.once("error", failed);
  child.once("exit", (code) => {
    if (code !== null && code !== 0) failed();
  });
  child.unref();
};
