/** The state of the page of the user's own file: that of a circuit page, whose program the server has. */
import type { CircuitState } from "../circuit/state.ts";

export { linkData, readState } from "../circuit/state.ts";

export const initial: CircuitState = { program: "", inputs: {}, digits: "few" };
