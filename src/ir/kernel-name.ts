/** What a kernel does, in a few words for people, and where they asked for it. */
import { isMultiplying, type Kernel, type LoopKernel, resultOf, type Tail, writesOf } from "./kernel.ts";
import type { Site } from "./node.ts";

/** Words of a loop's name; a longer chain is cut short. */
const longest = 6;

/** `sub exp sum [256 x 10]`: the gates in order, a fold among them, and the sizes; or what else the kernel is. */
export const kernelName = (kernel: Kernel): string => {
  switch (kernel.kind) {
    case "loop":
      return `${shortWords(kernel)} [${kernel.axes.join(" x ") || "1"}]`;
    case "circuit":
      return `circuit of ${kernel.gates.length} gates`;
    case "product": {
      const { batch, rows, columns, shared, tail } = kernel;
      return `matrix product [${[...(batch === 1 ? [] : [batch]), rows, columns].join(" x ")}] over ${shared}${tailWords(tail)}`;
    }
    case "convolution": {
      const { part, examples, convolution: c } = kernel;
      return `convolution, ${part} [${[examples, c.channels, c.height, c.width].join(" x ")}] by ${c.filters} of ${c.kernel.join(" x ")}${tailWords(kernel.tail)}`;
    }
    case "write":
      return `add into place [${kernel.axes.join(" x ")}]`;
    default: {
      const { kind, batch, picks, width } = kernel;
      return `${kind} [${[...(batch === 1 ? [] : [batch]), picks, width].join(" x ")}]`;
    }
  }
};

const tailWords = (tail: Tail | undefined): string => (tail ? `, ${shortWords(tail.loop)}` : "");

const shortWords = (kernel: LoopKernel): string => {
  const words = loopWords(kernel);
  return (words.length > longest ? [...words.slice(0, longest), `and ${words.length - longest} more`] : words).join(" ");
};

const loopWords = ({ lines }: LoopKernel): readonly string[] => {
  const words = lines.flatMap((line) => (line.kind === "gate" || line.kind === "fold" ? [line.name] : []));
  return words.length > 0 ? words : ["copy"];
};

/** Where the user called what the kernel computes, in order; a loop may stand for several lines. */
export const kernelSites = (kernel: Kernel): readonly Site[] => {
  if (kernel.kind === "loop" || kernel.kind === "circuit") {
    const sites = kernel.kind === "circuit" ? [...kernel.sites.values()] : bodySites(kernel);
    return sites.length > 0 ? sites : kernel.stores.flatMap(({ access }) => access.buffer.node.site ?? []);
  }
  const tail = isMultiplying(kernel) ? kernel.tail : undefined;
  const out = isMultiplying(kernel) ? resultOf(kernel) : writesOf(kernel)[0]!;
  const { site } = out.node;
  return [...(site ? [site] : []), ...(tail ? bodySites(tail.loop) : [])];
};

const bodySites = ({ lines }: LoopKernel): readonly Site[] =>
  lines.flatMap((line) => ((line.kind === "gate" || line.kind === "fold") && line.site ? [line.site] : []));
