/** The gates of a circuit as the lines of a loop without axes, for whoever writes them out one by one. */
import type { CircuitKernel, Line, LoopKernel } from "./kernel.ts";

/** Nothing is folded in a circuit. */
const plain = { pass: 0, inner: false } as const;

/** What is read stands in front of the first gate that reads it. */
export const linesOf = ({ sources, kinds, gates, operands, sites, stores }: CircuitKernel): Pick<LoopKernel, "lines" | "stores"> => {
  const lines: Line[] = [];
  const [read, made] = [new Map<number, number>(), new Map<number, number>()];
  const source = (number: number): number => {
    let place = read.get(number);
    if (place === undefined) read.set(number, (place = lines.push({ ...sources[number]!, ...plain }) - 1));
    return place;
  };
  let next = 0;
  gates.forEach((kind, gate) => {
    const { types, ...rest } = kinds[kind]!;
    const places = types.map(() => operands[next++]!).map((operand) => (operand < 0 ? source(-1 - operand) : made.get(operand)!));
    made.set(gate, lines.push({ kind: "gate", ...rest, operands: places, site: sites.get(gate), ...plain }) - 1);
  });
  return { lines, stores: stores.map(({ gate, access }) => ({ ...plain, line: made.get(gate)!, access })) };
};
