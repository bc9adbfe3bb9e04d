/** Matrix products and every other sum of products, by letters. */
import { Diagnostic, shapeText } from "../../ir/diagnostic.ts";
import type { Node, Site } from "../../ir/node.ts";
import { lift, operandNotes, type NodeLike } from "../forms/entry.ts";
import { contract } from "../forms/contract.ts";
import { spelling } from "../forms/spelling.ts";
import { diagonal, reshape, transpose } from "../forms/view.ts";
import { mul } from "./arithmetic.ts";
import { sum } from "./folds.ts";

const letters = "abcdefghijklmnopqrstuvwxyz";

/** [..., m, k] x [..., k, n] -> [..., m, n]; leading axes broadcast; a vector is a row on the left, a column on the right. */
export const matmul = spelling({
  word: "matmul",
  sig: "matmul",
  says: "switcher: dX = dY W^T, dW = X^T dY; the shapes leave no other choice",
  formula: "X W",
  operands: 2,
  samples: [
    { operands: [[2, 3], [3, 4]] },
    { operands: [[3], [3]] },
    { operands: [[2, 3], [3]] },
    { operands: [[3], [3, 2]] },
    { operands: [[2, 2, 3], [3, 2]] },
    { operands: [[2, 1, 2, 3], [4, 3, 2]] },
    { operands: [[0, 3], [3, 2]] },
    { operands: [[2, 0], [0, 2]] },
  ],
  spell: ([left, right]: readonly [NodeLike, NodeLike], site): Node => {
    const a = lift(left, "matmul");
    const b = lift(right, "matmul");
    const fail = (sentence: string, help: string): never => {
      throw new Diagnostic("matmul-shapes", sentence, { operands: operandNotes([a, b]), help });
    };
    if (a.shape.length === 0 || b.shape.length === 0) {
      return fail(`matmul: ${shapeText(a.shape)} x ${shapeText(b.shape)}: a scalar is no matrix`, "multiply by a number with mul");
    }
    const inner = a.shape.at(-1)!;
    const outer = b.shape.length === 1 ? b.shape[0]! : b.shape.at(-2)!;
    if (inner !== outer) {
      const fits = b.shape.length === 2 && b.shape[1] === inner ? `the right one transposed is ${shapeText([b.shape[1]!, b.shape[0]!])}: write .matmul(w.transpose())` : `the right operand needs ${inner} rows`;
      return fail(`matmul: inner sizes differ: ${shapeText(a.shape)} x ${shapeText(b.shape)} needs ${inner} = ${outer}`, fits);
    }
    // Batch axes of size 1 (or missing) carry no letter on that side, so nothing is ever copied to broadcast.
    const lead = (node: Node) => node.shape.slice(0, Math.max(0, node.shape.length - 2));
    const [la, lb] = [lead(a), lead(b)];
    const rank = Math.max(la.length, lb.length);
    let batchA = "";
    let batchB = "";
    let batch = "";
    const restore: number[] = [];
    for (let i = 0; i < rank; i++) {
      const letter = letters[i]!;
      const m = la[i - rank + la.length] ?? 1;
      const n = lb[i - rank + lb.length] ?? 1;
      if (m !== n && m !== 1 && n !== 1) {
        return fail(`matmul: cannot broadcast the leading axes of ${shapeText(a.shape)} and ${shapeText(b.shape)}`, "leading sizes must be equal or 1");
      }
      if (m !== 1) batchA += letter;
      if (n !== 1) batchB += letter;
      if (m !== 1 || n !== 1) batch += letter;
      restore.push(m === 1 ? n : m);
    }
    const trim = (node: Node, leading: readonly number[]) =>
      reshape(node, [...leading.filter((n) => n !== 1), ...node.shape.slice(leading.length)]);
    const rows = a.shape.length === 1 ? "" : "y";
    const columns = b.shape.length === 1 ? "" : "z";
    const product = contract(trim(a, la), trim(b, lb), { a: `${batchA}${rows}x`, b: `${batchB}x${columns}`, out: `${batch}${rows}${columns}` }, site);
    const shape = [...restore, ...(rows ? [a.shape.at(-2)!] : []), ...(columns ? [b.shape.at(-1)!] : [])];
    return reshape(product, shape, site);
  },
});

/**
 * Sums of products by letters, one letter an axis: `einsum("ij,jk->ik", a, b)` is a matrix product. Letters that the
 * result leaves out are summed; a letter twice in one operand takes the diagonal. Without `->` the result has the
 * letters that occur once, in alphabetical order. More than two operands are contracted from left to right.
 */
export const einsum = spelling({
  word: "einsum",
  sig: "einsum",
  says: "switcher: each operand's gradient is the upstream contracted with the others, letters permuted",
  formula: "sum x y ...",
  operands: "rest",
  samples: [
    { operands: [[2, 3], [3, 2]], options: ["ij,jk->ik"] },
    { operands: [[3, 3]], options: ["ii->"] },
    { operands: [[3, 3, 2]], options: ["iij->ij"] },
    { operands: [[2, 3], [4]], options: ["ij,k->kj"] },
    { operands: [[2, 3], [3, 2], [2]], options: ["ij,jk,k->i"] },
    { operands: [[2, 2, 3], [2, 3, 2]], options: ["bij,bjk->bik"] },
    { operands: [[2, 3]], options: ["ij->ji"] },
    { operands: [[0, 3], [3]], options: ["ij,j"] },
  ],
  spell: ([equation, ...operands]: readonly [string, ...NodeLike[]], site): Node => einsumOf(equation, operands.map((x) => lift(x, "einsum")), site),
});

const einsumOf = (equation: string, nodes: readonly Node[], site?: Site): Node => {
  const fail = (sentence: string, help = 'write for example "ij,jk->ik"'): never => {
    throw new Diagnostic("bad-equation", `einsum: ${sentence} in "${equation}"`, { operands: operandNotes(nodes), help });
  };
  if (typeof equation !== "string") return fail("the equation comes first, as a text, and none stands");
  const [left = "", right, ...more] = equation.replace(/\s/g, "").split("->");
  const terms = left.split(",");
  if (more.length > 0 || !/^[a-zA-Z,]*$/.test(left + (right ?? ""))) fail("only letters, commas and one -> are allowed");
  if (terms.length !== nodes.length) fail(`${terms.length} terms for ${nodes.length} operands`);
  const seen = [...terms.join("")];
  const out = right ?? [...new Set(seen)].filter((l) => seen.indexOf(l) === seen.lastIndexOf(l)).sort().join("");
  for (const letter of out) {
    if (!seen.includes(letter)) fail(`the result's letter '${letter}' stands in no operand`);
    if (out.indexOf(letter) !== out.lastIndexOf(letter)) fail(`the result's letter '${letter}' stands twice`);
  }
  const sizes = new Map<string, number>();
  terms.forEach((term, i) => {
    const { shape } = nodes[i]!;
    if (term.length !== shape.length) fail(`'${term}' names ${term.length} axes of a tensor of shape ${shapeText(shape)}`);
    [...term].forEach((letter, axis) => {
      const size = sizes.get(letter) ?? shape[axis]!;
      if (size !== shape[axis]) fail(`'${letter}' is ${size} and ${shape[axis]}`, "one letter has one size");
      sizes.set(letter, size);
    });
  });
  // Diagonals first, then letters that nobody else needs; after that every letter is shared or kept.
  let rest = terms.map((term, i) => ({ term, node: nodes[i]! }));
  rest = rest.map(({ term, node }, i) => {
    let letters = term;
    let x = node;
    for (let at = 0; at < letters.length; at++) {
      for (let again = letters.indexOf(letters[at]!, at + 1); again > 0; again = letters.indexOf(letters[at]!, at + 1)) {
        x = diagonal(x, at, again);
        letters = letters.slice(0, again) + letters.slice(again + 1);
      }
    }
    const elsewhere = out + rest.filter((_, j) => j !== i).map((r) => r.term).join("");
    const solo = [...letters].map((l, axis) => (elsewhere.includes(l) ? -1 : axis)).filter((axis) => axis >= 0);
    if (solo.length > 0) x = sum(x, { axes: solo });
    return { term: [...letters].filter((l) => elsewhere.includes(l)).join(""), node: x };
  });
  let [joined] = rest as [{ term: string; node: Node }];
  for (let i = 1; i < rest.length; i++) {
    const next = rest[i]!;
    const later = out + rest.slice(i + 1).map((r) => r.term).join("");
    const kept = [...new Set(joined.term + next.term)].filter((l) => later.includes(l)).join("");
    const result = i === rest.length - 1 ? out : kept;
    // A letter of one side that neither the other nor anyone later has was summed above; what is left is legal.
    joined = { term: result, node: contract(joined.node, next.node, { a: joined.term, b: next.term, out: result }, site) };
  }
  if (joined.term === out) return rest.length > 1 ? joined.node : mul.build([joined.node, 1], site);
  return transpose(joined.node, [...out].map((l) => joined.term.indexOf(l)), site);
};
