/**
 * Contractions: products summed over shared letters (einsum). The gradient of each operand is the same contraction
 * with the letters permuted, so nothing but the equation is ever written. Shapes decide: dW = dD x X^T.
 */
import { Diagnostic, shapeText } from "../../ir/diagnostic.ts";
import { allocate, asArray, promote } from "../../ir/dtype.ts";
import { Node, type Op, type Site } from "../../ir/node.ts";
import { sizeOf, stridesOf } from "../../ir/shape.ts";
import type { Shape } from "../../ir/shape.types.ts";
import type { Equation } from "../../ir/work.ts";
import { cast } from "./cast.ts";
import { floatOf } from "./entry.ts";
import { equationOf, equationText } from "./equation.ts";
import { plus } from "./gate.ts";

export const contractOp: Op = {
  name: "contract",
  form: "contract",
  says: "multiplies and sums over shared letters; each operand's gradient is the upstream contracted with the other",
  formula: "sum x y",
  pattern: "switcher",
  plumbing: false,
  placeholder: false,
  commutative: false,
  linear: false,
  evaluate: (node, [x, y]) => {
    const [a, b] = node.src as readonly [Node, Node];
    const { out, loops } = plan(equationOf(node)!, a.shape, b.shape);
    const xs = asArray(x!, a.dtype);
    const ys = asArray(y!, b.dtype);
    const result = allocate(node.dtype, sizeOf(out));
    const { batch, rows, columns, shared } = loops;
    const sums = new Float64Array(columns.size);
    for (let z = 0; z < batch.size; z++) {
      for (let m = 0; m < rows.size; m++) {
        sums.fill(0);
        for (let k = 0; k < shared.size; k++) {
          const factor = xs[batch.left[z]! + rows.left[m]! + shared.left[k]!]!;
          const base = batch.right[z]! + shared.right[k]!;
          if (columns.dense) for (let n = 0; n < sums.length; n++) sums[n]! += factor * ys[base + n]!;
          else for (let n = 0; n < sums.length; n++) sums[n]! += factor * ys[base + columns.right[n]!]!;
        }
        const to = batch.out[z]! + rows.out[m]!;
        for (let n = 0; n < sums.length; n++) result[to + columns.out[n]!] = sums[n]!;
      }
    }
    return node.shape.length === 0 ? result[0]! : result;
  },
  gradient: (node, g) => {
    const [a, b] = node.src as readonly [Node, Node];
    const { a: la, b: lb, out } = equationOf(node)!;
    return [contract(g, b, { a: out, b: lb, out: la }), contract(a, g, { a: la, b: out, out: lb })];
  },
  tangent: (node, [ta, tb]) => {
    const [a, b] = node.src as readonly [Node, Node];
    const left = ta && contract(ta, b, equationOf(node)!);
    const right = tb && contract(a, tb, equationOf(node)!);
    return left && right ? plus(left, right) : (left ?? right);
  },
  batch: (node, [x, y], batched) => {
    const { a, b, out } = equationOf(node)!;
    const letter = unusedLetter(a + b + out);
    const under = (letters: string, i: number): string => (batched[i] ? letter + letters : letters);
    return contract(x!, y!, { a: under(a, 0), b: under(b, 1), out: letter + out }, node.site);
  },
  rebuild: ([a, b], node) => contract(a!, b!, equationOf(node)!, node.site),
  work: (node) => ({ kind: "contract", equation: equationOf(node)! }),
};

const unusedLetter = (used: string): string => {
  let code = "a".charCodeAt(0);
  while (used.includes(String.fromCharCode(code))) code++;
  return String.fromCharCode(code);
};

interface Loop {
  readonly size: number;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly out: Int32Array;
  readonly dense: boolean;
}

/** Four nested loops (batch, rows, columns, shared), each a table of offsets into the operands and the result. */
const plan = (eq: Equation, a: Shape, b: Shape) => {
  const sizes = letterSizes(eq, a, b);
  const out = [...eq.out].map((letter) => sizes.get(letter)!);
  const strides = [
    letterStrides(eq.a, a),
    letterStrides(eq.b, b),
    letterStrides(eq.out, out),
  ] as const;
  const loop = (letters: string[]): Loop => {
    const shape = letters.map((letter) => sizes.get(letter)!);
    const table = (of: Map<string, number>): Int32Array => offsets(shape, letters.map((letter) => of.get(letter) ?? 0));
    const right = table(strides[1]);
    return { size: sizeOf(shape), left: table(strides[0]), right, out: table(strides[2]), dense: right.every((v, i) => v === i) };
  };
  const inA = (letter: string) => eq.a.includes(letter);
  const inB = (letter: string) => eq.b.includes(letter);
  const outs = [...eq.out];
  return {
    out,
    loops: {
      batch: loop(outs.filter((l) => inA(l) && inB(l))),
      rows: loop(outs.filter((l) => !inB(l))),
      columns: loop(outs.filter((l) => !inA(l))),
      shared: loop([...eq.a].filter((l) => inB(l) && !eq.out.includes(l))),
    },
  };
};

const letterStrides = (letters: string, shape: Shape): Map<string, number> => {
  const strides = stridesOf(shape);
  return new Map([...letters].map((letter, i) => [letter, strides[i]!]));
};

const offsets = (shape: Shape, strides: readonly number[]): Int32Array => {
  const table = allocate("int32", sizeOf(shape)) as Int32Array;
  let filled = table.length > 0 ? 1 : 0;
  for (let j = shape.length - 1; j >= 0 && filled > 0; j--) {
    const n = shape[j]!;
    for (let v = 1; v < n; v++) for (let i = 0; i < filled; i++) table[v * filled + i] = table[i]! + v * strides[j]!;
    filled *= n;
  }
  return table;
};

/** The size of each letter; where the operands differ, that of the right one. */
const letterSizes = (eq: Equation, a: Shape, b: Shape): Map<string, number> => {
  const sizes = new Map<string, number>();
  for (const [letters, shape] of [[eq.a, a], [eq.b, b]] as const) [...letters].forEach((letter, i) => sizes.set(letter, shape[i]!));
  return sizes;
};

/**
 * The contraction itself. Every letter of an operand stands in the other or in the result, and none stands twice in
 * one operand: `einsum` sums and takes diagonals first, so that the permuted-equation gradient is always legal.
 */
export const contract = (x: Node, y: Node, equation: Equation, site?: Site): Node => {
  const dtype = floatOf(promote(x.dtype, y.dtype));
  const a = cast(x, dtype);
  const b = cast(y, dtype);
  const sizes = letterSizes(equation, a.shape, b.shape);
  for (const [i, letter] of [...equation.a].entries()) {
    const [m, n] = [a.shape[i]!, sizes.get(letter)!];
    if (m === n) continue;
    throw new Diagnostic("sizes-differ", `einsum: '${letter}' is ${m} and ${n} in ${shapeText(a.shape)} and ${shapeText(b.shape)}`, {
      operands: [{ name: a.name ?? "operand 1", shape: a.shape }, { name: b.name ?? "operand 2", shape: b.shape }],
      help: `one letter has one size; the equation is ${equationText(equation)}`,
    });
  }
  return new Node(contractOp, [a, b], { equation }, [...equation.out].map((letter) => sizes.get(letter)!), dtype, site);
};
