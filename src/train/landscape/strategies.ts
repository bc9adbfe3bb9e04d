/**
 * Three ways to a low loss (course notes on optimization, part 1): guess, take random steps and keep those that help,
 * or follow the gradient. All may look at the loss equally often.
 */
import { compile } from "../../api/compile.ts";
import { normal, split } from "../../api/random.ts";
import { valueAndGrad } from "../../api/transforms.ts";
import type { Tensor } from "../../trace/tensor.ts";
import { stepTable } from "./steps.ts";
import { movable, plus, vectorOf, withVector, type Loss } from "./vectors.ts";

/** How one strategy fared. */
export interface Strategy<M> {
  readonly name: "random search" | "random local search" | "gradient descent";
  /** The lowest loss after 1, 2, ... looks at the loss. */
  readonly losses: readonly number[];
  /** The best model met. */
  readonly model: M;
}

export interface StrategyOptions {
  /** How often each may look at the loss. */
  readonly evaluations: number;
  readonly key: Tensor;
}

/** Steps of the local search, as a share of the size of the numbers they change. */
const stride = 0.1;

/** For every number of a model the root of the mean square of its tensor; zeros (biases) count as the whole model does. */
const sizesOf = (model: unknown): Float64Array => {
  const size = (values: ArrayLike<number>): number => Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0) / Math.max(1, values.length));
  const whole = size(vectorOf(model)) || 1;
  return Float64Array.from(
    movable(model).flatMap(({ tensor }) => {
      const values = tensor.dataSync();
      return new Array<number>(values.length).fill(size(values) || whole);
    }),
  );
};

/**
 * Random search (each guess a new model, its numbers normal and as large as those at the start), random local search
 * (steps of a tenth of that size, kept where the loss falls) and gradient descent. Descent begins with the best step of
 * the step-size table, and halves it whenever the loss would rise; a gradient is counted as the look at the loss that it
 * comes with, though it costs about as much as two more. Yields the looks so far and returns the three strategies.
 * @param start where the latter two begin
 * @example
 * const bowl = ({ w }: { w: Tensor }) => w.sub(tensor([1, 2, 3])).sq().sum();
 * const ways = compareStrategies(bowl, { w: tensor([5, 5, 5]) }, { evaluations: 20, key: key(0) });
 * let next = ways.next();
 * while (!next.done) next = ways.next();
 * const [guessed, wandered, descended] = next.value.map(({ losses }) => losses.at(-1)!);
 * descended! < Math.min(guessed!, wandered!); // true
 */
export function* compareStrategies<M>(loss: Loss<M>, start: M, { evaluations, key }: StrategyOptions): Generator<number, readonly Strategy<M>[], void> {
  const lossOf = compile(loss as (model: M) => Tensor) as (model: M) => Tensor;
  const at = (vector: Float64Array): number => lossOf(withVector(start, vector)).itemSync();
  const origin = vectorOf(start);
  const sizes = sizesOf(start);
  const [guesses, steps] = split(key).map((each) => split(each, evaluations));
  const drawn = (from: Tensor): Float64Array => Float64Array.from(normal(from, [origin.length]).dataSync());
  let looks = 0;

  const search = function* (name: Strategy<M>["name"], from: Float64Array, candidate: (best: Float64Array, i: number) => Float64Array) {
    let [best, lowest] = [from, Infinity];
    const losses: number[] = [];
    for (let i = 0; i < evaluations; i++) {
      const next = candidate(best, i);
      const found = at(next);
      if (found < lowest) [best, lowest] = [next, found];
      losses.push(lowest);
      yield ++looks;
    }
    return { name, losses, model: withVector(start, best) };
  };

  const descent = function* (): Generator<number, Strategy<M>, void> {
    const gradientOf = valueAndGrad(loss);
    let step = stepTable(loss, start).best.step;
    let [best, gradient, lowest] = [origin, origin, Infinity];
    const losses: number[] = [];
    for (let i = 0; i < evaluations; i++) {
      const next = i === 0 ? origin : plus(best, -step, gradient);
      const { value, grad } = gradientOf(withVector(start, next) as never);
      const found = value.itemSync();
      if (found < lowest) [best, gradient, lowest] = [next, vectorOf(grad), found];
      else step /= 2;
      losses.push(lowest);
      yield ++looks;
    }
    return { name: "gradient descent", losses, model: withVector(start, best) };
  };

  return [
    yield* search("random search", origin, (_, i) => drawn(guesses![i]!).map((v, j) => v * sizes[j]!)),
    yield* search("random local search", origin, (best, i) => (i === 0 ? origin : drawn(steps![i]!).map((v, j) => best[j]! + stride * sizes[j]! * v))),
    yield* descent(),
  ];
}
