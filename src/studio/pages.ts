/**
 * The pages of the studio. A page is one entry here: its name in the link, its state as plain data, and its component;
 * both are loaded when it is opened, those of the first with the studio. The shell keeps states, undo and the link; a page only draws its state and changes it.
 */
import type { Component } from "svelte";
import CircuitPage from "./circuit/CircuitPage.svelte";
import { initial, linkData, readState } from "./circuit/state.ts";
import type { Document } from "./document.svelte.ts";
import type { LoadedPage, Page, PageState } from "./page.types.ts";

const loader =
  <S>(state: () => Promise<PageState<S>>, component: () => Promise<{ readonly default: Component<{ document: Document<S> }> }>): Page["load"] =>
  async () => {
    const [{ initial, readState, linkData }, loaded] = await Promise.all([state(), component()]);
    return { initial, readState, linkData, component: loaded.default } as unknown as LoadedPage;
  };

/** Of the user's file, which `chainrule studio model.ts` serves beside the pages. */
const modelPage: Page = { name: "model", title: "Your file", load: loader(() => import("./model/state.ts"), () => import("./model/ModelPage.svelte")) };

/** Whether the studio was started with a file. The build has no address. */
const isServed = new URLSearchParams(globalThis.location?.search).has("model");

/** What opens first comes with the studio. */
const circuitPage: Page = { name: "circuit", title: "Circuit", load: loader(() => Promise.resolve({ initial, readState, linkData }), () => Promise.resolve({ default: CircuitPage })) };

/** In the order of the menu; the first opens where the link names none. */
export const pages: readonly Page[] = [
  ...(isServed ? [modelPage] : []),
  circuitPage,
  { name: "check", title: "Check", shares: "circuit", load: loader(() => import("./check/state.ts"), () => import("./check/CheckPage.svelte")) },
  { name: "classifier", title: "Classifier", load: loader(() => import("./classifier/state.ts"), () => import("./classifier/ClassifierPage.svelte")) },
  { name: "neuron", title: "Neuron", load: loader(() => import("./neuron/state.ts"), () => import("./neuron/NeuronPage.svelte")) },
];

/** Said where `load` fails. */
export const notLoaded = "This page could not be loaded. Reload it to try again.";

/** The page of that name; the first where there is none. */
export const pageOf = (name: string): Page => pages.find((one) => one.name === name) ?? pages[0]!;
