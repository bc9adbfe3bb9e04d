/** The classifier page as the shell knows it. */
import type { Page } from "../page.types.ts";
import { initial, linkData, readState, type ClassifierState } from "./state.ts";

export const classifierPage: Page<ClassifierState> = {
  name: "classifier",
  title: "Classifier",
  initial,
  read: readState,
  write: linkData,
  load: () => import("./ClassifierPage.svelte"),
};
