/** The circuit page as the shell knows it. */
import type { Page } from "../page.types.ts";
import { initial, linkData, readState, type CircuitState } from "./state.ts";

export const circuitPage: Page<CircuitState> = {
  name: "circuit",
  title: "Circuit",
  initial,
  read: readState,
  write: linkData,
  load: () => import("./CircuitPage.svelte"),
};
