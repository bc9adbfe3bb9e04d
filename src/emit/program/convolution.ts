/**
 * Convolutions, and the gradients of their images and weights. Windows are read where they lie, in a copy of one image (or
 * of its upstream gradient) within a border of zeros. The copy is in the thread's own room, and images are shared out.
 */
import type { ConvolutionKernel } from "../../ir/kernel.ts";
import { inputGradient, windowTable } from "../wasm/geometry.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import { sizeOfNumbers } from "./convolution-tile.ts";
import type { Site, Stretch } from "./stretch.ts";
import { weightGradientStretches, weightGradientTables } from "./weight-gradient.ts";
import { windowProductStretches } from "./window-products.ts";

/** Offsets that the kernel's code reads, each table in a place of its own. */
export const convolutionTables = (kernel: ConvolutionKernel): readonly Int32Array[] => {
  const { part, convolution } = kernel;
  const size = sizeOfNumbers(kernel);
  if (part === "results") return [windowTable(convolution, size)];
  if (part === "images") return inputGradient(convolution, size).parts.flatMap(({ table, weights }) => [table, weights]);
  return weightGradientTables(kernel);
};

/** `tables`: the addresses of the kernel's tables. */
export const convolutionStretches = (module: ModuleBuilder, name: string, kernel: ConvolutionKernel, site: Site, tables: readonly number[]): readonly Stretch[] => {
  const { part } = kernel;
  return part === "weights" ? weightGradientStretches(module, name, kernel, site, tables) : windowProductStretches(module, name, kernel, part, site, tables);
};
