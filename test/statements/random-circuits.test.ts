/** What anyone would find who typed in circuits at random: every gradient against numbers, every wire against its node. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { explainProgram, type CircuitNode, type Explanation } from "../../src/explain/index.ts";

const inputs = ["x", "y", "z"] as const;

/**
 * Right sides over operands `$0` and `$1`. None grows without bound, so that differences stay accurate; and none ties its
 * operands exactly, where slopes are a matter of choice (ties have tests of their own).
 */
const shapes = [
  "$0 + $1", "$0 - 0.7 * $1", "$0 * $1", "$0 / (1 + $1^2)", "-$0", "sin($0) * $1", "cos($0)", "tanh($0) + $1", "sigmoid($0)",
  "exp(sin($0))", "log(1 + sq($0))", "sqrt(2 + $0 * $0)", "inv(1.5 + cos($1))", "softplus($0) - 0.6 * $1", "expm1(-sq($0))", "erf($0)",
  "max($0, 0.9 * $1 + 0.05)", "min($0, 1.1 * $1, 0.3)", "abs($0)", "relu($0 - 0.2)", "leaky_relu($0, 0.1)", "elu($0)", "silu($0)", "gelu($0)",
  "where($0 > 1.03 * $1, $0, 2 * $1)", "($0 + 3)^1.5", "log_add_exp($0, $1)", "0.5 * $0^2",
] as const;

interface Stage {
  readonly shape: string;
  readonly operands: readonly [number, number];
}

const stage: fc.Arbitrary<Stage> = fc.record({ shape: fc.constantFrom(...shapes), operands: fc.tuple(fc.nat(), fc.nat()) });
const point = fc.record(Object.fromEntries(inputs.map((name, i) => [name, fc.integer({ min: -190, max: 190 }).map((n) => n / 97 + 0.00137 * (i + 1))])));
const circuits = fc.record({ stages: fc.array(stage, { minLength: 1, maxLength: 12 }), point });

/** One assignment for each stage. `nudged`: each value plus an input of its own, so that it can be moved by itself. */
const programOf = (stages: readonly Stage[], nudged: boolean): string => {
  const names: string[] = [...inputs];
  return stages
    .map(({ shape, operands }, i) => {
      // Recent values are likelier, so that most stages lead to the output.
      const right = shape.replace(/\$([01])/g, (_, which: string) => {
        const draw = operands[Number(which)]!;
        return names[draw % 3 === 0 ? draw % names.length : Math.max(0, names.length - 1 - (draw % 4))]!;
      });
      names.push(`t${i}`);
      return nudged ? `t${i} = (${right}) + d${i}` : `t${i} = ${right}`;
    })
    .join("\n");
};

const valueOf = ({ circuit }: Explanation): number => circuit.nodes[circuit.output]!.value as number;

test("random circuits: the gradient of every named value lies between the slopes of small steps of that value to either side", () => {
  let [compared, kinked] = [0, 0];
  fc.assert(
    fc.property(circuits, ({ stages, point: at }) => {
      const explained = explainProgram(programOf(stages, false), at);
      fc.pre(explained.circuit.nodes.every(({ value, grad }) => Math.abs(value as number) < 50 && Math.abs(grad as number) < 1e3));
      const zeros = Object.fromEntries(stages.map((_, i) => [`d${i}`, 0]));
      const nudged = explainProgram(programOf(stages, true), { ...at, ...zeros });
      const moved = (name: string, to: number): number => valueOf(nudged.withInputs({ [name]: to }));
      const here = valueOf(nudged);
      assert.ok(here === valueOf(explained));
      const h = 1e-5;
      for (const { name, named, grad } of explained.circuit.nodes) {
        if (!named) continue;
        const [input, start] = name in at ? [name, at[name]!] : [`d${name.slice(1)}`, 0];
        const [above, below] = [moved(input, start + h), moved(input, start - h)];
        const [left, right] = [(here - below) / h, (above - here) / h];
        const [gradient, size] = [grad as number, Math.max(1, Math.abs(left), Math.abs(right))];
        // Slopes of the two sides that differ by more than curvature allows are those of a kink within the step.
        if (Math.abs(right - left) > 0.01 * size) kinked++;
        else {
          compared++;
          const [least, most] = [Math.min(left, right) - 1e-5 * size, Math.max(left, right) + 1e-5 * size];
          assert.ok(gradient >= least && gradient <= most, `${name}: gradient ${gradient}, slopes ${left} and ${right}`);
        }
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(compared > 1000 && kinked < compared / 10, `${compared} compared, ${kinked} at kinks`);
});

const contributions = (node: CircuitNode): number => node.uses.reduce((sum, { contribution }) => sum + (contribution as number), 0);

test("random circuits: what flows over the wires of a node adds up to its gradient, each [local] x [upstream]", () => {
  fc.assert(
    fc.property(circuits, fc.double({ min: -3, max: 3, noNaN: true }), ({ stages, point: at }, seed) => {
      const { nodes, output } = explainProgram(programOf(stages, false), at, { seed }).circuit;
      const near = (a: number, e: number): boolean => Object.is(a, e) || Math.abs(a - e) <= 1e-11 * Math.max(1, Math.abs(e));
      for (const node of nodes) {
        const expected = contributions(node) + (node.index === output ? seed : 0);
        assert.ok(near(node.grad as number, expected), `${node.name}: ${String(node.grad)}, its wires bring ${expected}`);
        for (const { local, upstream, contribution } of node.edges) {
          // A gradient of 0 stays 0; and a router passes on or stops what it gets, also NaN, where a product could not.
          const product = upstream === 0 ? 0 : local! * (upstream as number);
          assert.ok(near(contribution as number, product) || Number.isNaN(upstream), node.name);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("random circuits: through JSON and back every number is the same, whatever it is", () => {
  const extreme = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, -0, 0, 5e-324, 1.7976931348623157e308));
  const points = fc.record(Object.fromEntries(inputs.map((name) => [name, extreme])));
  fc.assert(
    fc.property(fc.array(stage, { minLength: 1, maxLength: 8 }), points, (stages, at) => {
      const { circuit, jsonChunks } = withChunks(explainProgram(programOf(stages, false), at));
      const read = JSON.parse(jsonChunks) as { nodes: { name: string; value: number | string; grad: number | string }[]; edges: unknown[] };
      assert.deepEqual(read.nodes.map(({ name }) => name), circuit.nodes.map(({ name }) => name));
      read.nodes.forEach(({ value, grad }, i) => {
        const [v, g] = [circuit.nodes[i]!.value, circuit.nodes[i]!.grad];
        assert.ok(Object.is(Number(value), v) && Object.is(Number(grad), g), `${value}, not ${String(v)}; ${grad}, not ${String(g)}`);
      });
      assert.equal(read.edges.length, circuit.nodes.reduce((sum, { edges }) => sum + edges.length, 0));
    }),
    { numRuns: 200 },
  );
});

/** The check is left out: at such points it has nothing to say, and everything to compute. */
const withChunks = (explained: Explanation) => ({
  circuit: explained.circuit,
  jsonChunks: [...explained.jsonChunks(() => ({ verdict: "good", worst: 0, entries: [] }))].join(""),
});
