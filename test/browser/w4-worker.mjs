/** In a page's worker. */
import { train } from "./w4.mjs";

onmessage = async ({ data }) => postMessage(await train(data));
