/** A graph as text, one node a line in order of making: what passes did is compared as text, and read by people. */
import { shapeText } from "./diagnostic.ts";
import { numberSpelling } from "./dtype.ts";
import { topological } from "./graph.ts";
import { NodeMap } from "./node-map.ts";
import type { Attrs, Node } from "./node.ts";
import { sameShape, stridesOf } from "./shape.ts";
import type { ReadMap } from "./work.ts";

/** Numbers of an array that are shown. */
const shown = 4;

/**
 * `%2 = add %0 %1 float64 [3]` for every node that the roots need, and what is returned. Nodes are numbered from 0, so
 * that equal graphs have equal texts.
 */
export const graphText = (roots: readonly Node[]): string => {
  const number = new NodeMap<number>();
  const lines = topological(roots).map((node, i) => {
    number.set(node, i);
    const name = node.name === undefined ? [] : [JSON.stringify(node.name)];
    const operands = node.src.map((src) => `%${number.get(src)}`);
    return [`%${i} =`, node.op.name, ...name, ...operands, ...attrsText(node.attrs), node.dtype, shapeText(node.shape)].join(" ");
  });
  return [...lines, `return ${roots.map((root) => `%${number.get(root)}`).join(", ")}`].join("\n");
};

const attrsText = (attrs: Attrs): string[] =>
  Object.entries(attrs).flatMap(([name, value]) => {
    const text = valueText(value);
    return text === undefined ? [] : [name === "value" || name === "map" ? text : `${name}=${text}`];
  });

/** Numbers, lists, maps and equations; what cannot be seen in a line (bodies, traces) is left out. */
const valueText = (value: unknown): string | undefined => {
  if (typeof value === "number") return numberSpelling(value);
  if (ArrayBuffer.isView(value)) {
    const numbers = value as Float64Array;
    return `[${Array.from(numbers.subarray(0, shown), numberSpelling).join(", ")}${numbers.length > shown ? ", ..." : ""}]`;
  }
  if (Array.isArray(value)) return `[${value.map(String).join(", ")}]`;
  if (typeof value !== "object" || value === null) return undefined;
  if ("rows" in value) return mapText(value as ReadMap);
  if ("out" in value && "a" in value && "b" in value) return `${String(value.a)},${String(value.b)}->${String(value.out)}`;
  return undefined;
};

/** A sum of multiples of the axes i, j, k, ... and an offset: `2 i + j - 1`. */
export const affineText = (offset: number, coef: readonly number[]): string => {
  const terms = coef.flatMap((c, axis) => (c === 0 ? [] : [{ minus: c < 0, text: `${Math.abs(c) === 1 ? "" : `${Math.abs(c)} `}${axisName(axis)}` }]));
  if (offset !== 0 || terms.length === 0) terms.push({ minus: offset < 0, text: String(Math.abs(offset)) });
  return terms.map(({ minus, text }, i) => (i === 0 ? `${minus ? "-" : ""}${text}` : ` ${minus ? "-" : "+"} ${text}`)).join("");
};

/** i to z, then a1, a2, ... */
export const axisName = (axis: number): string => (axis < 18 ? String.fromCharCode(105 + axis) : `a${axis - 17}`);

/** `broadcast[0, j]`: for each axis of the operand where it is read. */
export const mapText = ({ kind, rows, from, to, fill }: ReadMap): string => {
  const whole = sameShape(from, to) && rows.every((row, i) => row.offset === 0 && row.coef.every((c, j) => c === (i === j ? 1 : 0)));
  if (whole) return kind;
  return `${kind}[${rows.map((row) => affineText(row.offset, row.coef)).join(", ")}]${fill === 0 ? "" : ` fill=${numberSpelling(fill)}`}`;
};

/** Whether these strides are those of a row-major array; axes of size 1 do not count. */
export const isRowMajor = (shape: readonly number[], strides: readonly number[]): boolean => {
  const plain = stridesOf(shape);
  return shape.every((n, i) => n <= 1 || strides[i] === plain[i]);
};
