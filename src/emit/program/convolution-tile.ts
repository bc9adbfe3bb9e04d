/** What the kernels of convolutions have in common. */
import { bytesOf } from "../../ir/dtype.ts";
import type { ConvolutionKernel } from "../../ir/kernel.ts";
import { fittingTile, type Tile, tileFor as kindOfTile } from "../wasm/tile.ts";
import type { Site } from "./stretch.ts";

export const sizeOfNumbers = ({ images }: ConvolutionKernel): 4 | 8 => bytesOf(images.dtype) as 4 | 8;

/** The tile whose rows are the filters, or whatever else there are so many of. */
export const tileFor = ({ images }: ConvolutionKernel, rows: number, { target }: Site): Tile =>
  fittingTile(kindOfTile(images.dtype === "float64" ? 64 : 32, target), rows);
