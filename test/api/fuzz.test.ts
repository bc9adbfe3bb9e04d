/**
 * Random programs over every entry of the table, each asked five questions: are its gradients those of numbers, do
 * forward and reverse mode agree, does compile change nothing, do opened groups, and are the second and third
 * derivatives those of numbers. FUZZ_SEED and FUZZ_PROGRAMS repeat or widen a run.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as functions from "../../src/api/functions.ts";
import { compile, grad, grads, hvp, jvp, tensor, type Tensor } from "../../src/api/index.ts";
import { Draw } from "../../src/check/draw.ts";
import { builder } from "../../src/api/builder.ts";
import { traceCall } from "../../src/api/transforms.ts";
import { asArray } from "../../src/ir/dtype.ts";
import { onesLike, zerosLike } from "../../src/ops/forms/source.ts";
import * as table from "../../src/ops/table.ts";
import { differentiate } from "../../src/passes/differentiate.ts";
import { expand } from "../../src/passes/expand.ts";
import { interpret } from "../../src/run/interpret.ts";
import { isEntry } from "../../src/ops/forms/entry.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? 1);
const programs = Number(process.env["FUZZ_PROGRAMS"] ?? 150);

type Step = (pool: readonly Tensor[]) => Tensor;
type Call = (...args: unknown[]) => Tensor;
interface Drawn {
  readonly below: (n: number) => number;
  readonly number: () => number;
  /** A place in the pool whose tensor pleases, or undefined. */
  readonly where: (pleases: (x: Tensor) => boolean) => number | undefined;
  readonly pool: readonly Tensor[];
}

const whole = (draw: Drawn, shape: readonly number[], below: number): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(Int32Array.from({ length: size }, () => draw.below(below)), { shape });
};

/** One way to use each row of signatures; undefined where the pool has nothing that fits. */
const uses: Record<string, (call: Call, draw: Drawn) => Step | undefined> = {
  unary: (call, draw) => {
    const i = draw.where((x) => x.rank > 0)!;
    return (pool) => call(pool[i]);
  },
  unaryWith: (call, draw) => {
    const i = draw.where(() => true)!;
    const parameter = [[], [Math.abs(draw.number())]][draw.below(2)]!;
    return (pool) => call(pool[i], ...parameter);
  },
  binary: (call, draw) => {
    const i = draw.where(() => true)!;
    const j = draw.below(3) === 0 ? undefined : draw.where((y) => fits(draw.pool[i]!.shape, y.shape));
    const number = draw.number();
    return draw.below(2) === 0 ? (pool) => call(pool[i], j === undefined ? number : pool[j]) : (pool) => call(j === undefined ? number : pool[j], pool[i]);
  },
  ternary: (call, draw) => {
    const i = draw.where(() => true)!;
    const j = draw.where((y) => fits(draw.pool[i]!.shape, y.shape))!;
    const number = draw.number();
    return (pool) => call(pool[i]!.gt(number), pool[i], pool[j]);
  },
  variadic: (call, draw) => {
    const i = draw.where(() => true)!;
    const rest = Array.from({ length: 1 + draw.below(3) }, () => draw.where((y) => y.rank === draw.pool[i]!.rank && fits(draw.pool[i]!.shape, y.shape))!);
    return (pool) => call(pool[i], ...rest.map((j) => pool[j]));
  },
  fold: (call, draw) => {
    const i = draw.where((x) => x.rank > 0)!;
    const { rank } = draw.pool[i]!;
    const options = [undefined, { axes: draw.below(rank) }, { axes: -1 - draw.below(rank), keepDims: true }, { keepDims: true }][draw.below(4)];
    return (pool) => call(pool[i], options);
  },
  alongAxis: (call, draw) => {
    const i = draw.where((x) => x.rank > 0)!;
    const options = [undefined, { axis: draw.below(draw.pool[i]!.rank) }][draw.below(2)];
    return (pool) => call(pool[i], options);
  },
  standardize: (call, draw) => {
    const i = draw.where((x) => x.rank > 0)!;
    const axes = draw.below(draw.pool[i]!.rank);
    return (pool) => call(pool[i], { axes, epsilon: 0.25 });
  },
  attention: (call, draw) => {
    const i = draw.where((x) => x.rank === 2)!;
    const j = draw.where((x) => x.rank === 2 && x.shape[1] === draw.pool[i]!.shape[1])!;
    const mask = draw.below(2) === 0;
    return (pool) => call(pool[i], pool[j], pool[j], ...(mask ? [pool[i]!.matmul(pool[j]!.transpose()).gt(0)] : []));
  },
  windows: (call, draw) => {
    const i = draw.where((x) => x.rank > 0 && x.shape.at(-1)! > 1)!;
    const options = [undefined, { stride: 2, padding: 1 }, { padding: 2 }][draw.below(3)];
    return (pool) => call(pool[i], [2], options);
  },
  conv: (call, draw) => {
    const i = draw.where((x) => x.rank === 2)!;
    const j = draw.where((x) => x.rank === 2)!;
    const image = (x: Tensor, wide = 0): Tensor => x.reshape([1, 1, ...x.shape]).pad([[0, 0], [0, 0], [wide, wide], [wide, wide]]);
    const stride = 1 + draw.below(2);
    return (pool) => call(image(pool[i]!, 2), image(pool[j]!).slice([null, null, [0, 2], [0, 2]]), { stride, padding: 1 });
  },
  pool: (call, draw) => {
    const i = draw.where((x) => x.rank === 2)!;
    const options = [undefined, { stride: 1, padding: 1 }][draw.below(2)];
    return (pool) => call(pool[i]!.reshape([1, 1, ...pool[i]!.shape]).pad([[0, 0], [0, 0], [1, 1], [1, 1]]), 2, options);
  },
  labelled: (call, draw) => {
    const i = draw.where((x) => x.rank > 0)!;
    const { shape } = draw.pool[i]!;
    const label = whole(draw, shape.slice(0, -1), shape.at(-1)!);
    return (pool) => call(pool[i], label);
  },
  reshape: (call, draw) => {
    const i = draw.where((x) => x.rank > 0)!;
    const { shape } = draw.pool[i]!;
    // Good for reshape and for broadcast_to, which share a row.
    return call === (functions.reshape as unknown as Call) ? (pool) => call(pool[i], [-1, shape[0]!]) : (pool) => call(pool[i], [2, ...shape]);
  },
  transpose: (call, draw) => {
    const i = draw.where((x) => x.rank > 1)!;
    const axes = [...draw.pool[i]!.shape.keys()];
    axes.push(axes.shift()!);
    return draw.below(2) === 0 ? (pool) => call(pool[i]) : (pool) => call(pool[i], axes);
  },
  slice: (call, draw) => {
    const i = draw.where((x) => x.rank > 0)!;
    const ranges = draw.pool[i]!.shape.map((n: number) => [null, draw.below(n), [0, n - 1], [n - 1, undefined, -1], [0, n, 2]][draw.below(5)]);
    return (pool) => call(pool[i], ranges);
  },
  pad: (call, draw) => {
    const i = draw.where((x) => x.rank > 0)!;
    const amounts = draw.pool[i]!.shape.map(() => [draw.below(3) - 1, draw.below(2)]);
    const fill = draw.below(2) * 0.5;
    return (pool) => call(pool[i], amounts, fill);
  },
  concat: (call, draw) => {
    const i = draw.where((x) => x.rank > 0)!;
    const j = draw.where((y) => String(y.shape) === String(draw.pool[i]!.shape))!;
    const axis = draw.below(draw.pool[i]!.rank);
    return (pool) => call([pool[i], pool[j], pool[i]], { axis });
  },
  matmul: (call, draw) => {
    const i = draw.where((x) => x.rank > 0)!;
    const j = draw.where((y) => y.rank > 0 && (y.rank === 1 ? y.shape[0] : y.shape.at(-2)) === draw.pool[i]!.shape.at(-1) && y.rank <= 2);
    return j === undefined ? undefined : (pool) => call(pool[i], pool[j]);
  },
  einsum: (call, draw) => {
    const i = draw.where((x) => x.rank === 2);
    if (i === undefined) return undefined;
    const j = draw.where((x) => String(x.shape) === String(draw.pool[i]!.shape))!;
    const equation = ["ij,ij->i", "ij,kj->ik", "ij,ij->", "ij,ik->jk", "ij,kl->ki", "ij,ij->ji"][draw.below(6)]!;
    return (pool) => call(equation, pool[i], pool[j]);
  },
  gather: (call, draw) => {
    const i = draw.where((x) => x.rank > 0)!;
    const axis = draw.below(draw.pool[i]!.rank);
    const index = whole(draw, [[], [3], [2, 2]][draw.below(3)]!, draw.pool[i]!.shape[axis]!);
    return (pool) => call(pool[i], index, { axis });
  },
  oneHot: (call, draw) => {
    const i = draw.where((x) => x.rank === 0 || x.shape.at(-1) === 3)!;
    const index = whole(draw, [2], 3);
    return draw.pool[i] && ((pool) => call(index, 3).mul(draw.pool[i]!.rank === 1 || draw.pool[i]!.rank === 0 ? pool[i]! : 1).add(pool[0]!.sum()));
  },
  cast: (call, draw) => {
    const i = draw.where(() => true)!;
    return (pool) => call(pool[i]!.gt(0), "float64").mul(pool[i]!);
  },
};

const fits = (a: readonly number[], b: readonly number[]): boolean =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, k) => [a.at(-1 - k) ?? 1, b.at(-1 - k) ?? 1]).every(([m, n]) => m === n || m === 1 || n === 1);

const entries = Object.entries<unknown>(table).flatMap(([name, entry]) => {
  const call = (functions as Record<string, unknown>)[name];
  if (!isEntry(entry) || !call) return [];
  // What stops gradients is right only where there is none to stop: on steps.
  const steps: Call = (x, ...rest) => (call as Call)((x as Tensor).gt(0).cast("float64"), ...rest);
  return [{ name, sig: entry.sig, call: entry.sig === "unary" && !entry.differentiable ? steps : (call as Call) }];
});

interface Program {
  readonly words: readonly string[];
  readonly args: readonly Tensor[];
  readonly f: (...args: Tensor[]) => Tensor;
}

const drawProgram = (random: Draw, used: Map<string, number>): Program => {
  const below = (n: number) => random.below(n);
  const number = () => Math.round(random.between(-2, 2) * 1e4) / 1e4;
  const values = (shape: readonly number[]) => tensor(Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, number), { shape });
  const args = [values([2, 3]), values([3]), values([])];
  const pool: Tensor[] = [...args];
  const steps: Step[] = [];
  const words: string[] = [];
  for (let tries = 0; steps.length < 6 && tries < 60; tries++) {
    // Each entry has its turn, so that none is left out by luck.
    const least = Math.min(...entries.map(({ name }) => used.get(name) ?? 0));
    const open = below(2) === 0 ? entries.filter(({ name }) => (used.get(name) ?? 0) === least) : entries;
    const { name, sig, call } = open[below(open.length)]!;
    const where = (pleases: (x: Tensor) => boolean) => {
      const places = [...pool.keys()].filter((i) => pleases(pool[i]!));
      return places.length === 0 ? undefined : places[below(places.length)];
    };
    const step = uses[sig]!(call, { below, number, where, pool: [...pool] });
    used.set(name, (used.get(name) ?? 0) + 0.01);
    if (!step) continue;
    const out = step(pool);
    // Truth values, positions, and what left the range in which numbers can be compared.
    const usable = out.dtype === "float64" && out.size > 0 && out.size < 60 && out.dataSync().every((x: number) => Math.abs(x) < 30);
    if (out.dtype !== "float64" && out.size > 0) {
      steps.push((before) => step(before).cast("float64"));
      pool.push(out.cast("float64"));
    } else if (usable) {
      steps.push(step);
      pool.push(out);
    } else continue;
    words.push(name);
    used.set(name, (used.get(name) ?? 0) + 1);
  }
  const weights = pool.map(() => number());
  const f = (...given: Tensor[]): Tensor => {
    const all = [...given];
    for (const step of steps) all.push(step(all));
    return all.slice(given.length).reduce((sum, x, i) => sum.add(x.mul(x).mul(0.1).add(x).sum().mul(weights[i]!)), tensor(0));
  };
  return { words, args, f };
};

const flat = (list: readonly Tensor[]): number[] => list.flatMap((x) => Array.from(x.dataSync()));
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** The slope of g at 0, and how sure: wide apart estimates mean a kink or a cliff on the way. */
const slopeOf = (g: (t: number) => number): { slope: number; slack: number } => {
  const [h, k] = [1e-4, 5e-5];
  const [wide, near] = [(g(h) - g(-h)) / (2 * h), (g(k) - g(-k)) / (2 * k)];
  const [right, left] = [(g(k) - g(0)) / k, (g(0) - g(-k)) / k];
  const slope = (4 * near - wide) / 3;
  return { slope, slack: Math.abs(near - wide) * 2 + Math.abs(right - left) * 0.02 + 1e-6 * Math.max(1, Math.abs(slope), Math.abs(g(0))) };
};

const close = (a: number, b: number, slack: number, what: string, program: Program): void => {
  if (Number.isNaN(b) || !(slack < Infinity)) return;
  assert.ok(Math.abs(a - b) <= slack, `${what}: ${a} is not ${b} (slack ${slack}) in ${program.words.join(" > ")}, seed ${seed}`);
};

const moved = (args: readonly Tensor[], along: readonly Tensor[], t: number): Tensor[] =>
  args.map((x, i) => x.add(along[i]!.mul(t)).realize());

test(`random programs over the table (seed ${seed})`, () => {
  const random = new Draw(seed);
  const used = new Map<string, number>();
  let compared = 0;
  let kinks = 0;
  for (let n = 0; n < programs; n++) {
    const program = drawProgram(random, used);
    const { args, f } = program;
    const along = args.map((x) => tensor(Float64Array.from({ length: x.size }, () => random.between(-1, 1)), { shape: x.shape }));
    const value = f(...args).itemSync();
    if (!Number.isFinite(value)) continue;
    const gradients = grads(f)(...args) as Tensor[];
    gradients.forEach((g, i) => assert.deepEqual([g.dtype, g.shape], [args[i]!.dtype, args[i]!.shape]));
    const analytic = flat(gradients);
    if (analytic.some((x) => !Number.isFinite(x))) continue;
    const alongFlat = flat(along);
    const first = dot(analytic, alongFlat);
    const scale = Math.max(1, ...analytic.map(Math.abs));
    const tight = 1e-9 * scale * analytic.length;

    const { tangent } = jvp(f)(args as never, along as never);
    close((tangent as Tensor).itemSync(), first, tight, "jvp", program);

    const step = compile((...x: Tensor[]) => ({ y: f(...x), g: grads(f)(...x) }));
    const compiled = (step as unknown as (...x: Tensor[]) => { y: Tensor; g: Tensor[] })(...args);
    close(compiled.y.itemSync(), value, tight + 1e-9 * Math.abs(value), "compiled value", program);
    flat(compiled.g).forEach((g, i) => close(g, analytic[i]!, tight, "compiled gradient", program));

    const traced = traceCall(f as (...x: never[]) => unknown, args, args.length);
    const out = (traced.out as Tensor).node;
    const open = expand([out]).get(out)!;
    const wanted = traced.leaves.map((leaf) => leaf.parameter);
    const { of } = differentiate(new Map([[open, onesLike(open)]]), wanted, builder);
    const opened = interpret(wanted.map((node) => of.get(node) ?? zerosLike(node))).flatMap((v, i) => Array.from(asArray(v, wanted[i]!.dtype)));
    opened.forEach((g, i) => close(g, analytic[i]!, 1e-7 * scale, "gate by gate", program));

    const numeric = slopeOf((t) => f(...moved(args, along, t)).itemSync());
    if (numeric.slack < 1e-2 * Math.max(1, Math.abs(numeric.slope))) {
      close(first, numeric.slope, numeric.slack, "numeric", program);
      compared++;
    } else kinks++;

    // Higher orders, along the first argument only.
    const [x, v] = [args[0]!, along[0]!];
    const g = (a: Tensor): Tensor => f(a, args[1]!, args[2]!);
    const at = (t: number): Tensor => x.add(v.mul(t)).realize();
    const second = hvp(g)(x, v).mul(v).sum().itemSync();
    const secondNumeric = slopeOf((t) => grad(g)(at(t)).mul(v).sum().itemSync());
    if (secondNumeric.slack < 1e-2 * Math.max(1, Math.abs(secondNumeric.slope))) close(second, secondNumeric.slope, secondNumeric.slack, "second", program);
    if (n % 3 === 0) {
      const third = grad((a: Tensor) => hvp(g)(a, v).mul(v).sum())(x).mul(v).sum().itemSync();
      const thirdNumeric = slopeOf((t) => hvp(g)(at(t), v).mul(v).sum().itemSync());
      if (thirdNumeric.slack < 1e-2 * Math.max(1, Math.abs(thirdNumeric.slope))) close(third, thirdNumeric.slope, thirdNumeric.slack, "third", program);
    }
  }
  assert.ok(compared > programs * 0.6, `${compared} of ${programs} programs were compared with numbers, ${kinks} were at a kink`);
  assert.deepEqual(entries.filter(({ name }) => (used.get(name) ?? 0) < 1).map(({ name }) => name), [], "every entry was used");
});
