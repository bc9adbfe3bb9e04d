/** The inputs of a circuit by the names that its user gave them. */
import { Diagnostic, shapeText } from "../ir/diagnostic.ts";
import { nearest } from "../ir/nearest.ts";
import type { Value } from "../ir/dtype.ts";
import { sizeOf } from "../ir/shape.ts";
import type { Observer } from "../run/interpret.ts";
import { withValues, type LiveCircuit } from "./circuit.ts";
import type { Circuit, CircuitNode } from "./circuit.types.ts";

/** The value of an input as another evaluation needs it: a number for a scalar, else all numbers row by row. */
export type Changes = Readonly<Record<string, Value>> | ReadonlyMap<string, Value>;

/**
 * The same circuit with other values for some inputs. Only what depends on them is computed again; `observe` sees each
 * node that is.
 * @throws Diagnostic `unknown-input`, `does-not-fit`
 */
export const withInputs = (circuit: LiveCircuit, changes: Changes, observe?: Observer): LiveCircuit => {
  const given = changes instanceof Map ? changes : new Map(Object.entries(changes));
  const values = new Map<number, Value>();
  for (const [name, value] of given as ReadonlyMap<string, Value>) {
    const at = findInput(circuit, name);
    if (sizeOf(at.shape) !== (typeof value === "number" ? 1 : value.length) || (at.shape.length === 0) !== (typeof value === "number")) {
      throw new Diagnostic("does-not-fit", `The input "${name}" has shape ${shapeText(at.shape)}, and the new value does not.`, {
        place: at.place,
        help: `give ${at.shape.length === 0 ? "one number" : `${sizeOf(at.shape)} numbers, row by row`}`,
      });
    }
    values.set(at.index, value);
  }
  return withValues(circuit, values, observe);
};

/**
 * The input of that name.
 * @throws Diagnostic `unknown-input`
 */
export const findInput = (circuit: Circuit, name: string): CircuitNode => {
  const names = circuit.inputs.map((index) => circuit.nodes[index]!.name);
  const at = names.indexOf(name);
  if (at >= 0) return circuit.nodes[circuit.inputs[at]!]!;
  const near = nearest(name, names);
  throw new Diagnostic("unknown-input", `There is no input "${name}".`, {
    help: near === undefined ? `the inputs are ${names.join(", ") || "none"}` : `did you mean "${near}"?`,
  });
};
