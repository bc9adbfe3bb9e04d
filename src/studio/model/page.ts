/** The page of the user's own file, which `chainrule studio model.ts` opens: its state is that of a circuit page. */
import { linkData, readState, type CircuitState } from "../circuit/state.ts";
import type { Page } from "../page.types.ts";

export const modelPage: Page<CircuitState> = {
  name: "model",
  title: "Your file",
  initial: { program: "", inputs: {}, digits: "few" },
  read: readState,
  write: linkData,
  load: () => import("./ModelPage.svelte"),
};
