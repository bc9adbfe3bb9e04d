/**
 * Forward and backward pass as a list of moves, for whoever shows them one at a time. A number that has not been computed
 * yet is `undefined`, never 0: a gradient of 0 is something that a move has found out.
 */
import type { Value } from "../ir/dtype.ts";
import type { Circuit, CircuitNode } from "./circuit.types.ts";

/** A number that a move puts on a wire. */
export interface Change {
  /** Index of the node. */
  readonly node: number;
  readonly wire: "value" | "gradient";
  readonly number: Value;
  /** False for a gradient to which other branches still add. */
  readonly complete: boolean;
}

/** One step of either pass, without the words for it. */
export interface Move {
  readonly phase: "forward" | "backward";
  /** Index of the node that the move is about. */
  readonly node: number;
  readonly changed: readonly Change[];
  /** The gate's own gradient is passed on to its operands. */
  readonly passes: boolean;
}

/** What is known after some of the moves, by index of node. */
export interface StepState {
  readonly values: readonly (Value | undefined)[];
  readonly gradients: readonly (Value | undefined)[];
  /** Whether a gradient that is known may still grow. */
  readonly complete: readonly boolean[];
  /** Whether the gate has passed its gradient on to its operands. */
  readonly passed: readonly boolean[];
}

/** Which nodes the output depends on; gradients elsewhere are zero for that reason alone. */
export const reaching = (circuit: Circuit): Uint8Array => {
  const found = new Uint8Array(circuit.nodes.length);
  found[circuit.output] = 1;
  for (let i = circuit.nodes.length - 1; i >= 0; i--) {
    if (found[i] === 1) for (const { input } of circuit.nodes[i]!.edges) found[input] = 1;
  }
  return found;
};

/** Every move: inputs and constants, each gate forwards, the seed, each gate backwards, and what nothing flows back to. */
export const movesOf = (circuit: Circuit): Move[] => [...circuit.nodes.map(forwards), ...backwards(circuit)];

const forwards = ({ index, value }: CircuitNode): Move => ({
  phase: "forward",
  node: index,
  changed: [{ node: index, wire: "value", number: value, complete: true }],
  passes: false,
});

const gradientOf = ({ index, grad }: CircuitNode): Move => ({
  phase: "backward",
  node: index,
  changed: [{ node: index, wire: "gradient", number: grad, complete: true }],
  passes: false,
});

const backwards = (circuit: Circuit): Move[] => {
  const { nodes, output } = circuit;
  const reached = reaching(circuit);
  const moves = [gradientOf(nodes[output]!)];
  const sums: (Value | undefined)[] = nodes.map(() => undefined);
  const waiting = nodes.map(({ uses }) => uses.filter(({ gate }) => reached[gate] === 1).length);
  for (let index = nodes.length - 1; index >= 0; index--) {
    const gate = nodes[index]!;
    if (reached[index] === 0 || gate.edges.length === 0) continue;
    const changed = new Map<number, Change>();
    for (const { input, contribution } of gate.edges) {
      const sum = plus(sums[input], contribution);
      sums[input] = sum;
      const complete = --waiting[input]! === 0;
      // The last sum is the circuit's own number, so that no rounding of ours ever shows.
      changed.set(input, { node: input, wire: "gradient", number: complete ? nodes[input]!.grad : sum, complete });
    }
    moves.push({ phase: "backward", node: index, changed: [...changed.values()], passes: true });
  }
  for (const node of nodes) if (reached[node.index] === 0) moves.push(gradientOf(node));
  return moves;
};

const plus = (sum: Value | undefined, more: Value): Value => {
  if (sum === undefined) return more;
  if (typeof sum === "number") return sum + (more as number);
  return Float64Array.from(sum, (x, i) => x + (more as Float64Array)[i]!);
};

/** The state after the first `count` moves. */
export const stateAfter = (circuit: Circuit, moves: readonly Move[], count: number): StepState => {
  const values: (Value | undefined)[] = circuit.nodes.map(() => undefined);
  const gradients = [...values];
  const complete = circuit.nodes.map(() => false);
  const passed = [...complete];
  for (const { changed, node, passes } of moves.slice(0, count)) {
    if (passes) passed[node] = true;
    for (const change of changed) {
      if (change.wire === "value") values[change.node] = change.number;
      else {
        gradients[change.node] = change.number;
        complete[change.node] = change.complete;
      }
    }
  }
  return { values, gradients, complete, passed };
};
