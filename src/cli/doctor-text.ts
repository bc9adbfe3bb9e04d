/** What the doctor found, and what the monitors show, as lines. */
import type { Finding } from "../train/doctor/finding.ts";
import { sparkline, type Histogram } from "../train/histogram.ts";
import type { MonitorEvent } from "../train/monitor.ts";

/** A finding on one line, while training goes on. */
export const findingText = ({ code, says }: Finding): string => `doctor[${code}]: ${says}`;

/** All findings with what to try, at the end. */
export const doctorText = (findings: readonly Finding[]): string => {
  if (findings.length === 0) return "The doctor finds nothing wrong.";
  return ["The doctor:", ...findings.flatMap(({ code, says, try: mend }) => [`  ${code}: ${says}`, `    try: ${mend}`])].join("\n");
};

const rounded = (value: number): string => (value === 0 ? "0" : Math.abs(value) >= 0.01 && Math.abs(value) < 1000 ? value.toPrecision(3) : value.toExponential(1));

const spread = (histogram: Histogram): string => `${rounded(histogram.low).padStart(8)} ${sparkline(histogram)} ${rounded(histogram.high).padEnd(8)}`;

/** A line for each hidden layer, and one for each tensor of weights. */
export const monitorLines = ({ layers, parameters }: MonitorEvent): readonly string[] => {
  const width = Math.max(...layers.map(({ name }) => name.length), ...parameters.map(({ path }) => path.length));
  const ill = ({ dead, saturated, units }: MonitorEvent["layers"][number]): string =>
    dead > 0 ? `${dead} of ${units} units dead` : saturated > 0 ? `${(100 * saturated).toFixed(0)}% saturated` : "";
  return [
    ...layers.map((layer) => `${layer.name.padEnd(width)}  activations ${spread(layer.activations)}  ${ill(layer)}`.trimEnd()),
    ...parameters.map(({ path, ratio, gradient }) => `${path.padEnd(width)}  gradient    ${spread(gradient)}  ${ratio === undefined ? "" : `update / weight ${rounded(ratio)}`}`.trimEnd()),
  ];
};
