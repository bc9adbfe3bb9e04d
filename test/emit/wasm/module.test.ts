/** The module builder: every instruction of its table is valid where it is used, what is built runs, and its text reads. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ByteWriter } from "../../../src/emit/wasm/bytes.ts";
import { FunctionBuilder } from "../../../src/emit/wasm/function.ts";
import { instructions, type Instruction, type ValueType } from "../../../src/emit/wasm/instructions.ts";
import { ModuleBuilder } from "../../../src/emit/wasm/module.ts";
import { moduleText } from "../../../src/emit/wasm/text.ts";
import { exportsOf } from "./run.ts";

/** Node 20 knows the relaxed instructions only behind a flag. */
const knowsRelaxed = WebAssembly.validate(
  (() => {
    const m = new ModuleBuilder();
    m.function("f", { params: { x: "v128" } }, (f, { x }) => void f.f32x4.relaxedMadd(x, x, x));
    return m.toBytes();
  })(),
);

test("every instruction of the table is valid with the operands and the result that the table gives it", () => {
  const wrong: string[] = [];
  for (const [space, family] of Object.entries(instructions())) {
    for (const [name, instruction] of Object.entries<Instruction>(family)) {
      if (/^relaxed/.test(name) && !knowsRelaxed) continue;
      const m = new ModuleBuilder({ initial: 1, maximum: 2, shared: true });
      const params = Object.fromEntries(instruction.operands.map((type, i) => [`x${i}`, type]));
      m.function("f", { params, ...(instruction.result && { result: instruction.result }) }, (f, p) => {
        const fixed = { none: [], memory: [16], lane: [1], memoryLane: [1, 16], lanes: [Array.from({ length: 16 }, (_, i) => i)] };
        f.return(f.emit(instruction, [...Object.values(p), ...fixed[instruction.immediate]]));
      });
      if (!WebAssembly.validate(m.toBytes())) wrong.push(`${space}.${name}`);
      assert.ok(moduleText(m).includes("x0"), `${space}.${name} has a text`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("numbers are encoded as the specification says", () => {
  const written = (write: (out: ByteWriter) => void): number[] => {
    const out = new ByteWriter(1);
    write(out);
    return [...out.written];
  };
  assert.deepEqual(written((out) => out.u32(624485)), [0xe5, 0x8e, 0x26]);
  assert.deepEqual(written((out) => out.s32(-123456)), [0xc0, 0xbb, 0x78]);
  assert.deepEqual(written((out) => out.s32(64)), [0xc0, 0x00]);
  assert.deepEqual(written((out) => out.s32(0x8000_0000)), written((out) => out.s32(-0x8000_0000)));
  assert.deepEqual(written((out) => out.s64(-1n)), [0x7f]);
});

test("constants of every type arrive as they were given", () => {
  fc.assert(
    fc.property(fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.float(), fc.double(), (i, l, s, d) => {
      const m = new ModuleBuilder();
      m.function("i", { result: "i32", exported: true }, (f) => f.return(f.copy<"i32">(i, "i32")));
      m.function("l", { result: "i64", exported: true }, (f) => f.return(f.copy<"i64">(l, "i64")));
      m.function("s", { result: "f32", exported: true }, (f) => f.return(f.copy<"f32">(s, "f32")));
      m.function("d", { result: "f64", exported: true }, (f) => f.return(f.copy<"f64">(d, "f64")));
      const run = exportsOf(m);
      assert.ok([run["i"]!(), run["s"]!(), run["d"]!()].every((x, k) => Object.is(x, [i, Math.fround(s), d][k])));
      assert.equal(run["l"]!(), l);
    }),
    { numRuns: 50 },
  );
});

test("control flow: blocks, guarded loops, branches, calls, globals", () => {
  const m = new ModuleBuilder();
  const calls = m.global("calls", "i32", 0);
  const later = m.declare("later", { params: { x: "f64" }, result: "f64" });
  m.function("power", { params: { x: "f64", n: "i32" }, result: "f64", exported: true }, (f, { x, n }) => {
    const y = f.variable("f64", 1, "y");
    f.range(0, n, 1, () => f.set(y, f.call(later, f.f64.mul(y, x))));
    f.return(y);
  });
  m.define(later, ["x"], (f, { x }) => {
    f.setGlobal(calls, f.i32.add(f.global(calls), 1));
    f.return(x);
  });
  m.function("calls", { result: "i32", exported: true }, (f) => f.return(f.global(calls)));
  m.function("firstSquareAbove", { params: { limit: "i32" }, result: "i32", exported: true }, (f, { limit }) => {
    const i = f.variable("i32");
    f.block((exit) =>
      f.loop((again) => {
        f.branchIf(f.i32.gtS(f.i32.mul(i, i), limit), exit);
        f.set(i, f.i32.add(i, 1));
        f.branch(again);
      }),
    );
    f.if(f.i32.eqz(f.i32.remS(i, 2)), () => f.return(i), () => f.return(f.i32.sub(0, i)));
  });
  const run = exportsOf(m);
  assert.equal(run["power"]!(3, 4), 81);
  assert.equal(run["power"]!(3, 0), 1);
  assert.equal(run["power"]!(3, -1), 1);
  assert.equal(run["calls"]!(), 4);
  assert.equal(run["firstSquareAbove"]!(10), 4);
  assert.equal(run["firstSquareAbove"]!(5), -3);
});

test("memory: data, loads, stores, fill, copy; imported memory is shared between instances", () => {
  const m = new ModuleBuilder({ initial: 1, maximum: 4, shared: true }, ["env", "memory"]);
  const log = m.import(["env", "log"], ["i32"]);
  m.data(8, Uint8Array.of(1, 2, 3, 4));
  m.function("run", { exported: true, result: "i32" }, (f) => {
    f.memoryCopy(16, 8, 4);
    f.memoryFill(20, 7, 4);
    f.call(log, f.i32.load(16));
    f.i32.store(24, f.i32.atomicRmwAdd(16, 1), 4);
    f.atomicFence();
    f.return(f.memorySize());
  });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true });
  const logged: number[] = [];
  const run = exportsOf(m, { env: { memory, log: (x: number) => logged.push(x) } });
  assert.equal(run["run"]!(), 1);
  const words = new Uint32Array(memory.buffer);
  assert.deepEqual([...words.subarray(4, 8)], [0x04030202, 0x07070707, 0, 0x04030201]);
  assert.deepEqual(logged, [0x04030201]);
});

test("a value keeps what it was; it can be used often, once or never", () => {
  const m = new ModuleBuilder();
  m.function("f", { params: { x: "i32" }, result: "i32", exported: true }, (f, { x }) => {
    const before = f.copy(x, "i32");
    const square = f.i32.mul(x, x);
    f.i32.add(x, 100);
    f.set(x, 1000);
    const sum = f.i32.add(square, square);
    f.return(f.i32.add(f.i32.sub(sum, before), x));
  });
  assert.equal(exportsOf(m)["f"]!(3), 9 + 9 - 3 + 1000);
});

test("random straight-line programs compute what JavaScript does", () => {
  const steps = fc.array(fc.tuple(fc.constantFrom("add", "sub", "mul", "xor"), fc.nat(), fc.nat()), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(steps, fc.integer(), fc.integer(), (list, a, b) => {
      const m = new ModuleBuilder();
      const values = [a, b];
      m.function("f", { params: { a: "i32", b: "i32" }, result: "i32", exported: true }, (f, p) => {
        const made = [f.copy(p.a, "i32"), f.copy(p.b, "i32")];
        for (const [name, i, j] of list) {
          const [x, y] = [values[i % values.length]!, values[j % values.length]!];
          values.push({ add: (x + y) | 0, sub: (x - y) | 0, mul: Math.imul(x, y), xor: x ^ y }[name]);
          made.push(f.i32[name](made[i % made.length]!, made[j % made.length]!));
        }
        f.return(made.at(-1)!);
      });
      assert.equal(exportsOf(m)["f"]!(a, b), values.at(-1));
    }),
  );
});

test("mistakes of whoever writes a module are errors at the place", () => {
  const m = new ModuleBuilder();
  const f = new FunctionBuilder(["i32"], ["x"]);
  const other = new FunctionBuilder(["i32"], ["x"]);
  assert.throws(() => f.i32.add(other.param<"i32">(0), 1), /another function/);
  assert.throws(() => f.emit(instructions().f32.add, [f.param(0), 1]), /type i32 was used as f32/);
  m.function("g", { params: { x: "i32" } }, () => {});
  assert.throws(() => m.import(["env", "late"], []), /after a function/);
  assert.throws(() => f.call(m.functions[0]!), /g takes 1 operands, and 0 were given/);
  m.declare("never", {});
  assert.throws(() => m.toBytes(), /never was declared and never defined/);
});

test("vectors that are given up at the end of a turn are those that nobody reads later", () => {
  const m = new ModuleBuilder();
  m.function("f", { params: { n: "i32" }, result: "f32", exported: true }, (f, { n }) => {
    const { f32x4, i32 } = f;
    const [last, kept] = [f.variable("v128"), f.variable("v128")];
    const total = f.variable("f32", 0);
    f.range(0, n, 1, (i) => {
      const turn = f32x4.convertI32x4S(f.i32x4.splat(i));
      const once = f32x4.add(turn, turn);
      f.if(i32.eq(i, 1), () => f.set(kept, f32x4.mul(turn, f32x4.splat(100))), () => f.set(total, f.f32.add(total, f32x4.extractLane(once, 0))));
      f.set(last, once);
      f.range(0, 2, 1, () => {
        const square = f32x4.mul(once, once);
        f.set(total, f.f32.add(total, f.f32.add(f32x4.extractLane(square, 1), f32x4.extractLane(square, 2))));
      });
    });
    f.return(f.f32.add(total, f.f32.add(f32x4.extractLane(last, 3), f32x4.extractLane(kept, 0))));
  });
  const run = exportsOf(m)["f"] as (n: number) => number;
  const expected = (n: number): number => {
    let [total, last, kept] = [0, 0, 0];
    for (let i = 0; i < n; i++) {
      last = 2 * i;
      if (i === 1) kept = 100 * i;
      else total += last;
      total += 4 * last ** 2;
    }
    return total + last + kept;
  };
  for (const n of [0, 1, 2, 7]) assert.equal(run(n), expected(n));
  const text = moduleText(m);
  assert.match(text, /= zero\n/, "some are given up");
});

test("the text of a module is golden", () => {
  const m = new ModuleBuilder();
  m.function("axpy", { params: { n: "i32", a: "f32", x: "i32", y: "i32" }, result: "f32", exported: true }, (f, { n, a, x, y }) => {
    const scale = f.copy(f.f32x4.splat(a), "v128", "scale");
    const sum = f.variable("v128", undefined, "sum");
    f.range(0, n, 16, (i) => {
      const to = f.i32.add(y, i);
      const next = f.f32x4.add(f.v128.load(to), f.f32x4.mul(scale, f.v128.load(f.i32.add(x, i), 64)));
      f.v128.store(to, next);
      f.set(sum, f.f32x4.add(sum, next));
    });
    f.block((exit) => {
      f.branchIf(f.i32.eqz(n), exit);
      f.f32.store(y, 0.1, 4);
    });
    f.if(f.i32.eqz(n), () => f.return(-0), () => f.return(f.f32x4.extractLane(sum, 0)));
  });
  assert.equal(
    moduleText(m),
    `
export function axpy(n: i32, a: f32, x: i32, y: i32): f32 {
  scale = f32x4.splat(a)
  i = 0
  if i32.lt_s(i, n) {
    loop1 {
      v5 = i32.add(y, i)
      v8 = v128.load(v5)
      v9 = v128.load(i32.add(x, i) + 64)
      v10 = f32x4.mul(scale, v9)
      v11 = f32x4.add(v8, v10)
      v128.store(v5, v11)
      sum = f32x4.add(sum, v11)
      i = i32.add(i, 16)
      v8 = zero
      v9 = v8
      v10 = v9
      v11 = v10
      branch loop1 if i32.lt_s(i, n)
    }
  }
  block2 {
    branch block2 if i32.eqz(n)
    f32.store(y + 4, 0.1)
  }
  if i32.eqz(n) {
    return -0
  } else {
    return f32x4.extract_lane(sum, lane 0)
  }
  unreachable
}`.trim(),
  );
});

const arity: readonly ValueType[] = ["i32", "i64", "f32", "f64"];

test("select and return work for every type of number", () => {
  for (const type of arity) {
    const m = new ModuleBuilder();
    m.function("f", { params: { a: type, b: type, c: "i32" }, result: type, exported: true }, (f, { a, b, c }) => f.return(f.select(a!, b!, c)));
    const run = exportsOf(m)["f"]!;
    const [one, two] = type === "i64" ? [1n, 2n] : [1, 2];
    assert.equal(run(one, two, 1), one);
    assert.equal(run(one, two, 0), two);
  }
});
