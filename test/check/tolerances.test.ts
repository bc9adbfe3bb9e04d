/** The tolerances that the course's assignments ask for, of nets written in plain tensor operations. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { amax, concat, relu, softmaxCrossEntropy, tensor, type Tensor } from "../../src/api/index.ts";
import { bernoulli, key, normal } from "../../src/api/random.ts";
import { checkGradients, type CheckOptions } from "../../src/check/index.ts";

const rows = JSON.parse(readFileSync(new URL("../cases/gradcheck.json", import.meta.url), "utf8")).cases.find(
  (c: { id: string }) => c.id === "assignment-tolerances",
).rows as readonly { what: string; rel_error: number }[];

const drawn = (seed: number, ...shape: number[]): Tensor => normal(key(seed), shape).realize();
const labels = tensor([0, 2, 1, 2], { dtype: "int32" });
const [x, w, b, g] = [drawn(1, 4, 6), drawn(2, 6, 5), drawn(3, 5), drawn(4, 4, 5)];
const images = drawn(5, 2, 2, 6, 6);
const filters = drawn(6, 3, 2, 3, 3);
const scores = drawn(7, 4, 3);

/** Windows of 3x3 laid side by side: [n, c, h, w] -> [n, h - 2, w - 2, c * 9]. */
const windows = (image: Tensor, size = 3, step = 1): Tensor => {
  const [n, c, height, width] = image.shape as [number, number, number, number];
  const [down, across] = [(height - size) / step + 1, (width - size) / step + 1];
  const parts: Tensor[] = [];
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const cut = image.slice([null, null, [i, i + (down - 1) * step + 1, step], [j, j + (across - 1) * step + 1, step]]);
      parts.push(cut.transpose([0, 2, 3, 1]).reshape([n, down, across, c, 1]));
    }
  }
  return concat(parts, { axis: 4 });
};
const convolve = (image: Tensor, kernel: Tensor): Tensor => {
  const open = windows(image);
  const [n, down, across] = open.shape as [number, number, number];
  return open.reshape([n, down, across, 18]).matmul(kernel.reshape([3, 18]).transpose());
};
const pool = (image: Tensor): Tensor => amax(windows(image, 2, 2), { axes: 4 });

const normalised = (v: Tensor): Tensor => {
  const centred = v.sub(v.mean({ axes: 0 }));
  return centred.div(centred.sq().mean({ axes: 0 }).add(1e-5).sqrt());
};
const hinge = (s: Tensor): Tensor => s.sub(s.pick(labels).reshape([4, 1])).add(1).relu().sum({ axes: 1 }).sub(1).mean();

interface Net {
  readonly w1: Tensor;
  readonly b1: Tensor;
  readonly w2: Tensor;
  readonly b2: Tensor;
}
const net: Net = { w1: drawn(8, 6, 10), b1: drawn(9, 10), w2: drawn(10, 10, 3), b2: drawn(11, 3) };
const hidden = (p: Net): Tensor => relu(x!.matmul(p.w1).add(p.b1));
const loss = (p: Net, reg: number): Tensor => softmaxCrossEntropy(hidden(p).matmul(p.w2).add(p.b2), labels).mean().add(p.w1.sq().sum().add(p.w2.sq().sum()).mul(reg));
const deep = { ...net, w3: drawn(12, 3, 3) };
const mask = bernoulli(key(13), 0.7, [4, 10]).cast("float64").div(0.7).realize();

const options: CheckOptions = { formula: "assignment", samples: 100 };
const upstream = (out: Tensor, seed = 20): Tensor => out.mul(drawn(seed, ...out.shape)).sum();

/** One net for each row of the case; `h` where the assignment uses another step. */
const nets: Readonly<Record<string, () => ReturnType<typeof checkGradients>>> = {
  "affine backward": () => checkGradients((v: Tensor, m: Tensor, c: Tensor) => v.matmul(m).add(c).mul(g!).sum(), [x!, w!, b!], options),
  "relu backward": () => checkGradients((v: Tensor) => relu(v).mul(drawn(21, 4, 6)).sum(), [x!], options),
  "affine+relu": () => checkGradients((v: Tensor, m: Tensor, c: Tensor) => relu(v.matmul(m).add(c)).mul(g!).sum(), [x!, w!, b!], options),
  "svm_loss dx": () => checkGradients(hinge, [scores], options),
  "softmax_loss dx": () => checkGradients((s: Tensor) => softmaxCrossEntropy(s, labels).mean(), [scores], options),
  "two-layer net, each parameter": () => checkGradients((p: Net) => loss(p, 0.05), [net], options),
  "two-layer net (2018 A1)": () => checkGradients((p: Net) => loss(p, 0.05), [net], { ...options, difference: "extrapolated" }),
  "fully connected net": () => checkGradients((p: typeof deep) => softmaxCrossEntropy(relu(hidden(p).matmul(p.w2).add(p.b2)).matmul(p.w3), labels).mean(), [deep], options),
  "fully connected W2 with reg 0": () => checkGradients((p: Net) => loss(p, 0), [net], options),
  "batch norm": () => checkGradients((v: Tensor) => upstream(normalised(v)), [x!], options),
  "dropout net": () => checkGradients((p: Net) => softmaxCrossEntropy(hidden(p).mul(mask).matmul(p.w2).add(p.b2), labels).mean(), [net], options),
  conv: () => checkGradients((v: Tensor, k: Tensor) => upstream(convolve(v, k)), [images, filters], options),
  "max pool": () => checkGradients((v: Tensor) => upstream(pool(v)), [images], options),
  "three-layer convnet": () =>
    checkGradients(
      (k: Tensor, m: Tensor, c: Tensor) => {
        const features = pool(relu(convolve(images, k)).transpose([0, 3, 1, 2])).reshape([2, 12]);
        return softmaxCrossEntropy(relu(features.matmul(m)).matmul(c), tensor([1, 0], { dtype: "int32" })).mean();
      },
      [filters, drawn(14, 12, 7), drawn(15, 7, 3)],
      { ...options, h: 1e-6 },
    ),
};

test("every row of the assignments' tolerances has its net", () => {
  assert.deepEqual(Object.keys(nets), rows.map((row) => row.what));
});

for (const { what, rel_error: tolerance } of rows) {
  test(`assignment-tolerances: ${what}, relative error below ${tolerance}`, () => {
    const check = nets[what]!();
    const counted = check.entries.filter((e) => !e.kink);
    assert.ok(counted.length > check.entries.length / 2, "most entries lie away from kinks");
    assert.equal(check.passed, true, check.text);
    // Rounding alone is 1e-11 over a numeric gradient, whoever's it is: rows below that are held to it absolutely.
    for (const e of counted) {
      const difference = Math.abs(e.analytic - e.numeric);
      assert.ok(e.relativeError < tolerance || difference < 1e-9, `${e.name}: ${e.relativeError}, ${e.analytic} and ${e.numeric}`);
    }
  });
}
