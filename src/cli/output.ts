/** JSON and files as commands write them. */
import { numberSpelling } from "../ir/dtype.ts";
import type { Context } from "./command.ts";
import { writeText } from "./files.ts";

/** What JSON lacks is text: NaN, infinities and minus zero. Typed arrays are arrays. */
const replacer = (_key: string, value: unknown): unknown => {
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0) ? value : numberSpelling(value);
  return ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>) : value;
};

/** On one line, for a stream of objects. */
export const jsonLine = (value: unknown): string => `${JSON.stringify(value, replacer)}\n`;

export const jsonText = (value: unknown): string => `${JSON.stringify(value, replacer, 2)}\n`;

/** To a file, said on standard error; without a name, or with `-`, to standard output. */
export const deliver = async (text: string, file: string, { io, say }: Context): Promise<void> => {
  if (file === "" || file === "-") {
    io.out.write(text);
    return;
  }
  await writeText(file, text, io);
  say(`wrote ${file}`);
};
