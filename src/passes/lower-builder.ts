/** What the lowering of a graph must be able to build; the passes know no operation. */
import type { Convolution, ConvolutionPart } from "../ir/convolution.ts";
import type { Node } from "../ir/node.ts";
import type { Equation, ReadMap } from "../ir/work.ts";

export interface LowerBuilder {
  readonly sum: (x: Node, axes: readonly number[]) => Node;
  readonly mul: (x: Node, y: Node) => Node;
  readonly read: (x: Node, map: ReadMap) => Node;
  readonly write: (g: Node, map: ReadMap) => Node;
  readonly reshape: (x: Node, shape: readonly number[]) => Node;
  readonly contract: (x: Node, y: Node, equation: Equation) => Node;
  readonly convolve: (part: ConvolutionPart, x: Node, y: Node, convolution: Convolution) => Node;
}
