/** Kernels as text, for golden tests and for people: what runs, over which axes, reading and storing where. */
import { linesOf } from "./circuit-lines.ts";
import { numberSpelling } from "./dtype.ts";
import { type Access, type Buffer, type Kernel, type KernelList, type Line, type LoopKernel, type Plan, type Tail } from "./kernel.ts";
import { affineText, axisName } from "./print.ts";

/** Buffers, kernels in order, and what is returned; with byte offsets if it is planned. */
export const programText = (program: KernelList | Plan): string => {
  const offsets = "offsets" in program ? program.offsets : undefined;
  const buffers = program.buffers.map((buffer) => {
    const name = buffer.node.name === undefined ? "" : ` ${JSON.stringify(buffer.node.name)}`;
    const place = offsets?.[buffer.id];
    const at = offsets === undefined ? "" : place === undefined ? ", never stored" : ` at ${place}`;
    return `${bufferName(buffer)} = ${buffer.origin}${name} ${buffer.dtype} ${buffer.size}${at}`;
  });
  const end = "bytes" in program ? [`${program.bytes} bytes`] : [];
  return [...buffers, ...program.kernels.flatMap(kernelLines), `return ${program.results.map(bufferName).join(", ")}`, ...end].join("\n");
};

const bufferName = (buffer: Buffer): string => `b${buffer.id}`;

const accessText = ({ buffer, offset, strides, guards, fill }: Access): string => {
  const within = guards.map((guard) => `0 <= ${affineText(guard.offset, guard.coef)} < ${guard.size}`);
  const otherwise = guards.length === 0 ? "" : ` if ${within.join(" and ")} else ${numberSpelling(fill)}`;
  return `${bufferName(buffer)}[${affineText(offset, strides)}]${otherwise}`;
};

const kernelLines = (kernel: Kernel): string[] => {
  switch (kernel.kind) {
    case "loop": {
      const axes = kernel.axes.map((n, i) => `${axisName(i)} ${n}`);
      const folded = kernel.kept < axes.length ? ` fold ${axes.slice(kernel.kept).join(", ")}` : "";
      return [`loop ${axes.slice(0, kernel.kept).join(", ") || "once"}${folded}`, ...bodyLines(kernel)];
    }
    case "circuit":
      return ["circuit", ...bodyLines(linesOf(kernel))];
    case "product": {
      const { batch, rows, columns, shared, a, b, out, tail } = kernel;
      const product = `product ${batch === 1 ? "" : `${batch} x `}${rows} x ${columns}, sum over ${shared}: ${bufferName(out)} = ${bufferName(a.buffer)}[${a.outer}, ${a.inner}] ${bufferName(b.buffer)}[${b.inner}, ${b.outer}]`;
      return [product, ...tailLines(tail)];
    }
    case "convolution": {
      const { part, examples, convolution: c, images, weights, results } = kernel;
      const steps = [c.stride, c.dilation].map((pair, i) => (pair.every((n) => n === 1) ? "" : `, ${["stride", "dilation"][i]} ${pair.join(" x ")}`)).join("");
      const border = c.padding.every((n) => n === 0) ? "" : `, padding ${c.padding.join(" ")}`;
      const shape = `${examples} x ${c.channels} x ${c.height} x ${c.width}, ${c.filters} filters ${c.kernel.join(" x ")}${steps}${border}`;
      const names = { images, weights, results };
      const operands = Object.entries(names).flatMap(([name, buffer]) => (name === part ? [] : [`${name} ${bufferName(buffer)}`]));
      return [`convolution ${shape}: ${bufferName(names[part])} = ${part} of ${operands.join(", ")}`, ...tailLines(kernel.tail)];
    }
    case "write":
      return [`write ${kernel.axes.map((n, i) => `${axisName(i)} ${n}`).join(", ")}: ${accessText(kernel.to)} += ${accessText(kernel.from)}`];
    default: {
      const { kind, batch, rows, picks, width, from, index, out } = kernel;
      return [`${kind} ${batch} x ${picks} of ${rows} rows of ${width}: ${bufferName(out)} from ${bufferName(from)} by ${bufferName(index)}`];
    }
  }
};

/** What is done with each block of a result while it is at hand. */
const tailLines = (tail: Tail | undefined): string[] => {
  if (tail === undefined) return [];
  const { loop, stored } = tail;
  const axes = loop.axes.map((n, i) => `${axisName(i)} ${n}`).join(", ");
  return [`  and block by block${stored ? "" : ", without storing it"}, ${axes}`, ...bodyLines(loop).map((line) => `  ${line}`)];
};

const bodyLines = ({ lines, stores }: Pick<LoopKernel, "lines" | "stores">): string[] => [
  ...lines.map((line, i) => `  v${i} = ${lineText(line)} ${line.dtype}`),
  ...stores.map(({ line, access }) => `  ${accessText(access)} = v${line}`),
];

const lineText = (line: Line): string => {
  switch (line.kind) {
    case "load":
      return `load ${accessText(line.access)}`;
    case "constant":
      return numberSpelling(line.value);
    case "position":
      return `position ${affineText(line.row.offset, line.row.coef)}`;
    default:
      return `${line.name} ${line.operands.map((i) => `v${i}`).join(" ")}`;
  }
};
