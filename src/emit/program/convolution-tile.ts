/** What the kernels of convolutions have in common. */
import { bytesOf } from "../../ir/dtype.ts";
import type { ConvolutionKernel } from "../../ir/kernel.ts";
import { fittingTile, type Tile, tileFor as tileOfWidth } from "../wasm/tile.ts";
import type { Site } from "./stretch.ts";

export const sizeOfNumbers = ({ images }: ConvolutionKernel): 4 | 8 => bytesOf(images.dtype) as 4 | 8;

/** The largest tile for its numbers. */
export const kindOfTile = ({ images }: ConvolutionKernel, { target }: Site): Tile => tileOfWidth(images.dtype === "float64" ? 64 : 32, target);

/** The tile whose rows are the filters, or whatever else there are so many of. */
export const tileFor = (kernel: ConvolutionKernel, rows: number, site: Site): Tile => fittingTile(kindOfTile(kernel, site), rows);
