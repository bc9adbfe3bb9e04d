/**
 * What a drawing of a circuit shows, before it is drawn: which nodes are boxes, what is written in them and on their
 * wires, and how much room that needs.
 */
import type { Value } from "../ir/dtype.ts";
import type { CircuitNode } from "./circuit.types.ts";
import { gateText } from "./formula.ts";
import type { Box } from "./layout.ts";
import { shapeName } from "./numbers.ts";
import { pathTo, shownOperand, type View } from "./view.ts";

export interface DrawnPort {
  /** Position among the drawn boxes that the wire comes from. */
  readonly from: number;
  readonly offset: number;
  readonly inset: number;
  /** The gate's operand position. */
  readonly position: number;
  /** What this branch of a fork contributes to the gradient; absent where the wire has no other branch. */
  readonly contribution: string | undefined;
}

export interface DrawnBox {
  readonly node: CircuitNode;
  readonly form: "input" | "gate" | "group";
  /** The gate's sign, a group's or an input's name. */
  readonly label: string;
  readonly width: number;
  readonly height: number;
  readonly corner: number;
  /** What the wire behind it is called, if the user gave it a name that is not in the box. */
  readonly name: string;
  readonly value: string;
  readonly gradient: string;
  readonly ports: readonly DrawnPort[];
}

/** Sizes of the texts in a drawing. */
export const fontSize = { label: 14, wire: 13, branch: 12 } as const;

const longestName = 22;

/** Long names are cut; whoever points at them is shown the rest. */
export const short = (name: string): string => {
  const characters = [...name];
  return characters.length > longestName ? `${characters.slice(0, longestName - 1).join("")}…` : name;
};

/** Widths in any common sans-serif, rather too wide than too narrow. */
export const widthOf = (text: string, size: number): number => {
  let width = 0;
  for (const character of text) {
    if (/[\u1100-\u11ff\u2e80-\uffef]|[^\u0000-\uffff]/u.test(character)) width += 1.05;
    else if (/[ijl.,:;'|![\]()]/.test(character)) width += 0.42;
    else if (/[A-Zmw%@]/.test(character)) width += 0.86;
    else width += 0.65;
  }
  return width * size;
};

const signs: Readonly<Record<string, string>> = { "*": "×", "-": "−", "/": "÷" };

/** `+` for a sum of two wires, `* -1` where the other operand is written in the box, the word for everything else. */
const labelOf = (node: CircuitNode, wired: readonly boolean[], texts: readonly string[]): string => {
  const wires = wired.filter(Boolean).length;
  const text = gateText(node.op, texts.map((literal, i) => (wired[i] ? "x" : literal)), node.node);
  if (wires === texts.length && text.endsWith(`(${texts.map(() => "x").join(", ")})`)) return node.op;
  if (wires === 2) {
    const sign = /^x (\S+) x$/.exec(text)?.[1];
    if (sign !== undefined) return signs[sign] ?? sign;
  }
  if (wires > 1) return gateText(node.op, texts.map((literal, i) => (wired[i] ? "·" : literal)), node.node);
  return short(text.replace(/^x ([+*/]) /, "$1 ").replace(" ^ ", "^").replace(/^1 \/ x$/, "1/x"));
};

const onWire = (view: View, value: Value, node: CircuitNode): string =>
  typeof value === "number" ? view.show(value) : shapeName(node.shape);

/**
 * For each port of a box what the branch contributes at the view's inputs, whatever those were that the box was drawn at;
 * absent where the wire has no other branch.
 */
export const contributionsOf = (view: View, { node, ports }: DrawnBox): readonly (string | undefined)[] => {
  const { edges } = view.circuit.nodes[node.index]!;
  const contributionAt = (position: number): string => {
    const edge = edges.find((one) => one.position === position)!;
    return view.show(pathTo(view, edge).at(-1)!.contribution as number);
  };
  return ports.map(({ position, contribution }) => (contribution === undefined ? undefined : contributionAt(position)));
};

/** The boxes of everything that is not hidden, operands before the gates that use them. */
export const drawnBoxes = (view: View): DrawnBox[] => {
  const { circuit } = view;
  const shown = circuit.nodes.filter((node) => !view.hidden(node));
  const placeOf = new Map(shown.map((node, i) => [node, i] as const));
  const branches = new Map<CircuitNode, number>();
  const operands = shown.map((node) => node.operands.map((_, position) => shownOperand(view, node, position)));
  for (const list of operands) for (const from of list) if (typeof from !== "string") branches.set(from, (branches.get(from) ?? 0) + 1);
  return shown.map((node, i) => {
    const sources = operands[i]!;
    const wired = sources.map((from) => typeof from !== "string");
    const texts = sources.map((from) => (typeof from === "string" ? from : from.name));
    const ports = node.edges.flatMap((edge) => {
      const from = sources[edge.position]!;
      if (typeof from === "string") return [];
      const { contribution } = pathTo(view, edge).at(-1)!;
      const forked = branches.get(from)! > 1 && typeof contribution === "number";
      return [{ from: placeOf.get(from)!, position: edge.position, contribution: forked ? view.show(contribution) : undefined }];
    });
    const form = node.kind !== "gate" ? "input" : node.node.op.form === "body" ? "group" : "gate";
    const unnamed = form === "input" && !node.named ? onWire(view, node.value, node) : short(node.name);
    const label = form === "input" ? unnamed : labelOf(node, wired, texts);
    const isSign = form === "gate" && label.length === 1;
    const step = ports.some(({ contribution }) => contribution !== undefined) ? 24 : 16;
    const height = Math.max(form === "input" ? 30 : 38, (ports.length - 1) * step + (ports.length > 2 ? 28 : 0));
    const width = isSign ? 38 : Math.max(38, widthOf(label, fontSize.label) + (form === "gate" ? 22 : 18));
    const corner = form === "gate" && ports.length < 3 ? height / 2 : form === "gate" ? 14 : form === "group" ? 5 : 8;
    const round = corner === height / 2;
    return {
      node,
      form,
      label,
      width,
      height,
      corner,
      name: form === "input" || !node.named ? "" : short(node.name),
      value: onWire(view, node.value, node),
      gradient: onWire(view, node.grad, node),
      ports: ports.map((port, k) => {
        const offset = (k - (ports.length - 1) / 2) * step;
        return { ...port, offset, inset: round ? corner - Math.sqrt(corner ** 2 - offset ** 2) : 0 };
      }),
    };
  });
};

const aboveWire = 22;

/** How much room a box and its texts need. */
export const roomFor = ({ width, height, name, value, gradient, ports }: DrawnBox): Box => {
  const above = widthOf(name === "" ? value : `${name} = ${value}`, fontSize.wire);
  return {
    width,
    up: Math.max(height / 2, aboveWire),
    down: Math.max(height / 2, aboveWire),
    room: Math.max(above, widthOf(gradient, fontSize.wire), 20) + 14,
    ports: ports.map(({ from, offset, inset, contribution }) => ({
      from,
      offset,
      inset,
      room: contribution === undefined ? 6 : widthOf(contribution, fontSize.branch) + 18,
    })),
  };
};
