import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, Diagnostic, grad, tensor, valueAndGrad, type Tensor } from "../../src/api/index.ts";
import { adagrad, adam, adamW, cosine, momentum, nesterov, rmsprop, sgd, stepDecay, warmUp, type Optimizer } from "../../src/optim/index.ts";
import { load, near } from "../nn/cases.ts";

const cases = load("networks");

test("opt-nesterov", () => {
  const c = cases.of("opt-nesterov");
  const optimizer = nesterov({ lr: c["lr"], mu: c["momentum"] });
  const { params, state } = optimizer.update(tensor(c["w"]), tensor(c["dw"]), { velocity: tensor(c["velocity"]) });
  near(params, c["next_w"], cases.tolerance(c), "w");
  near(state.velocity, c["next_velocity"], cases.tolerance(c), "velocity");
});

test("opt-adagrad", () => {
  const c = cases.of("opt-adagrad");
  const optimizer = adagrad({ lr: c["lr"], eps: c["eps"] });
  const { params, state } = optimizer.update(tensor(c["w"]), tensor(c["dw"]), { cache: tensor(c["cache"]) });
  near(params, c["next_w"], cases.tolerance(c), "w");
  near(state.cache, c["next_cache"], cases.tolerance(c), "cache");
});

test("opt-rmsprop", () => {
  const c = cases.of("opt-rmsprop");
  const optimizer = rmsprop({ lr: c["lr"], decay: c["decay"], eps: c["eps"] });
  const { params, state } = optimizer.update(tensor(c["w"]), tensor(c["dw"]), { cache: tensor(c["cache"]) });
  near(params, c["next_w"], cases.tolerance(c), "w");
  near(state.cache, c["next_cache"], cases.tolerance(c), "cache");
});

test("opt-adam: t counts before it is used", () => {
  const c = cases.of("opt-adam");
  const optimizer = adam({ lr: c["lr"], beta1: c["beta1"], beta2: c["beta2"], eps: c["eps"] });
  const before = { step: tensor(c["t_before"] as number), m: tensor(c["m"]), v: tensor(c["v"]) };
  const { params, state } = optimizer.update(tensor(c["w"]), tensor(c["dw"]), before);
  near(params, c["next_w"], cases.tolerance(c), "w");
  near(state.m, c["next_m"], cases.tolerance(c), "m");
  near(state.v, c["next_v"], cases.tolerance(c), "v");
  assert.equal(state.step.itemSync(), c["t_before"] + 1);
});

test("the first steps of Adam are as long as the learning rate, in float32 too", () => {
  for (const dtype of ["float32", "float64"] as const) {
    const optimizer = adam({ lr: 0.25 });
    const gradient = tensor([1e-3, -50], { dtype });
    let w = tensor([1, 1], { dtype });
    let state = optimizer.init(w);
    for (let i = 1; i <= 3; i++) {
      ({ params: w, state } = optimizer.update(w, gradient, state));
      near(w, [1 - 0.25 * i, 1 + 0.25 * i], { rtol: 1e-4, atol: 0 }, `w after step ${i}`);
    }
    assert.deepEqual([w.dtype, state.m.dtype, state.v.dtype, state.step.dtype], [dtype, dtype, dtype, "float64"]);
  }
});

test("AdamW: weights fade as in gradual forgetting, biases stay unless asked", () => {
  const c = load("classifiers").of("gradual-forgetting");
  const none = { w: tensor([0, 0, 0]), b: tensor([0]) };
  for (const biases of [false, true]) {
    const optimizer = adamW({ lr: c["lr"], decay: c["lambda"], biases });
    let model = { w: tensor(c["w0"]) as Tensor, b: tensor([5]) as Tensor };
    let state = optimizer.init(model);
    for (let k = 1; k <= 10; k++) ({ params: model, state } = optimizer.update(model, none, state));
    near(model.w, c["w_after"]["10"], { rtol: 1e-12, atol: 0 }, "w");
    near(model.b, [biases ? 5 * 0.95 ** 10 : 5], { rtol: 1e-12, atol: 0 }, "b");
  }
});

test("AdamW without decay is Adam; with it the moments do not see it", () => {
  const w = tensor([1, -2, 3]);
  const g = tensor([0.5, 0.1, -4]);
  const plain = adam({ lr: 0.1 });
  const same = adamW({ lr: 0.1, decay: 0 });
  const faded = adamW({ lr: 0.1, decay: 0.3 });
  const a = plain.update(w, g, plain.init(w));
  assert.deepEqual(same.update(w, g, same.init(w)).params.toArraySync(), a.params.toArraySync());
  const b = faded.update(w, g, faded.init(w));
  assert.deepEqual(b.state.m.toArraySync(), a.state.m.toArraySync());
  assert.deepEqual(b.state.v.toArraySync(), a.state.v.toArraySync());
  near(b.params, a.params.sub(w.mul(0.1 * 0.3)), { rtol: 1e-12, atol: 0 }, "w");
});

test("a parameter whose gradient is always 0 stays where it is", () => {
  for (const optimizer of [adagrad({ lr: 1 }), rmsprop({ lr: 1 }), adam({ lr: 1 }), nesterov({ lr: 1 })] as Optimizer[]) {
    const w = tensor([3]);
    assert.deepEqual(optimizer.update(w, tensor([0]), optimizer.init(w)).params.toArraySync(), [3]);
  }
});

const minimise = (f: (w: Tensor) => Tensor, optimizer: Optimizer, steps: number): number => {
  let w: Tensor = tensor([1, 1]);
  let state = optimizer.init(w);
  const slope = grad(f);
  for (let i = 0; i < steps; i++) ({ params: w, state } = optimizer.update(w, slope(w) as Tensor, state));
  return f(w).itemSync();
};

/** Smallest at [3, -1]. */
const bowl = (w: Tensor): Tensor => w.sub([3, -1]).sq().sum();
/** As the bowl, ten thousand times as steep along one axis as along the other. */
const valley = (w: Tensor): Tensor => w.sub([3, -1]).sq().mul([1e-2, 1e2]).sum();

test("every optimiser finds the bottom of a bowl", () => {
  const each: readonly (readonly [string, Optimizer])[] = [
    ["sgd", sgd({ lr: 0.1 }) as Optimizer],
    ["momentum", momentum({ lr: 0.05 })],
    ["nesterov", nesterov({ lr: 0.05 })],
    ["adagrad", adagrad({ lr: 1 })],
    ["rmsprop", rmsprop({ lr: warmUp(cosine({ lr: 0.05, steps: 400 }), { steps: 10 }) })],
    ["adam", adam({ lr: stepDecay({ lr: 0.2, every: 80 }) })],
    ["adamW", adamW({ lr: 0.1, decay: 0 })],
  ];
  for (const [name, optimizer] of each) {
    const left = minimise(bowl, optimizer, 400);
    assert.ok(left < 1e-6, `${name} is ${left} above the bottom`);
  }
});

test("in a badly scaled valley a step size for every parameter helps", () => {
  // The steep axis bears no plain step longer than 0.01, and with that the flat one hardly moves.
  const plain = minimise(valley, sgd({ lr: 0.009 }) as Optimizer, 400);
  assert.ok(plain > 1e-2, `sgd is ${plain} above the bottom`);
  for (const [name, optimizer] of [
    ["adagrad", adagrad({ lr: 1 })],
    ["rmsprop", rmsprop({ lr: cosine({ lr: 0.05, steps: 400 }) })],
    ["adam", adam({ lr: cosine({ lr: 0.1, steps: 400 }) })],
  ] as const) {
    const left = minimise(valley, optimizer as Optimizer, 400);
    assert.ok(left < 1e-6, `${name} is ${left} above the bottom`);
  }
});

test("compiled, every optimiser walks the same way with one program, its step and rate going in and out", () => {
  const schedule = warmUp(cosine({ lr: 0.1, steps: 5 }), { steps: 2 });
  const slope = valueAndGrad(bowl);
  for (const make of [sgd, momentum, nesterov, adagrad, rmsprop, adam, adamW]) {
    const optimizer = make({ lr: schedule }) as Optimizer;
    const step = (w: Tensor, state: ReturnType<typeof optimizer.init<Tensor>>) => optimizer.update(w, slope(w).grad as Tensor, state);
    const fast = compile(step);
    const start = tensor([1, 1]) as Tensor;
    let a = { params: start, state: optimizer.init(start) };
    let b = a;
    for (let i = 1; i <= 7; i++) {
      a = step(a.params, a.state);
      b = fast(b.params as never, b.state as never);
      near(b.params, a.params.toArraySync() as number[], { rtol: 1e-12, atol: 0 }, `${make.name}: w after step ${i}`);
      assert.equal((b.state["step"] as Tensor).itemSync(), i);
    }
    assert.equal(fast.programs, 1);
  }
});

test("a learning rate that is an argument of a compiled function changes from call to call", () => {
  const fast = compile((w: Tensor, g: Tensor, lr: Tensor) => sgd({ lr }).update(w, g, {}).params);
  const w = tensor([1, 2], { dtype: "float32" });
  const g = tensor([1, 1], { dtype: "float32" });
  for (const lr of [0.5, 0.25]) {
    const moved = fast(w, g, tensor(lr)) as Tensor;
    assert.deepEqual(moved.toArraySync(), [1 - lr, 2 - lr]);
    assert.equal(moved.dtype, "float32");
  }
  assert.equal(fast.programs, 1);
});

const refused = (f: () => unknown, code: string, sentence: RegExp): void => {
  assert.throws(f, (e) => e instanceof Diagnostic && e.code === code && sentence.test(e.sentence));
};

test("misspelt and impossible settings are refused by name", () => {
  for (const make of [sgd, momentum, nesterov, adagrad, rmsprop, adam, adamW] as ((o: never) => unknown)[]) {
    refused(() => make({ learningRate: 0.1 } as never), "bad-options", /there is no option "learningRate"/);
    refused(() => make({} as never), "bad-setting", /: lr: undefined is not a number/);
    refused(() => make({ lr: "0.1" } as never), "bad-setting", /: lr: the text "0\.1" is not a number/);
    refused(() => make({ lr: NaN } as never), "bad-setting", /: lr: NaN is not a number/);
    refused(() => make({ lr: tensor([1, 2]) } as never), "bad-setting", /: lr: a tensor \[2\] is not a number/);
  }
  refused(() => adam({ lr: 1, beta2: 1 }), "bad-setting", /adam: beta2: 1 is not a number from 0 to below 1/);
  refused(() => adamW({ lr: 1, decay: -1 }), "bad-setting", /adamW: decay: -1 is not/);
  refused(() => rmsprop({ lr: 1, eps: 0 }), "bad-setting", /rmsprop: eps: 0 is not a number above 0/);
});

test("a state without its step, and a rate that is not one number, are refused", () => {
  const w = tensor([1, 2]);
  refused(() => adam({ lr: 1 }).update(w, w, { m: w, v: w } as never), "does-not-fit", /the state gives nothing for its step/);
  refused(() => adam({ lr: 1 }).update(w, w, { m: w, v: w, step: w } as never), "does-not-fit", /the state gives \[2\] for its step/);
  const spread = sgd({ lr: () => w });
  refused(() => spread.update(w, w, spread.init(w)), "does-not-fit", /the learning rate is a tensor \[2\], not one number/);
});
