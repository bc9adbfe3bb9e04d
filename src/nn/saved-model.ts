/** A model as a file, and back into a tree of the same structure. */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { sameShape } from "../ir/shape.ts";
import type { Tensor } from "../trace/tensor.ts";
import { mapTree } from "../trace/tree.ts";
import { nameAt } from "./named.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";
import { fileNames, quoted } from "./safetensors-header.ts";

/**
 * A model (a tree of tensors) as the bytes of a safetensors file, each tensor under the name that `summary` prints;
 * `metadata` is an object of texts. What is no tensor stays with the program that made the model.
 * @throws Diagnostic `name-twice`, `bad-name`, `bad-metadata`
 * @example
 * const bytes = saveModel(mlp(key(0), [2, 3, 1]));
 * loadModel(bytes, mlp(key(1), [2, 3, 1]))[0]!.w.shape; // [2, 3]
 */
export const saveModel = (model: unknown, metadata?: Readonly<Record<string, string>>): Uint8Array => writeSafetensors(model, metadata);

/**
 * A tree like `like` with the tensors of a saved file: every name, shape and type must be the same. Only the structure of
 * `like` counts, so a freshly initialised model will do. The file's metadata come with `readSafetensors`.
 * @throws Diagnostic `weights-do-not-fit`, with a line for every difference; and those of `readSafetensors`
 */
export const loadModel = <Model>(bytes: Uint8Array, like: Model): Model => {
  const { tensors } = readSafetensors(bytes);
  const saved = new Map(Object.entries(tensors));
  const wanted = new Map(fileNames(like).map(({ name, tensor }) => [name, tensor]));
  const differences = [
    ...[...wanted].flatMap(([name, tensor]) => difference(name, tensor, saved.get(name))),
    ...[...saved].flatMap(([name, tensor]) => (wanted.has(name) ? [] : [`the file has ${described(name, tensor)}, which the model has not`])),
  ];
  const [first, ...others] = differences;
  if (first !== undefined) {
    throw new Diagnostic("weights-do-not-fit", `loadModel: ${first}`, {
      notes: others,
      help: "pass a model of the same layers, sizes and types as the one that was saved; readSafetensors shows what the file holds",
    });
  }
  return mapTree(like, ({ name }, path) => {
    const tensor = saved.get(nameAt(path))!;
    return name === undefined ? tensor : tensor.named(name);
  }) as Model;
};

const described = (name: string, { dtype, shape }: Tensor): string => `${quoted(name)}, ${dtype} ${shapeText(shape)}`;

const difference = (name: string, ours: Tensor, theirs: Tensor | undefined): string[] => {
  if (!theirs) return [`the file has no ${described(name, ours)}`];
  if (sameShape(ours.shape, theirs.shape) && ours.dtype === theirs.dtype) return [];
  return [`${quoted(name)} is ${theirs.dtype} ${shapeText(theirs.shape)} in the file and ${ours.dtype} ${shapeText(ours.shape)} in the model`];
};
