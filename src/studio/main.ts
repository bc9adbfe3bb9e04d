/** Opens the studio at the link's page and state. What the page holds already is its first state, drawn when it was built. */
import { hydrate, mount } from "svelte";
import "virtual:drawing.css";
import "./style.css";
import App from "./App.svelte";
import { readLink } from "./link.ts";
import { notLoaded, pageOf } from "./pages.ts";

const open = async (): Promise<void> => {
  const target = document.getElementById("studio")!;
  const opened = await readLink(location.hash);
  const page = pageOf(opened.page);
  const loaded = await page.load().catch(() => undefined);
  if (loaded === undefined) {
    target.textContent = notLoaded;
  } else if (location.hash === "" && page.name === target.dataset["page"]) {
    hydrate(App, { target, props: { opened, loaded } });
  } else {
    target.replaceChildren();
    mount(App, { target, props: { opened, loaded } });
  }
  delete document.documentElement.dataset["waits"];
};

// Not awaited here: other pages import the chunk that this module is in, and would wait for it to end.
void open();
