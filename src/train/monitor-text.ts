/** Monitors as a person reads them in a terminal: a small table of the layers, one of the tensors, and one line while it runs. */
import { columns, significant } from "../check/report.ts";
import { sparkline, type Histogram } from "./histogram.ts";
import type { LayerMonitor, MonitorEvent, ParameterMonitor } from "./monitor.ts";

export interface MonitorTextOptions {
  /** Only characters that every terminal has. Default false. */
  readonly ascii?: boolean;
}

const number = (x: number): string => (x === 0 ? "0" : Math.abs(x) < 1e-3 || Math.abs(x) >= 1e5 ? x.toExponential(1) : significant(x, 2));

/** The curve between its ends: `-0.1 ▁▂█▃ 2.5`. */
const spread = (histogram: Histogram, options: MonitorTextOptions): readonly [string, string, string] => {
  const { low, high } = histogram;
  return [number(low), `|${sparkline(histogram, options)}|`, number(high)];
};

const share = (part: number, of: number): string => (part === 0 ? "0" : `${part} of ${of}`);

const layerRow = (layer: LayerMonitor, options: MonitorTextOptions): readonly string[] => [
  layer.name,
  String(layer.units),
  ...spread(layer.activations, options),
  ...spread(layer.gradient, options),
  share(layer.dead, layer.units),
  `${Math.round(100 * layer.saturated)}%`,
];

const parameterRow = ({ path, ratio, gradient }: ParameterMonitor, options: MonitorTextOptions): readonly string[] => [
  path,
  ratio === undefined ? "-" : number(ratio),
  ...spread(gradient, options),
];

/**
 * Tables of a monitor event: for each hidden layer how its activations and their gradients are spread, its dead units and
 * the share of saturated activations; for each tensor the update-to-weight ratio (wanted near 0.001) and its gradient.
 */
export const monitorText = ({ layers, parameters }: Pick<MonitorEvent, "layers" | "parameters">, options: MonitorTextOptions = {}): string => {
  const layerHead = ["layer", "units", "from", "activations", "to", "from", "gradient", "to", "dead", "saturated"];
  const parameterHead = ["tensor", "|update|/|w|", "from", "gradient", "to"];
  const middle = (head: readonly string[]): number[] => head.flatMap((name, i) => (i === 0 || ["activations", "gradient", "to"].includes(name) ? [i] : []));
  return [
    ...(layers.length === 0 ? [] : [...columns([layerHead, ...layers.map((layer) => layerRow(layer, options))], middle(layerHead)), ""]),
    ...columns([parameterHead, ...parameters.map((one) => parameterRow(one, options))], middle(parameterHead)),
  ].join("\n");
};

/** The same in a few words, to stand behind the loss while it runs: `updates 0.0021, dead 3%, saturated 0%`. */
export const monitorLine = ({ layers, parameters }: Pick<MonitorEvent, "layers" | "parameters">): string => {
  const ratios = parameters.flatMap(({ ratio }) => (ratio === undefined || ratio === 0 ? [] : [Math.log(ratio)]));
  const usual = ratios.length === 0 ? 0 : Math.exp(ratios.reduce((sum, r) => sum + r, 0) / ratios.length);
  const units = layers.reduce((sum, layer) => sum + layer.units, 0);
  const dead = layers.reduce((sum, layer) => sum + layer.dead, 0);
  const saturated = layers.reduce((sum, layer) => sum + layer.saturated * layer.units, 0);
  const of = (part: number): string => `${Math.round((100 * part) / units)}%`;
  return [`updates ${number(usual)}`, ...(units === 0 ? [] : [`dead ${of(dead)}`, `saturated ${of(saturated)}`])].join(", ");
};
