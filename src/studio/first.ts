/** The first page in its first state as markup, for the build to put into the document. */
import { render } from "svelte/server";
import App from "./App.svelte";
import { pages } from "./pages.ts";

const { default: component } = await pages[0]!.load();

export const { body } = render(App, { props: { opened: { page: "", broken: false }, component } });
