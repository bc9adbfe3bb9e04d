/** What the lecture and its notes think of each activation, and where the likeness to the brain ends. */

export interface Opinion {
  readonly from: string;
  readonly pros: readonly string[];
  readonly cons: readonly string[];
}

const slide49 = "Slide 49 and the course notes, neural networks part 1";
const later = "Later editions of the course";

/** By the word of the activation. One that nobody has written of yet has what is measured, and no opinion. */
export const opinions: Readonly<Record<string, Opinion>> = {
  sigmoid: {
    from: "Slides 45 and 49, and the course notes, neural networks part 1",
    pros: ["Squashes any number into 0 to 1, which reads as the rate at which a neuron fires, or as a probability."],
    cons: [
      "Far from 0 it is flat: the local gradient is almost 0 there, and whatever gradient arrives from above is multiplied away. Weights that start large saturate neurons before they have learned anything.",
      "Its outputs are never negative. A neuron that reads only such outputs gets gradients of one sign for all of its weights, so that updates zigzag.",
      "Even where it is steepest it lets through only a quarter of the gradient.",
    ],
  },
  tanh: {
    from: slide49,
    pros: ["Its outputs are centred on 0, so that it is the better choice wherever one would think of a sigmoid; it is a sigmoid, stretched: 2 sigmoid(2x) - 1."],
    cons: ["It saturates at both ends as the sigmoid does, and kills gradients there."],
  },
  relu: {
    from: slide49,
    pros: [
      "Does not saturate for positive inputs: the gradient passes unchanged. Networks of it were seen to learn several times faster than those of tanh.",
      "Costs one comparison, no exponential.",
    ],
    cons: [
      "A unit can die: after too large an update its input may be negative for every example, and then its gradient is 0 for good. Watch the share of dead units, and lower the step size.",
      "Its outputs are never negative, so they are not centred on 0.",
    ],
  },
  "leaky-relu": {
    from: slide49,
    pros: ["Cannot die: on the negative side a small slope remains, and some gradient always passes. Where that slope is learned, it is called PReLU."],
    cons: ["Reports of its use differ: sometimes it helps, not always."],
  },
  maxout: {
    from: slide49,
    pros: ["Has relu and leaky relu as special cases, is linear piece by piece, and neither saturates nor dies."],
    cons: ["Every neuron has as many sets of weights as pieces: with two of them, twice the parameters."],
  },
  elu: {
    from: later,
    pros: ["Negative outputs bring the mean nearer to 0 than relu's, and gradients still pass a little below 0."],
    cons: ["Saturates slowly on the negative side, and needs an exponential there."],
  },
  selu: {
    from: later,
    pros: ["An elu whose two constants are chosen so that a population of mean 0 and deviation 1 keeps both through the layers."],
    cons: ["That holds for weights that start in the way it asks for, and for plain stacks of layers alone."],
  },
  softplus: {
    from: later,
    pros: ["A relu without a corner; its slope is the sigmoid, and nowhere exactly 0."],
    cons: ["Outputs are always positive, so they are not centred on 0; in practice it is seldom better than relu, and it costs more."],
  },
  silu: {
    from: later,
    pros: ["Smooth, close to relu far from 0, and gradients pass a little below 0."],
    cons: ["Falls and rises again: below about -1.28 its slope is negative. It needs an exponential."],
  },
  gelu: {
    from: later,
    pros: ["Smooth, close to relu far from 0; the one that most transformers use."],
    cons: ["Falls and rises again: below about -0.75 its slope is negative. It needs the error function."],
  },
  "gelu-tanh": {
    from: later,
    pros: ["Nearly gelu, without the error function; some published networks were trained with this form and need it back."],
    cons: ["Not the same function: values differ from gelu's in the fourth digit."],
  },
};

export interface Caveat {
  readonly model: string;
  readonly brain: string;
}

/** Slide 48: be careful with the analogy. */
export const caveats: readonly Caveat[] = [
  { model: "Every neuron is the same sum with the same bend.", brain: "There are many kinds of neurons, and they behave differently." },
  { model: "An input is multiplied and added, and that is all that happens on its way in.", brain: "Dendrites are no wires: they compute with what passes through them, and not in straight lines." },
  { model: "A synapse is one number, its weight.", brain: "A synapse is a system of its own, which changes over time and depends on what just happened." },
  { model: "The output is one number, read as how often the neuron fires.", brain: "When a spike comes may matter, so a rate may not say what the neuron says." },
];
