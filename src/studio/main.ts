/** Opens the studio at the link's page and state. */
import { mount } from "svelte";
import "virtual:drawing.css";
import "./style.css";
import App from "./App.svelte";
import { readLink } from "./link.ts";

const opened = await readLink(location.hash);
mount(App, { target: document.getElementById("studio")!, props: { opened } });
