/**
 * Faults, planted in the graph that a backward rule returns: a turned sign, a dropped factor, operands whose gradients
 * are swapped, a wrong constant, a forgotten term. No source text is touched, so any rule can be tried, in any spelling.
 */
import { rebuild, topological } from "../src/ir/graph.ts";
import type { Node, Op } from "../src/ir/node.ts";
import { sameShape } from "../src/ir/shape.ts";
import { chain } from "../src/ops/forms/gate.ts";
import { constant, constantValue } from "../src/ops/forms/source.ts";
import { add, div, inv, mul, neg, sub, where } from "../src/ops/table.ts";

type Rule = NonNullable<Op["gradient"]>;
type Gradients = readonly (Node | undefined)[];

export interface Mutant {
  readonly op: Op;
  readonly fault: string;
  /** The rule with the fault in it, wherever the rule has the form that the fault was planned for. */
  readonly rule: Rule;
}

/** What a rule made at one node, operands before their consumers; the node, its operands and the upstream apart. */
interface Made {
  readonly results: Gradients;
  readonly fresh: readonly Node[];
  /** Two nodes at which the rule wrote the same circuit have the same form. */
  readonly form: string;
}

const call = (rule: Rule, op: Op, node: Node, upstream: Node): Made => {
  const before = constant(0, [], "float64").id;
  const results = rule.call(op, node, upstream);
  const fresh = topological(results.filter((result) => result !== undefined)).filter((made) => made.id > before);
  return { results, fresh, form: [textOf(results, fresh), node.src.length, node.src.map((src, i) => node.src.indexOf(src) === i)].join(" ") };
};

/** The circuit that a rule made, as text: equal texts are equal circuits. */
const textOf = (results: Gradients, fresh: readonly Node[]): string => {
  const at = new Map(fresh.map((node, i) => [node, `%${i}`]));
  const text = (node: Node | undefined): string => (node === undefined ? "none" : (at.get(node) ?? "given"));
  const lines = fresh.map((node) => `${node.op.name} ${constantValue(node) ?? ""} ${node.src.map(text).join(" ")}`);
  return [...lines, results.map(text).join(" ")].join("; ");
};

/** The same circuit written out in full, for telling whether a fault changes anything at all. */
const meaning = (root: Node | undefined): string => {
  if (root === undefined) return "none";
  const texts = new Map<Node, string>();
  for (const node of topological([root])) {
    const number = constantValue(node);
    const attrs = number === undefined ? JSON.stringify(node.attrs, (key, value: unknown) => (key === "body" || key === "lowered" ? undefined : value)) : number;
    texts.set(node, node.src.length === 0 && number === undefined ? `#${node.id}` : `${node.op.name}${attrs}(${node.src.map((src) => texts.get(src)).join()})`);
  }
  return texts.get(root)!;
};

interface Fault {
  readonly text: string;
  /** Gradients with the fault, of the results and what was made for them. */
  readonly plant: (made: Made) => Gradients;
}

const replacing = (index: number, replacement: (node: Node) => Node): Fault["plant"] => ({ results, fresh }) => {
  const map = rebuild(results.filter((result) => result !== undefined), (node) => (node === fresh[index] ? replacement(node) : undefined));
  return results.map((result) => result && map.get(result));
};

const fits = (node: Node, instead: Node): boolean => sameShape(node.shape, instead.shape) && node.dtype === instead.dtype;

const faultsAt = (node: Node, index: number): Fault[] => {
  const faults: Fault[] = [];
  const at = (text: string, replacement: (node: Node) => Node): void => {
    faults.push({ text: `${text} (${node.op.name}, step ${index + 1})`, plant: replacing(index, replacement) });
  };
  const { op, src } = node;
  const operand = (i: number) => (it: Node): Node => it.src[i]!;
  if (op === mul.op || op === chain.op) {
    src.forEach((factor, i) => {
      const number = constantValue(factor);
      at(number === undefined ? `factor ${i + 1} dropped` : `factor ${number} dropped`, operand(1 - i));
      if (number !== undefined) at(`factor ${number} becomes ${number + 1}`, (it) => it.withSources(it.src.map((s, k) => (k === i ? constant(number + 1, s.shape, s.dtype) : s))));
    });
  } else if (op === div.op) {
    at("divisor dropped", operand(0));
    at("numerator dropped", (it) => inv(it.src[1]!));
  } else if (op === add.op) {
    at("first term dropped", operand(1));
    at("second term dropped", operand(0));
    at("a sign turned", (it) => sub(it.src[0]!, it.src[1]!));
  } else if (op === sub.op) {
    at("first term dropped", (it) => neg(it.src[1]!));
    at("second term dropped", operand(0));
    at("a sign turned", (it) => add(it.src[0]!, it.src[1]!));
  } else if (op === where.op) {
    at("choices swapped", (it) => where(it.src[0]!, it.src[2]!, it.src[1]!));
  } else if (op.form !== "view" && src.length === 1 && fits(node, src[0]!)) {
    at(`${op.name} dropped`, operand(0));
  }
  return faults;
};

const faultsOf = ({ results, fresh }: Made): Fault[] => {
  const faults = fresh.flatMap(faultsAt);
  results.forEach((result, i) => {
    if (!result) return;
    const of = `gradient of operand ${i + 1}`;
    const changed = (change: (node: Node) => Node | undefined): Fault["plant"] => (made) => made.results.map((r, k) => (k === i ? r && change(r) : r));
    faults.push({ text: `${of}: sign turned`, plant: changed((node) => neg(node)) });
    faults.push({ text: `${of}: doubled`, plant: changed((node) => mul(2, node)) });
    faults.push({ text: `${of}: forgotten`, plant: changed(() => undefined) });
    results.forEach((other, j) => {
      if (j <= i || !other || !fits(result, other)) return;
      const swapped: Fault["plant"] = (made) => made.results.map((r, k) => made.results[k === i ? j : k === j ? i : k] ?? r);
      faults.push({ text: `gradients of operands ${i + 1} and ${j + 1} swapped`, plant: swapped });
    });
  });
  return faults;
};

/**
 * Every fault of every rule at the given uses of an operation, each form of the rule once. Faults that leave the same
 * circuit (a swap of equal gradients, a factor 1 dropped) change nothing and are only counted.
 */
export const mutantsOf = (op: Op, uses: readonly { readonly node: Node; readonly upstream: Node }[]): { mutants: Mutant[]; equal: number } => {
  const original = op.gradient!;
  const mutants: Mutant[] = [];
  const forms = new Set<string>();
  let equal = 0;
  for (const { node, upstream } of uses) {
    const made = call(original, op, node, upstream);
    if (forms.has(made.form)) continue;
    forms.add(made.form);
    for (const { text, plant } of faultsOf(made)) {
      const faulty = plant(made);
      if (faulty.every((result, i) => meaning(result) === meaning(made.results[i]))) {
        equal++;
        continue;
      }
      const rule: Rule = (at, g) => {
        const here = call(original, op, at, g);
        return here.form === made.form ? plant(here) : here.results;
      };
      mutants.push({ op, fault: text, rule });
    }
  }
  return { mutants, equal };
};
