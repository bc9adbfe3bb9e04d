import { existsSync, readFileSync } from "node:fs";

/** Bytes of memory that this process took at most. `resourceUsage` begins with what the process had that started it. */
export const peakBytes = () => {
  const status = "/proc/self/status";
  return existsSync(status) ? Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(status, "utf8"))[1]) * 1024 : process.resourceUsage().maxRSS * 1024;
};
