/** A workload as files, so that a library in any language starts from the same numbers. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const types = { "<f4": Float32Array, "<i4": Int32Array };

export const writeWorkload = (folder, id, { params, data, settings }) => {
  mkdirSync(folder, { recursive: true });
  const describe = (group) =>
    Object.fromEntries(
      Object.entries(group).map(([name, { shape, values }]) => {
        writeFileSync(join(folder, `${name}.bin`), values);
        return [name, { shape, dtype: values instanceof Int32Array ? "<i4" : "<f4" }];
      }),
    );
  writeFileSync(join(folder, "workload.json"), JSON.stringify({ id, params: describe(params), data: describe(data), settings }));
};

export const readArray = (path, Type) => {
  const bytes = readFileSync(path);
  return new Type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};

export const readWorkload = (folder) => {
  const { id, params, data, settings } = JSON.parse(readFileSync(join(folder, "workload.json"), "utf8"));
  const read = (group) =>
    Object.fromEntries(Object.entries(group).map(([name, { shape, dtype }]) => [name, { shape, values: readArray(join(folder, `${name}.bin`), types[dtype]) }]));
  return { id, params: read(params), data: read(data), settings };
};
