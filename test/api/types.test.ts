/** What the compiler knows and refuses; `tsc` over this file is the test, and running it shows that the types tell the truth. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  add, compile, concat, gate, grad, grads, hvp, jvp, tensor, type Tensor, type TensorLike, valueAndGrad, vjp, where, zeros,
} from "../../src/index.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
const is = <T extends true>(_?: T): void => undefined;

type TwoByThree = Tensor<readonly [2, 3]>;
interface Model {
  readonly layers: readonly { readonly w: Tensor }[];
  readonly rate: number;
}

test("gradients have the type of their argument", () => {
  const number = grad((x: Tensor) => x.mul(x))(3);
  is<Equal<typeof number, number>>();
  const both = grads((x: Tensor, y: Tensor) => x.mul(y).sum())(1, tensor([2]));
  is<Equal<typeof both, [number, Tensor]>>();
  const model: Model = { layers: [{ w: tensor([2]) }], rate: 1 };
  const loss = (m: Model, by: number): Tensor => m.layers[0]!.w.mul(by).sum();
  const tree = valueAndGrad(loss)(model, 5);
  is<Equal<typeof tree, { value: Tensor; grad: Model }>>();
  const more = valueAndGrad((m: Model) => ({ loss: loss(m, 5), aux: { seen: m.layers[0]!.w, n: 3 } }))(model);
  is<Equal<typeof more, { value: Tensor; grad: Model; aux: { seen: Tensor; n: number } }>>();
  const along = hvp(loss)(model, model, 5);
  is<Equal<typeof along, Model>>();
  const { pullback } = vjp((x: Tensor, y: Tensor) => x.mul(y))(3, tensor(4));
  const back = pullback(1);
  is<Equal<typeof back, [number, Tensor]>>();
  const forward = jvp((x: Tensor) => ({ y: x.mul(2) }))([1], [1]);
  is<Equal<typeof forward.tangent, { y: Tensor }>>();
  const step = compile((m: Model, x: Tensor) => ({ m, y: x.mul(2), n: 3 }))(model, 3);
  is<Equal<typeof step, { m: Model; y: Tensor; n: number }>>();
  assert.deepEqual(
    [number, both[0], both[1].toArraySync(), tree.grad.layers[0]!.w.toArraySync(), back[0], forward.tangent.y.itemSync(), step.y.itemSync()],
    [6, 2, [1], [5], 4, 2, 6],
  );
});

test("a shape that is known stays known as far as it is certain", () => {
  const w = tensor([[1, 2, 3], [4, 5, 6]]) as TwoByThree;
  const kept = [w.exp(), w.mul(2), w.mul(w).add(1).sigmoid(), add(w, 1), add(2, w), grad((x: TwoByThree) => x.sum())(w)] as const;
  type Known<T> = { readonly [K in keyof T]: Equal<T[K], TwoByThree> };
  is<Equal<Known<typeof kept>, readonly [true, true, true, true, true, true]>>();
  for (const x of kept) assert.deepEqual(x.shape, [2, 3]);
  // A plain tensor may have any shape, so the result has.
  const wider = w.add(zeros([4, 1, 1]));
  const nested = w.add([[[1]], [[2]]]);
  is<Equal<typeof wider, Tensor>>();
  is<Equal<typeof nested, Tensor>>();
  assert.deepEqual([wider.shape, nested.shape], [[4, 2, 3], [2, 2, 3]]);
  const like: TensorLike = 3;
  assert.equal(w.sum().add(like).itemSync(), 24);
});

/** Never called: each line is wrong, and the compiler says so. */
export const refused = (w: TwoByThree, other: Tensor<readonly [3, 3]>, loss: (m: Model) => Tensor): void => {
  // @ts-expect-error: a text has no gradient
  grad((x: Tensor) => x)("3");
  // @ts-expect-error: nested arrays are operands, not tensors
  grad((x: Tensor) => x.sum())([1, 2]);
  // @ts-expect-error: an argument is missing
  grads((x: Tensor, y: Tensor) => x.add(y))(1);
  // @ts-expect-error: the loss is a tensor
  grad((_: Tensor) => 5);
  // @ts-expect-error: and not the promise of one
  grad(async (x: Tensor) => x);
  // @ts-expect-error: a model without its rate
  grad(loss)({ layers: [] });
  // @ts-expect-error: another shape
  grad((x: TwoByThree) => x.sum())(other);
  // @ts-expect-error: a direction is missing
  hvp((x: Tensor) => x.sum())(w);
  // @ts-expect-error: texts are no operands
  w.add("1");
  // @ts-expect-error: nothing is no operand
  w.add(undefined);
  // @ts-expect-error: the option is axes
  w.sum({ axis: 1 });
  // @ts-expect-error: shapes are lists
  w.reshape(3, 2);
  // @ts-expect-error: there is no such operation
  w.plus(1);
  // @ts-expect-error: exp takes one operand
  w.exp(2);
  // @ts-expect-error: parts are a list
  concat(w, w);
  // @ts-expect-error: three operands
  where(w, w);
  // @ts-expect-error: the type is float32
  tensor([1], { dtype: "f32" });
  // @ts-expect-error: shapes do not change
  w.shape[0] = 3;
  // @ts-expect-error: a tensor is not compared by >
  void (w > 0);
  // @ts-expect-error: a gate needs its function
  gate({ name: "empty" });
  // @ts-expect-error: a result and its gradient are trees of one form
  vjp((x: Tensor) => ({ x }))(1).pullback(w);
};
