/** `landscape`: each view as text, JSON and image, of a run that is only read. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { elements } from "../explain/markup.ts";
import { chainrule, temporaryFolder } from "./support.ts";

const folder = temporaryFolder();

const landscape = (...args: string[]) => chainrule(["landscape", ...args], { folder });
const json = async (...args: string[]) => JSON.parse((await landscape(...args, "--json")).out);
const contents = (run: string) => readdirSync(join(folder, run)).map((name) => [name, readFileSync(join(folder, run, name)).toString("base64")]);

before(async () => {
  for (const args of [
    ["spiral", "--hidden", "6", "--epochs", "4", "--out", "net"],
    ["spiral", "--model", "svm", "--epochs", "2", "--out", "svm"],
  ]) {
    assert.equal((await chainrule(["train", ...args, "--check=0"], { folder })).code, 0);
  }
});

describe("landscape", () => {
  test("by default the ray from start to end and the plane of the path; the run stays as it is", async () => {
    const untouched = contents("net");
    const { code, out, err } = await landscape("net", "--points", "9", "--rows", "30");
    assert.equal(code, 0, err);
    assert.match(out, /^Loss from the start of training to its end \(9 points on 30 training rows\)\n\n +loss\n/);
    assert.match(out, /about \d+ kinks, too many to locate each; with --rows 3 there are fewer|\d+ kinks?, where the slope jumps/);
    assert.match(out, /Loss over the plane of the optimiser's path \(9 x 9 points on 30 training rows;\nits two principal directions hold \d+% and [\d.]+% of the path's spread/);
    assert.match(out, /S start, E end of training/);
    // Trained again the run ends in its own bits: nothing is said of others.
    assert.doesNotMatch(err, /other-bits|warning\[unfinished/);
    assert.deepEqual(contents("net"), untouched);
  });

  test("as data: the ray's ends are the losses of the two models, and the path ends at the trained one", async () => {
    const { run, data, rows, ray, plane } = await json("net", "--points", "5", "--rows", "1000");
    assert.deepEqual([run, data, rows], ["net", "spiral", 300]);
    assert.deepEqual(ray.at, [-0.5, 0, 0.5, 1, 1.5]);
    assert.deepEqual([plane.losses.length, plane.losses[0].length], [5, 5]);
    const [a, b] = plane.path.at(-1);
    assert.ok(Math.abs(a) < 1e-12 && Math.abs(b) < 1e-12);
    assert.ok(plane.path.length > 20);
    // The run's own figures, but for the penalty.
    const epochs = readFileSync(join(folder, "net", "metrics.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line)).filter(({ event }) => event === "epoch");
    const own = [epochs[0], epochs.at(-1)].map(({ train }) => train.loss);
    [ray.losses[1], ray.losses[3]].forEach((loss, i) => assert.ok(loss >= own[i] && loss - own[i] < 0.01, `${loss}, ${own[i]}`));
  });

  test("along one weight of a linear SVM every kink is located, at the weight's own value", async () => {
    const { ray } = await json("svm", "--ray=[0].w[0,1]", "--rows", "4", "--points", "201");
    assert.ok(ray.located && ray.kinks.length > 0);
    for (const { at, before: slope, after } of ray.kinks) {
      assert.ok(after > slope);
      // Between the neighbours of a kink the curve lies below their chord; away from kinks the penalty alone bends it.
      const i = ray.at.findIndex((place: number) => place > at);
      const middle = (ray.losses[i - 1] + ray.losses[i]) / 2;
      assert.ok(middle > 0 && ray.at[i - 1] <= at);
    }
    const { out } = await landscape("svm", "--ray=[0].w[0,1]", "--rows", "4");
    assert.match(out, /\d kinks?, where the slope jumps:\n +a +slope before +after\n/);
    assert.equal(ray.kind, "[0].w[0,1]");
  });

  test("random rays and planes follow the seed", async () => {
    const of = async (seed: string) => json("net", "--ray", "random", "--plane", "random", "--points", "3", "--rows", "20", "--seed", seed);
    const first = await of("1");
    assert.deepEqual(await of("1"), first);
    const other = await of("2");
    assert.notDeepEqual(other.ray.losses, first.ray.losses);
    assert.notDeepEqual(other.plane.losses, first.plane.losses);
    assert.deepEqual(first.plane.path, []);
    // Both go through the trained model.
    assert.equal(first.plane.losses[1][1], other.plane.losses[1][1]);
    assert.equal(first.ray.losses[1], first.plane.losses[1][1]);
  });

  test("steps and strategies as tables", async () => {
    const { out } = await landscape("net", "--steps", "--strategies", "--points", "30", "--rows", "60");
    assert.match(out, /step +loss after it +change\n *1e-10 [^]*the loss falls most with the step \S+; from \S+ on the loss is larger than before/);
    assert.match(out, /strategy +lowest loss +right on validation rows\nrandom search [^]*random local search [^]*gradient descent /);
    const { steps, strategies } = await json("net", "--steps", "--strategies", "--points", "30", "--rows", "60");
    assert.deepEqual(strategies.map(({ losses }: { losses: number[] }) => losses.length), [30, 30, 30]);
    assert.ok(strategies[2].losses.at(-1) < strategies[1].losses.at(-1));
    assert.ok(steps.best.loss < steps.loss && steps.explodes > steps.best.step);
  });

  test("each view is a valid image", async () => {
    for (const view of ["--ray", "--plane", "--steps", "--strategies"]) {
      const { code, out, err } = await landscape("net", view, "--svg", "--points", "7", "--rows", "20");
      assert.equal(code, 0, err);
      const [root, title] = elements(out);
      assert.equal(root!.attributes.get("role"), "img");
      assert.ok(title!.text.length > 10);
    }
    // Without a view the plane is drawn.
    const { out, err } = await landscape("net", "--svg=plane.svg", "--points", "5", "--rows", "20");
    assert.equal(out, "");
    assert.match(err, /wrote plane\.svg\n$/);
    assert.match(readFileSync(join(folder, "plane.svg"), "utf8"), /plane of the optimiser/);
  });

  test("says what is wrong: no run, a tensor that is not there, two views in one image", async () => {
    const said = async (...args: string[]): Promise<string> => {
      const { code, err } = await landscape(...args);
      assert.equal(code, 2);
      return err;
    };
    assert.match(await said(), /error\[no-run\]: chainrule landscape needs a run/);
    assert.match(await said("nowhere"), /error\[no-run\]: There is no folder nowhere/);
    assert.match(await said("net", "svm"), /error\[needless-argument\]/);
    assert.match(await said("net", "--ray=[0].v[0,1]"), /error\[no-such-coordinate\].*no tensor \[0\]\.v/);
    assert.match(await said("net", "--ray=[0].w[9,1]"), /\[0\]\.w has the shape \[2, 6\], and so nothing at \[9, 1\]/);
    assert.match(await said("net", "--ray=sideways"), /path, random or one weight such as \[0\]\.w\[3,1\]/);
    assert.match(await said("net", "--ray", "--steps", "--svg"), /error\[which-view\].*--ray and --steps/);
  });
});
