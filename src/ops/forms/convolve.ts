/**
 * Convolution, and the gradients of its images and of its weights, each as one node. Nobody writes it: it is what lowering
 * makes of contractions of overlapping windows, so that the engine need not lay them out.
 */
import { allocate, asArray } from "../../ir/dtype.ts";
import { type Convolution, type ConvolutionPart, resultSize } from "../../ir/convolution.ts";
import { Node, type Op } from "../../ir/node.ts";
import { sizeOf } from "../../ir/shape.ts";
import type { Shape } from "../../ir/shape.types.ts";

const convolutionOf = (node: Node): Convolution => node.attrs["convolution"] as Convolution;
const partOf = (node: Node): ConvolutionPart => node.attrs["part"] as ConvolutionPart;

/** Every product of a number of an image (-1 in the border) and a weight, and the result that it is a term of. */
const eachTerm = (c: Convolution, examples: number, visit: (image: number, weight: number, result: number) => void): void => {
  const [lines, columns] = resultSize(c);
  let result = 0;
  for (let n = 0; n < examples; n++) {
    for (let o = 0; o < c.filters; o++) {
      for (let line = 0; line < lines; line++) {
        for (let column = 0; column < columns; column++, result++) {
          let weight = o * c.channels * c.kernel[0] * c.kernel[1];
          for (let channel = 0; channel < c.channels; channel++) {
            for (let i = 0; i < c.kernel[0]; i++) {
              const y = line * c.stride[0] + i * c.dilation[0] - c.padding[0];
              for (let j = 0; j < c.kernel[1]; j++, weight++) {
                const x = column * c.stride[1] + j * c.dilation[1] - c.padding[2];
                const inside = y >= 0 && x >= 0 && y < c.height && x < c.width;
                visit(inside ? ((n * c.channels + channel) * c.height + y) * c.width + x : -1, weight, result);
              }
            }
          }
        }
      }
    }
  }
};

const convolveOp: Op = {
  name: "convolve",
  form: "contract",
  says: "multiplies windows of images with weights and sums, or is the gradient of one of the two",
  formula: "sum x kernel",
  plumbing: false,
  placeholder: false,
  commutative: false,
  linear: false,
  evaluate: (node, inputs) => {
    const [x, y] = inputs.map((value, i) => asArray(value, node.src[i]!.dtype)) as [ReturnType<typeof asArray>, ReturnType<typeof asArray>];
    const sums = allocate("float64", sizeOf(node.shape));
    const examples = partOf(node) === "images" ? node.shape[0]! : node.src[0]!.shape[0]!;
    eachTerm(convolutionOf(node), examples, {
      results: (image: number, weight: number, result: number) => void (sums[result]! += (image < 0 ? 0 : x[image]!) * y[weight]!),
      weights: (image: number, weight: number, result: number) => void (sums[weight]! += (image < 0 ? 0 : x[image]!) * y[result]!),
      images: (image: number, weight: number, result: number) => void (image >= 0 && (sums[image]! += x[result]! * y[weight]!)),
    }[partOf(node)]);
    const out = allocate(node.dtype, sums.length);
    out.set(sums);
    return out;
  },
  rebuild: ([x, y], node) => convolve(partOf(node), x!, y!, convolutionOf(node)),
  work: (node) => ({ kind: "convolve", part: partOf(node), convolution: convolutionOf(node) }),
};

/** Operands: of the results the images and the weights, of the weights the images and the results, of the images the results and the weights. */
export const convolve = (part: ConvolutionPart, x: Node, y: Node, convolution: Convolution): Node => {
  const { filters, channels, height, width, kernel } = convolution;
  const examples = x.shape[0]!;
  const shapes: Readonly<Record<ConvolutionPart, Shape>> = {
    results: [examples, filters, ...resultSize(convolution)],
    images: [examples, channels, height, width],
    weights: [filters, channels, ...kernel],
  };
  return new Node(convolveOp, [x, y], { part, convolution }, shapes[part], x.dtype);
};
