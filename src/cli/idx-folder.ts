/** A folder of idx files as MNIST and its relatives come: images and labels, for training and for the test. */
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { readIdx } from "../data/idx.ts";
import type { LabelledImages } from "../data/images.ts";
import { listed } from "../data/words.ts";
import { Diagnostic } from "../ir/diagnostic.ts";
import { readBytes, unreadable } from "./files.ts";
import type { Io } from "./io.ts";

export type ImagePart = "train" | "test";
type Content = "images" | "labels";

/** Bytes of one file that are read: 1 GiB. */
const mostBytes = 2 ** 30;

const checkSize = (bytes: number, file: string): void => {
  if (bytes <= mostBytes) return;
  const [there, most] = [bytes, mostBytes].map((count) => count.toLocaleString("en-US"));
  throw new Diagnostic("file-too-large", `${file} has ${there} bytes, but of an idx file at most 1 GiB (${most}) are read.`);
};

/** train-images-idx3-ubyte, t10k-labels.idx1-ubyte.gz, emnist-digits-test-images-idx3-ubyte. */
const pattern = /^(?:.*[-_.])?(train|t10k|test)[-_.](images|labels)[-_.]idx\d[-_.]ubyte(?:\.gz)?$/i;

const kinds = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

const find = (names: readonly string[], folder: string, part: ImagePart, content: Content): string => {
  const matches = (name: string): boolean => {
    const [, first, second] = pattern.exec(name) ?? [];
    return (first?.toLowerCase() === "train") === (part === "train") && second?.toLowerCase() === content;
  };
  const found = names.filter(matches);
  // Unpacked beside packed: one and the same.
  const [name, other] = found.filter((own) => !(own.endsWith(".gz") && found.includes(own.slice(0, -3))));
  if (other !== undefined) {
    throw new Diagnostic("too-many-files", `${folder} has more than one file of ${part} ${content}: ${name}, ${other}.`, {
      help: "put each set into a folder of its own",
    });
  }
  if (name !== undefined) return name;
  if (!names.some((own) => pattern.test(own))) {
    throw new Diagnostic("missing-file", `The folder ${folder} has no idx files.`, {
      help: `it needs ${kinds.join(", ")}, as they are or packed as .gz`,
    });
  }
  const wanted = kinds[2 * Number(part === "test") + Number(content === "labels")]!;
  throw new Diagnostic("missing-file", `The folder ${folder} has no file ${wanted} or ${wanted}.gz.`, {
    help: `it has ${listed(names)}`,
  });
};

const namesIn = (folder: string, io: Io): readonly string[] => {
  try {
    return readdirSync(resolve(io.folder, folder)).sort();
  } catch (error) {
    throw unreadable(folder, error);
  }
};

/**
 * The images and labels of the parts that are asked for.
 * @throws Diagnostic `missing-file`, `too-many-files`, `file-too-large`, `unreadable-file`, and what `readIdx` throws
 */
export const readImageFolder = async <P extends ImagePart>(folder: string, parts: readonly P[], io: Io): Promise<Record<P, LabelledImages>> => {
  const names = namesIn(folder, io);
  const open = async (path: string) => readIdx(await readBytes(path, io, checkSize), path);
  // All names first: a file that is missing is said before any is read.
  const path = (part: P, content: Content): string => join(folder, find(names, folder, part, content));
  const paths = parts.map((part) => [part, path(part, "images"), path(part, "labels")] as const);
  const read = paths.map(async ([part, images, labels]) => [part, { images: await open(images), labels: await open(labels) }] as const);
  return Object.fromEntries(await Promise.all(read)) as Record<P, LabelledImages>;
};
