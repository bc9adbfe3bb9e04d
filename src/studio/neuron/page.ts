/** The neuron page as the shell knows it. */
import type { Page } from "../page.types.ts";
import { initial, linkData, readState, type NeuronState } from "./state.ts";

export const neuronPage: Page<NeuronState> = {
  name: "neuron",
  title: "Neuron",
  initial,
  read: readState,
  write: linkData,
  load: () => import("./NeuronPage.svelte"),
};
