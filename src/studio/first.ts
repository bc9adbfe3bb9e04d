/** The first page in its first state as markup, for the build to put into the document. */
import { render } from "svelte/server";
import App from "./App.svelte";
import { pages } from "./pages.ts";

const [page] = pages;
const loaded = await page!.load();

export const { name } = page!;

export const { body } = render(App, { props: { opened: { page: "", broken: false }, loaded } });
