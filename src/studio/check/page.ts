/** The check page as the shell knows it: it checks the program of the circuit page, and looks at one of its inputs. */
import { initial, linkData, readState, type CircuitState } from "../circuit/state.ts";
import type { Page } from "../page.types.ts";

export const checkPage: Page<CircuitState> = {
  name: "check",
  title: "Check",
  shares: "circuit",
  initial: { ...initial, selected: "w0" },
  read: readState,
  write: linkData,
  load: () => import("./CheckPage.svelte"),
};
