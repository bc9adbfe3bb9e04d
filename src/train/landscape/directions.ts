/** Ways to go from a model: trees like it, each a direction in which its numbers are moved. */
import { normal } from "../../api/random.ts";
import { Diagnostic, shapeText } from "../../ir/diagnostic.ts";
import { nearest } from "../../ir/nearest.ts";
import { stridesOf } from "../../ir/shape.ts";
import type { Tensor } from "../../trace/tensor.ts";
import { eigenOf } from "./eigen.ts";
import { dot, movable, plus, vectorOf, withVector } from "./vectors.ts";

/** Scales `vector`, from `at`, neuron by neuron: `columns` of `rows` numbers, each to the norm of the model's own. */
const likeNeurons = (vector: Float64Array, own: Float64Array, at: number, rows: number, columns: number): void => {
  for (let column = 0; column < columns; column++) {
    let [theirs, ours] = [0, 0];
    for (let row = 0; row < rows; row++) {
      const i = at + row * columns + column;
      theirs += vector[i]! ** 2;
      ours += own[i]! ** 2;
    }
    const factor = theirs === 0 ? 0 : Math.sqrt(ours / theirs);
    for (let row = 0; row < rows; row++) vector[at + row * columns + column]! *= factor;
  }
};

/**
 * A random direction, normal and then scaled neuron by neuron to the length of the model's own weights, so that what is
 * seen does not depend on how large they happen to be (filter normalisation: Li et al. 2018, "Visualizing the Loss
 * Landscape of Neural Nets"). A neuron is a column of w [..., outputs]. Biases (rank 1 and 0) do not move, as there,
 * unless the model has nothing else.
 * @param key the same key gives the same direction
 * @example
 * const model = { w: tensor([[3], [4]]), b: tensor([1]) };
 * const { w, b } = randomDirection(key(0), model);
 * w.sq().sum().sqrt().itemSync(); // 5
 * b.toArraySync(); // [0]
 */
export const randomDirection = <M>(key: Tensor, model: M): M => {
  const own = vectorOf(model);
  const vector = Float64Array.from(normal(key, [own.length]).dataSync());
  const leaves = movable(model).map((leaf) => leaf.tensor);
  const isFlat = leaves.every((leaf) => leaf.rank < 2);
  let at = 0;
  for (const { rank, size, shape } of leaves) {
    if (rank >= 2) likeNeurons(vector, own, at, size / shape.at(-1)!, shape.at(-1)!);
    else if (isFlat) likeNeurons(vector, own, at, size, 1);
    else vector.fill(0, at, at + size);
    at += size;
  }
  return withVector(model, vector);
};

/**
 * The direction that leads from one model to another: at distance 1 one is there.
 * @example
 * towards({ w: tensor([1, 2]) }, { w: tensor([4, 4]) }).w.toArraySync(); // [3, 2]
 */
export const towards = <M>(from: M, to: M): M => withVector(from, plus(vectorOf(to), -1, vectorOf(from)));

/**
 * The direction of a single number, such as `[0].w` at [3, 1]; for a tensor of rank 0 the index is [].
 * @throws Diagnostic `no-such-coordinate`
 * @example
 * coordinateDirection({ w: tensor([1, 2, 3]) }, "w", [1]).w.toArraySync(); // [0, 1, 0]
 */
export const coordinateDirection = <M>(model: M, path: string, index: readonly number[]): M => {
  const plain = (written: string): string => written.replace(/^\./, "");
  const leaves = movable(model);
  const found = leaves.findIndex((leaf) => plain(leaf.path) === plain(path));
  const names = leaves.map((leaf) => plain(leaf.path) || "(model)");
  if (found < 0) {
    const near = nearest(plain(path), names);
    throw new Diagnostic("no-such-coordinate", `the model has no tensor ${plain(path)}`, {
      help: near === undefined ? `it has ${names.join(", ")}` : `did you mean ${near}?`,
    });
  }
  const { shape } = leaves[found]!.tensor;
  if (index.length !== shape.length || !index.every((i, axis) => Number.isSafeInteger(i) && i >= 0 && i < shape[axis]!)) {
    throw new Diagnostic("no-such-coordinate", `${names[found]} has the shape ${shapeText(shape)}, and so nothing at [${index.join(", ")}]`, {
      help: shape.length === 0 ? "it is one number: its index is []" : `give ${shape.length} whole number${shape.length === 1 ? "" : "s"}, each from 0 to below its size`,
    });
  }
  const vector = new Float64Array(vectorOf(model).length);
  const before = leaves.slice(0, found).reduce((sum, leaf) => sum + leaf.tensor.size, 0);
  vector[before + stridesOf(shape).reduce((at, stride, axis) => at + stride * index[axis]!, 0)] = 1;
  return withVector(model, vector);
};

/** What rounding leaves of a straight path is no direction. */
const rounding = 1e-13;

/** The plane in which an optimiser's path shows most of itself. */
export interface Principal<M> {
  /** Two directions of length 1, at right angles. */
  readonly directions: readonly [M, M];
  /** How much of the path's spread (its squared distances from its mean) lies along each, 0 to 1. */
  readonly shares: readonly [number, number];
}

/**
 * The first two principal components of an optimiser's path: of all planes through its mean, that to which its models
 * are nearest. There are few models and many numbers, so the eigenvectors are found exactly, by way of the small matrix
 * of products of model with model. A path without a second direction (it is straight) gets one at right angles, drawn
 * from the key.
 * @param path at least two models that differ
 * @throws Diagnostic `no-path`
 * @example
 * const path = [[0, 0], [1, 1], [3, 3]].map((w) => ({ w: tensor(w) }));
 * principalDirections(path, key(0)).shares; // [1, 0]
 */
export const principalDirections = <M>(path: readonly M[], key: Tensor): Principal<M> => {
  const points = path.map(vectorOf);
  const mean = new Float64Array(points[0]?.length ?? 0);
  for (const point of points) point.forEach((v, i) => (mean[i]! += v / points.length));
  const centred = points.map((point) => plus(point, -1, mean));
  const { values, vectors } = eigenOf(centred.map((a) => Float64Array.from(centred, (b) => dot(a, b))));
  const whole = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  if (!(whole > 0)) {
    throw new Diagnostic("no-path", "the models do not move, so their path has no direction", { help: "draw a random plane, or train for at least one step" });
  }
  const component = (k: number): Float64Array => {
    const sum = new Float64Array(mean.length);
    centred.forEach((point, i) => point.forEach((v, j) => (sum[j]! += vectors[k]![i]! * v)));
    return unit(sum);
  };
  const first = component(0);
  const isStraight = !(values[1]! > rounding * whole);
  const second = unit(across(isStraight ? Float64Array.from(normal(key, [mean.length]).dataSync()) : component(1), first));
  const directions = [withVector(path[0]!, first), withVector(path[0]!, second)] as const;
  return { directions, shares: [values[0]! / whole, isStraight ? 0 : values[1]! / whole] };
};

const unit = (vector: Float64Array): Float64Array => {
  const norm = Math.sqrt(dot(vector, vector));
  return norm === 0 ? vector : vector.map((v) => v / norm);
};

/** What of a vector is at right angles to a unit vector. */
const across = (vector: Float64Array, along: Float64Array): Float64Array => plus(vector, -dot(vector, along), along);

/**
 * How far one must go along each of two directions to come as near as possible to a model: its place on the plane
 * through `origin`. The directions need not be at right angles, nor of length 1.
 * @example
 * const at = (w: number[]) => ({ w: tensor(w) });
 * projected(at([3, 5, 9]), at([1, 1, 1]), [at([1, 0, 0]), at([0, 2, 0])]); // [2, 2]
 */
export const projected = <M>(model: M, origin: M, [first, second]: readonly [M, M]): readonly [number, number] => {
  const [u, v] = [vectorOf(first), vectorOf(second)];
  const way = plus(vectorOf(model), -1, vectorOf(origin));
  const [uu, uv, vv, p, q] = [dot(u, u), dot(u, v), dot(v, v), dot(way, u), dot(way, v)];
  const determinant = uu * vv - uv * uv;
  return [(p * vv - q * uv) / determinant, (q * uu - p * uv) / determinant];
};
