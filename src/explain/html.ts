/**
 * One self-contained page that steps through a circuit: drawing, chain rule of the current gate, and the same as a table.
 * It works from disk without a network, and runs nothing but its own script: a policy names the hashes of what is in it.
 */
import { base64, sha256 } from "../ir/sha256.ts";
import type { Circuit, CircuitNode, Edge } from "./circuit.types.ts";
import { scalarPart } from "./backward.ts";
import { escapeJson, escapeMarkup } from "./escape.ts";
import { isScalarGate } from "./local.ts";
import type { Change } from "./moves.ts";
import { shapeName } from "./numbers.ts";
import { cell } from "./cell.ts";
import { pageScript, pageStyle } from "./page.ts";
import { stepsOf, type Step } from "./steps.ts";
import { drawingDigits, drawingStyle, drawSVG, themeStyle, type DrawingOptions } from "./svg.ts";
import { tensorParts } from "./tensor-lines.ts";
import { plain, type Colours } from "./text.types.ts";
import { createView, formulaOf, shownOperand, type View } from "./view.ts";

/** What the page's script shows: for each step its texts, for each text on the page from which step on it stands there. */
interface PageData {
  readonly steps: readonly PageStep[];
  readonly texts: Readonly<Record<string, readonly (readonly [step: number, text: string])[]>>;
}

interface PageStep {
  readonly phase: Step["phase"];
  readonly node: number;
  readonly head: string;
  readonly lines: readonly string[];
  readonly says: string;
}

/** Gradients within a line of text, for the page to set off. */
const marked: Colours = { ...plain, gradient: (text) => `\u0001${text}\u0002` };

/**
 * The circuit as a page: Space and the arrow keys step through forward and backward pass, f and b jump to them.
 *
 * @param options digits after the point (default 2); `plumbing` shows broadcasts and reshapes as gates; `theme`
 */
export const toHTML = (circuit: Circuit, options: DrawingOptions = {}): string => {
  const digits = options.digits ?? drawingDigits;
  const view = createView(circuit, { ...options, digits });
  const data = pageData(view, stepsOf(circuit, { ...options, digits, colours: marked }));
  const theme = options.theme ?? "auto";
  const style = `${themeStyle(theme, ":root")}\n${chrome(theme)}${drawingStyle}${pageStyle}`;
  const policy = `default-src 'none'; script-src 'sha256-${base64(sha256(pageScript))}'; style-src 'sha256-${base64(sha256(style))}'; base-uri 'none'; form-action 'none'`;
  const output = circuit.nodes[circuit.output]!;
  const title = output.named ? `Circuit of ${output.name}` : "Circuit";
  const program = circuit.source?.trim();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<header>
<h1>${escapeMarkup(title)}</h1>
${program === undefined ? "" : `<pre tabindex="0" role="region" aria-label="Program">${escapeMarkup(program)}</pre>`}
</header>
<div class="drawing" id="drawing" tabindex="0" role="region" aria-label="Drawing of the circuit">
${drawSVG(view).trim()}
</div>
<div class="controls" id="controls" hidden>
<button type="button" id="first" title="Home">Start</button>
<button type="button" id="previous" title="left arrow">Back</button>
<button type="button" id="next" title="Space or right arrow">Next</button>
<button type="button" id="forward" title="f">Forward pass</button>
<button type="button" id="backward" title="b">Backward pass</button>
<button type="button" id="last" title="End">End</button>
<input type="range" id="scrubber" min="0" max="${data.steps.length}" value="0" aria-label="Step">
<p class="keys"><kbd>Space</kbd> or <kbd>→</kbd> next, <kbd>←</kbd> back, <kbd>f</kbd> forward pass, <kbd>b</kbd> backward pass, <kbd>Home</kbd>, <kbd>End</kbd>; ? is not computed yet</p>
</div>
<section class="side" id="side" aria-label="Current step" hidden>
<div class="panel">
<div class="where" id="where"></div>
<div class="head" id="head"></div>
<ul id="lines"></ul>
<p class="says" id="says"></p>
</div>
<div class="hidden-text" id="live" role="status" aria-live="polite"></div>
</section>
<section class="table">
<div class="scroll" tabindex="0" role="region" aria-label="Table of the circuit">
${table(view)}
</div>
</section>
</main>
<script type="application/json" id="data">${escapeJson(data)}</script>
<script>${pageScript}</script>
</body>
</html>
`;
};

/** Colours of the page around the drawing. */
const chrome = (theme: DrawingOptions["theme"]): string => {
  const light = ":root{--quiet:#57606a;--line:#c9d1d9;--mark:#0b57d0}";
  const dark = ":root{--quiet:#9aa4b2;--line:#3d4650;--mark:#8ab4f8}";
  if (theme !== "auto") return theme === "dark" ? `${dark}html{color-scheme:dark}\n` : `${light}html{color-scheme:light}\n`;
  return `${light}@media (prefers-color-scheme:dark){${dark}}\n`;
};

const pageData = (view: View, steps: readonly Step[]): PageData => {
  const texts: Record<string, (readonly [number, string])[]> = Object.create(null);
  const shown: PageStep[] = [];
  const tell = (key: string, text: string): void => void (texts[key] ??= []).push([shown.length, text]);
  const onWire = (node: CircuitNode, number: Change["number"]): string =>
    typeof number === "number" ? view.show(number) : shapeName(node.shape);
  for (const step of steps) {
    const node = view.circuit.nodes[step.node]!;
    // What hidden moves of numbers pass on belongs to the gate that is shown.
    if (!view.hidden(node)) {
      const [line, ...forks] = step.sentence.split("\n");
      const parts = step.passes ? partsOf(view, node) : [];
      shown.push({
        phase: step.phase,
        node: step.node,
        head: parts.length > 0 ? `${node.name} = ${formulaOf(view, node)}` : line!,
        lines: [...parts, ...forks],
        says: node.kind === "gate" ? `${node.op}: ${node.says}` : "",
      });
      if (step.phase === "forward") for (const edge of node.edges) if (edge.local !== undefined) tell(`l${keyOf(edge)}`, view.show(edge.local));
    }
    for (const { node: at, wire, number, complete } of step.changed) {
      const target = view.circuit.nodes[at]!;
      if (view.hidden(target)) continue;
      const partial = complete ? "" : " ...";
      tell(`${wire === "value" ? "v" : "g"}${at}`, onWire(target, number) + partial);
      if (typeof number !== "number") tell(`${wire === "value" ? "V" : "G"}${at}`, cell(number, view.show) + partial);
    }
    if (step.passes) for (const edge of node.edges) if (typeof edge.contribution === "number") tell(`e${keyOf(edge)}`, view.show(edge.contribution));
  }
  return { steps: shown, texts };
};

const keyOf = (edge: Edge): string => `${edge.gate}:${edge.position}`;

/** What each operand gets, with its gradients marked. */
const partsOf = (view: View, gate: CircuitNode): string[] => {
  const colourful = { ...view, colours: marked };
  return isScalarGate(gate.node) ? gate.edges.map((edge) => scalarPart(colourful, gate, edge)) : tensorParts(colourful, gate);
};

/** Every gate in order with all its numbers: complete without the script, which then shows what is known at each step. */
const table = (view: View): string => {
  const rows = view.circuit.nodes.filter((node) => !view.hidden(node)).map((node) => group(view, node));
  const heads = ["gate", "value", "gradient", "operand", "[local gradient]", "x [gradient of the gate]", "= contribution"];
  return [
    "<table>",
    "<caption>Every gate in order of the forward pass: its value and gradient, and what it passes back to each operand.</caption>",
    `<thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join("")}</tr></thead>`,
    ...rows,
    "</table>",
  ].join("\n");
};

const td = (key: string, kind: string, text: string): string => `<td class="${kind}" data-key="${key}">${escapeMarkup(text)}</td>`;

const group = (view: View, node: CircuitNode): string => {
  const { index, value, grad, edges, kind, shape } = node;
  const { show } = view;
  const span = Math.max(1, edges.length);
  const across = span > 1 ? ` rowspan="${span}"` : "";
  const name = `${node.name}${shape.length > 0 ? ` ${shapeName(shape)}` : ""}${kind === "gate" ? ` = ${formulaOf(view, node)}` : ""}`;
  // Numbers of a tensor have keys of their own, because a drawing has only room for its shape.
  const [v, g] = typeof value === "number" ? ["v", "g"] : ["V", "G"];
  const head = [
    `<th scope="rowgroup"${across}>${escapeMarkup(name)}</th>`,
    td(`${v}${index}`, "value", cell(value, show)).replace("<td", `<td${across}`),
    td(`${g}${index}`, "gradient", cell(grad, show)).replace("<td", `<td${across}`),
  ].join("");
  const lines = edges.map((edge, i) => {
    const operand = shownOperand(view, node, edge.position);
    const target = escapeMarkup(typeof operand === "string" ? operand : operand.name);
    if (edge.local === undefined) return `<td>${target}</td><td colspan="3">${escapeMarkup(tensorParts(view, node)[i]!)}</td>`;
    return [
      `<td>${target}</td>`,
      td(`l${keyOf(edge)}`, "", show(edge.local)),
      td(`g${index}`, "gradient", cell(edge.upstream, show)),
      td(`e${keyOf(edge)}`, "gradient", cell(edge.contribution, show)),
    ].join("");
  });
  const rest = lines.length > 0 ? lines : [`<td colspan="4">${kind === "gate" ? "no operand has a gradient" : kind}</td>`];
  return `<tbody data-node="${index}">${rest.map((line, i) => `<tr>${i === 0 ? head : ""}${line}</tr>`).join("")}</tbody>`;
};
