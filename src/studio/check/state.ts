/** The state of the check page: the program of the circuit page, with one of its inputs to look at. */
import { initial as circuitInitial, type CircuitState } from "../circuit/state.ts";

export { linkData, readState } from "../circuit/state.ts";

export const initial: CircuitState = { ...circuitInitial, selected: "w0" };
