/**
 * The pages of the studio. A page is one entry here: its name in the link, its state as plain data, and its component,
 * which is loaded when it is opened. The shell keeps states, undo and the link; a page only draws its state and changes it.
 */
import { checkPage } from "./check/page.ts";
import { circuitPage } from "./circuit/page.ts";
import { classifierPage } from "./classifier/page.ts";
import { modelPage } from "./model/page.ts";
import { neuronPage } from "./neuron/page.ts";
import type { Page } from "./page.types.ts";

/** A page whose state the shell does not look into. */
export type AnyPage = Page<unknown>;

const page = <S>(one: Page<S>): AnyPage => one as unknown as AnyPage;

/** Whether `chainrule studio` was started with a file, which it then serves beside the pages. The build has no address. */
const isServed = new URLSearchParams(globalThis.location?.search).has("model");

/** In the order of the menu; the first opens where the link names none. */
export const pages: readonly AnyPage[] = [...(isServed ? [page(modelPage)] : []), page(circuitPage), page(checkPage), page(classifierPage), page(neuronPage)];

/** The page of that name; the first where there is none. */
export const pageOf = (name: string): AnyPage => pages.find((one) => one.name === name) ?? pages[0]!;
