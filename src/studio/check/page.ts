/** The check page as the shell knows it: its state is a program, as on the circuit page, with the input that is looked at. */
import { initial, linkData, readState, type CircuitState } from "../circuit/state.ts";
import type { Page } from "../page.types.ts";

export const checkPage: Page<CircuitState> = {
  name: "check",
  title: "Check",
  initial: { ...initial, selected: "w0" },
  read: readState,
  write: linkData,
  load: () => import("./CheckPage.svelte"),
};
