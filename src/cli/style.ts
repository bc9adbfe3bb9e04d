/** Colours of the terminal: whether they are wanted, and the few that are used. Values green, gradients red. */
import type { Io, Output } from "./io.ts";

export interface Style {
  readonly coloured: boolean;
  readonly value: (text: string) => string;
  readonly gradient: (text: string) => string;
  readonly heading: (text: string) => string;
  readonly quiet: (text: string) => string;
}

/** NO_COLOR (https://no-color.org) wins over FORCE_COLOR, and both over what the stream is. */
const wantsColour = (env: Io["env"], output: Output): boolean => {
  if (env["NO_COLOR"]) return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return output.isTTY && env["TERM"] !== "dumb";
};

export const styleFor = (io: Io, output: Output, refused: boolean): Style => {
  const coloured = !refused && wantsColour(io.env, output);
  const paint = (on: number, off: number) => (text: string) => (coloured ? `\u001b[${on}m${text}\u001b[${off}m` : text);
  return { coloured, value: paint(32, 39), gradient: paint(31, 39), heading: paint(1, 22), quiet: paint(2, 22) };
};
