/**
 * The circuit as the course draws it: inputs left, gates with their signs, values in green above the wires, gradients in
 * red and italics below. One self-contained image in which every number is text.
 */
import type { Value } from "../ir/dtype.ts";
import type { Circuit, CircuitNode } from "./circuit.types.ts";
import { boxTexts, gradientText, unknown } from "./box-texts.ts";
import { drawnBoxes, fontSize, roomFor, short, widthOf, type DrawnBox } from "./drawing.ts";
import { escapeMarkup } from "./escape.ts";
import { layOut, type Place, round } from "./layout.ts";
import { shapeName } from "./numbers.ts";
import { cell } from "./cell.ts";
import { endSpot, spotsOf, type Spot } from "./spots.ts";
import type { StepState } from "./moves.ts";
import type { TextOptions } from "./text.types.ts";
import { createView, formulaOf, type View } from "./view.ts";

export type Theme = "auto" | "light" | "dark";

export interface DrawingOptions extends Pick<TextOptions, "digits" | "plumbing"> {
  /** Colours on white, on near-black, or as the reader's system has it. Default "auto". */
  readonly theme?: Theme | undefined;
}

/** Digits after the point on a drawing, where nothing else is asked for. */
export const drawingDigits = 2;

/** The colours of a drawing by name, on white and on near-black. */
export const palettes = {
  light: { paper: "#ffffff", ink: "#1f2328", wire: "#6b7480", box: "#f3f5f8", group: "#e8eefc", value: "#137333", gradient: "#c5221f" },
  dark: { paper: "#15181c", ink: "#e6e9ee", wire: "#8b95a3", box: "#242a32", group: "#26324a", value: "#57d27f", gradient: "#ff8a80" },
} as const;

const properties = (palette: Readonly<Record<string, string>>): string =>
  Object.entries(palette)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(";");

/** Colours as properties of `selector`, for one theme or for the reader's own. */
export const themeStyle = (theme: Theme, selector: string): string => {
  const base = `${selector}{${properties(palettes[theme === "dark" ? "dark" : "light"])}}`;
  return theme === "auto" ? `${base}@media (prefers-color-scheme:dark){${selector}{${properties(palettes.dark)}}}` : base;
};

/** The look of a drawing; its colours come from `themeStyle`. */
export const drawingStyle = [
  ".circuit text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;fill:var(--ink)}",
  `.circuit .label{font-size:${fontSize.label}px;text-anchor:middle;dominant-baseline:central}`,
  ".circuit .sign{font-size:20px}",
  `.circuit .wire-text{font-size:${fontSize.wire}px}`,
  ".circuit .value{fill:var(--value)}",
  `.circuit .gradient{fill:var(--gradient);font-style:italic;font-size:${fontSize.wire}px}`,
  `.circuit .branch{font-size:${fontSize.branch}px;text-anchor:end}`,
  ".circuit .paper{fill:var(--paper)}",
  ".circuit .shape{fill:var(--box);stroke:var(--ink);stroke-width:1.4}",
  ".circuit .group .shape{fill:var(--group);stroke-width:2.4}",
  ".circuit .input .shape{stroke:var(--wire);stroke-width:1}",
  ".circuit .wire{fill:none;stroke:var(--wire);stroke-width:1.4}",
  ".circuit .tip{fill:var(--wire);stroke:none}",
  ".circuit .legend{font-size:12px}",
].join("\n");

/**
 * The circuit as an SVG image.
 *
 * @param options digits after the point (default 2); `plumbing` shows broadcasts and reshapes as gates; `theme`
 */
export const toSVG = (circuit: Circuit, options: DrawingOptions = {}): string =>
  imageOf(createView(circuit, { ...options, digits: options.digits ?? drawingDigits }), options.theme ?? "auto");

/** The same of a view. With `state` what is not known so far is a question mark; without it both passes are done. */
export const imageOf = (view: View, theme: Theme, state?: StepState): string =>
  drawSVG(view, `<style>${themeStyle(theme, ".circuit")}\n${drawingStyle}</style>`, state);

const margin = 16;
const legendHeight = 26;

/** A box with the texts that are known. */
const knownOf = (view: View, box: DrawnBox, state: StepState): DrawnBox => {
  const texts = boxTexts(view, box, state);
  return {
    ...box,
    value: texts.value ?? unknown,
    gradient: gradientText(texts),
    ports: box.ports.map((port, k) => (port.contribution === undefined ? port : { ...port, contribution: texts.contributions[k] ?? unknown })),
  };
};

/** A number in the words of a picture. */
const told = (view: View, known: Value | undefined): string => (known === undefined ? unknown : cell(known, view.show));

/** The picture without its style, for pages that have it already. `head` is put in as it is; for `state` see `imageOf`. */
export const drawSVG = (view: View, head = "", state?: StepState): string => {
  const { circuit } = view;
  const all = drawnBoxes(view);
  const boxes = state === undefined ? all : all.map((box) => knownOf(view, box, state));
  const { width, height, places } = layOut(boxes.map(roomFor));
  const output = circuit.nodes[circuit.output]!;
  const legend = ["above a wire: its value", `below: the gradient of ${output.named ? short(output.name) : "the output"}`] as const;
  const legendWidth = legend.reduce((sum, text) => sum + widthOf(text, 12) + 18, 0);
  const [w, h] = [Math.ceil(Math.max(width + 12, legendWidth) + 2 * margin), Math.ceil(height + 2 * margin + legendHeight)];
  const wires = boxes.map((box, i) => wiresOf(box, places[i]!, boxes, box.node.index === circuit.output));
  const items = boxes.map((box, i) => boxOf(view, box, places[i]!, state));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="circuit" role="img" aria-labelledby="circuit-title circuit-desc" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}">`,
    `<title id="circuit-title">${escapeMarkup(output.named ? `Circuit of ${output.name}` : "Circuit")}</title>`,
    `<desc id="circuit-desc">${escapeMarkup(describe(view, boxes, state))}</desc>`,
    head,
    `<rect class="paper" width="${w}" height="${h}"/>`,
    `<g transform="translate(${margin} ${margin})">`,
    ...wires,
    ...items,
    `<text class="legend" y="${Math.ceil(height) + legendHeight}"><tspan class="value">${legend[0]}</tspan><tspan class="gradient" dx="12">${escapeMarkup(legend[1])}</tspan></text>`,
    "</g>",
    "</svg>",
    "",
  ]
    .filter((line, i, all) => line !== "" || i === all.length - 1)
    .join("\n");
};

const toldNumbers = (view: View, { index, value, grad }: CircuitNode, state: StepState | undefined): readonly string[] => [
  `value ${told(view, state ? state.values[index] : value)}`,
  `gradient ${told(view, state ? state.gradients[index] : grad)}`,
];

/** The whole picture in words: each box with its value and gradient, in order. */
const describe = (view: View, boxes: readonly DrawnBox[], state: StepState | undefined): string => {
  const most = 60;
  const lines = boxes.slice(0, most).map(({ node }) => {
    const what = node.kind === "gate" ? `${node.name} = ${formulaOf(view, node)}` : node.name;
    return `${what}: ${toldNumbers(view, node, state).join(", ")}`;
  });
  const rest = boxes.length > most ? [`and ${boxes.length - most} more`] : [];
  return [...lines, ...rest].join("; ");
};

const tip = ({ x, y }: Spot): string => `<path class="tip" d="M${round(x)} ${round(y)}l-7 -3.5v7z"/>`;

const wiresOf = (box: DrawnBox, place: Place, boxes: readonly DrawnBox[], isOutput: boolean): string => {
  const { trunk, branches } = place;
  const { node, ports } = box;
  const { tips } = spotsOf(box, place);
  const parts = [`<path class="wire" data-from="${node.index}" d="${trunk}"/>`];
  ports.forEach(({ from, position }, i) => {
    const source = boxes[from]!.node.index;
    parts.push(`<path class="wire" data-from="${source}" data-edge="${node.index}:${position}" d="${branches[i]}"/>${tip(tips[i]!)}`);
  });
  if (isOutput) parts.push(tip(endSpot(place)));
  return parts.join("");
};

const at = ({ x, y }: Spot): string => `x="${round(x)}" y="${round(y)}"`;

const boxOf = (view: View, box: DrawnBox, place: Place, state: StepState | undefined): string => {
  const { node, form, label, width, height, corner, name, value, gradient, ports } = box;
  const spots = spotsOf(box, place);
  const named = name === "" ? "" : `<tspan>${escapeMarkup(name)} = </tspan>`;
  const shape = node.shape.length > 0 ? ` ${shapeName(node.shape)}` : "";
  const tooltip = `${node.name}${shape}${node.kind === "gate" ? ` = ${formulaOf(view, node)}` : ""}\n${toldNumbers(view, node, state).join("\n")}${node.kind === "gate" ? `\n${node.says}` : ""}`;
  const sign = form === "gate" && label.length === 1 ? " sign" : "";
  const branches = ports.flatMap(({ position, contribution }, i) => {
    if (contribution === undefined) return [];
    return [`<text class="gradient branch" data-key="e${node.index}:${position}" ${at(spots.contributions[i]!)}>${escapeMarkup(contribution)}</text>`];
  });
  return [
    `<g class="${form}" data-node="${node.index}"><title>${escapeMarkup(tooltip)}</title>`,
    `<rect class="shape" ${at(spots.corner)} width="${round(width)}" height="${round(height)}" rx="${round(corner)}"/>`,
    `<text class="label${sign}" ${at(place)}>${escapeMarkup(label)}</text></g>`,
    `<text class="wire-text" ${at(spots.value)}>${named}<tspan class="value" data-key="v${node.index}">${escapeMarkup(value)}</tspan></text>`,
    `<text class="gradient" data-key="g${node.index}" ${at(spots.gradient)}>${escapeMarkup(gradient)}</text>`,
    ...branches,
  ].join("");
};
