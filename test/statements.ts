/**
 * What a system for backpropagation must do, as the course material behind this project has it: each statement with the
 * tests that hold it, and small changes of the source after which one of them must fail. `docs/statements.md` is
 * made from this list, and `scripts/sabotage.ts` makes the changes.
 */

export interface TestName {
  readonly file: string;
  readonly name: string;
}

export interface Break {
  readonly file: string;
  /** Occurs exactly once in that file. */
  readonly find: string;
  readonly replace: string;
  /** Which of the statement's tests must turn red; the first by default. */
  readonly reddens?: number;
  /** What the failing test reports, where it is no failed assertion. */
  readonly reports?: string;
}

export interface Statement {
  readonly id: number;
  readonly says: string;
  /** The first is the one that the break must turn red. */
  readonly tests: readonly [TestName, ...TestName[]];
  readonly breaks: readonly [Break, ...Break[]];
}

export const statements: readonly Statement[] = [
  {
    id: 1,
    says: "An infix expression or staged assignments become a graph of gates, with the usual precedence.",
    tests: [
      {
        file: "test/explain/language/parser.test.ts",
        name: "operators bind as in mathematics, powers to the right and tighter than a sign",
      },
      {
        file: "test/explain/language/parser.test.ts",
        name: "every expression and every stage of the cases is read",
      },
      {
        file: "test/explain/language/properties.test.ts",
        name: "a tree printed with the fewest parentheses reads back as the same tree",
      },
    ],
    breaks: [
      {
        file: "src/explain/language/tokens.ts",
        find: "sign: 4, power: 5",
        replace: "sign: 5, power: 4",
      },
    ],
  },
  {
    id: 2,
    says: "Every gate has its value and its local gradients, to 1e-12.",
    tests: [
      {
        file: "test/check/operations.test.ts",
        name: "every entry of the table is right, to order 1 and 2, and none has left the sweep",
      },
      { file: "test/nn/networks.test.ts", name: "activations: tanh" },
    ],
    breaks: [
      {
        file: "src/ops/entries/functions.ts",
        find: "local: ([x]) => [cos(x!)],",
        replace: "local: ([x]) => [neg(cos(x!))],",
      },
    ],
  },
  {
    id: 3,
    says: "A forward pass gives every value; when an input changes, only what depends on it is computed again.",
    tests: [
      {
        file: "test/explain/tries.test.ts",
        name: "other inputs: only what depends on them is computed, the rest is the very same number",
      },
      {
        file: "test/explain/tries.test.ts",
        name: "in a program of a thousand stages a change at the end computes the end",
      },
    ],
    breaks: [
      {
        file: "src/explain/circuit.ts",
        find: "if (!affected.has(value)) feeds.set(value, node.value);",
        replace: 'if (!affected.has(value) && node.kind === "input") feeds.set(value, node.value);',
      },
    ],
  },
  {
    id: 4,
    says: "A backward pass gives every gradient, started by 1 or by any other number.",
    tests: [
      { file: "test/explain/circuits.test.ts", name: "the backward pass starts with the given gradient" },
    ],
    breaks: [
      {
        file: "src/explain/circuit.ts",
        find: "const seed = options.seed ?? 1;",
        replace: "const seed = 1;",
      },
    ],
  },
  {
    id: 5,
    says:
      "Every wire shows local gradient, upstream gradient and their product; the products of a node's wires add up to its gradient.",
    tests: [
      {
        file: "test/explain/circuits.test.ts",
        name: "what flows over the edges that leave a node adds up to its gradient",
      },
      {
        file: "test/statements/random-circuits.test.ts",
        name:
          "random circuits: what flows over the wires of a node adds up to its gradient, each [local] x [upstream]",
      },
    ],
    breaks: [
      {
        file: "src/explain/circuit.ts",
        find: "local: locals?.[position], upstream, contribution",
        replace: "local: locals?.[position], upstream: 1, contribution",
      },
    ],
  },
  {
    id: 6,
    says: "Gradients add up at forks; what does not lead to the output has gradient 0.",
    tests: [
      {
        file: "test/explain/text.test.ts",
        name: "table 1b: values and gradients of the staged expression, and its forks",
      },
      {
        file: "test/explain/circuits.test.ts",
        name: "inputs that nothing uses, and stages that do not lead to the output, have gradient 0",
      },
    ],
    breaks: [
      {
        file: "src/passes/differentiate.ts",
        find: "before === undefined ? gradient : build.add(before, gradient)",
        replace: "gradient",
      },
    ],
  },
  {
    id: 7,
    says:
      "The backward pass costs a constant factor of the forward pass, and is linear in the nodes, whatever the number of paths.",
    tests: [
      {
        file: "test/statements/cost.test.ts",
        name: "the backward pass is linear in the nodes: diamonds, 2^n paths",
      },
      {
        file: "test/statements/cost.test.ts",
        name: "the backward pass is linear in the nodes: any graph, also one that shares everything",
      },
    ],
    breaks: [
      {
        file: "src/passes/differentiate.ts",
        find: "before === undefined ? gradient : build.add(before, gradient)",
        replace:
          "order.slice(0, order.indexOf(node)).reduce((sum) => build.add(sum, gradient), before ?? gradient)",
      },
    ],
  },
  {
    id: 8,
    says: "Chains of 10,000 and of a million gates run without overflowing the stack.",
    tests: [
      { file: "test/explain/edge.test.ts", name: "a chain of a million gates: values, gradients, text and JSON" },
      {
        file: "test/api/memory.test.ts",
        name: "a million gates in a chain, a diamond of 2^50 paths, a variable used a thousand times",
      },
    ],
    breaks: [
      {
        file: "src/ir/graph.ts",
        find: "    for (const src of node.src) seen.set(src, src);",
        replace: "    const visit = (below: Node): void => void (seen.set(below, below), below.src.forEach(visit));\n    node.src.forEach(visit);",
        reports: "Maximum call stack size exceeded",
      },
    ],
  },
  {
    id: 9,
    says:
      "Gates are grouped into one and opened again with the same input gradients; the group is finite where its gates overflow.",
    tests: [
      { file: "test/cases/edge.test.ts", name: "softmax-123-456-789: finite where e^x overflows" },
      {
        file: "test/passes/group.test.ts",
        name:
          "for finite operands value and gradient of a group are finite, and equal to the chain's where those are",
      },
      {
        file: "test/explain/functions.test.ts",
        name: "group: a recognised chain becomes one gate, says what it stands for, and changes no input gradient",
      },
      {
        file: "test/explain/functions.test.ts",
        name: "ungroup: written groups open into their gates, names and gradients stay",
      },
      { file: "test/cases/edge.test.ts", name: "xent-wrong-confident: the loss of a confident mistake is finite" },
    ],
    breaks: [
      {
        file: "src/ops/entries/classes.ts",
        find: "share(sub(x!, spread(where(lt(abs(top), Infinity), top, 0), x!, axis)), axis)",
        replace: "share(x!, axis)",
      },
    ],
  },
  {
    id: 10,
    says: "A user's own gate can be added, and its gradient is checked when it is declared.",
    tests: [
      {
        file: "test/check/define.test.ts",
        name: "wrong gradients are refused when they are declared, with the numbers",
      },
      {
        file: "test/check/define.test.ts",
        name: "a user's gate has value, gradient, second order, forward mode and shapes",
      },
    ],
    breaks: [
      {
        file: "src/check/define.ts",
        find: "if (first === undefined && total > 0) return call;",
        replace: "if (total > 0) return call;",
      },
    ],
  },
  {
    id: 11,
    says:
      "The backward pass is printed step by step as [local gradient] x [its gradient], with as many digits as asked; with two, as on the slides.",
    tests: [
      {
        file: "test/explain/text.test.ts",
        name: "two digits give the column of table 1a, and every number on the pictures",
      },
      { file: "test/explain/text.test.ts", name: "the backward pass in the lecture's words, from the output" },
    ],
    breaks: [
      {
        file: "src/explain/numbers.ts",
        find: "x.toFixed(digits)",
        replace: "x.toFixed(digits + 1)",
      },
    ],
  },
  {
    id: 12,
    says:
      "Staged forward and backward code in TypeScript and Python, with += at forks, that runs and gives the same numbers.",
    tests: [
      { file: "test/explain/code.test.ts", name: "the staged code of slides 26 to 35" },
      {
        file: "test/explain/code.test.ts",
        name: "a program runs as it stands, and its function gives the same to who imports it",
      },
    ],
    breaks: [
      {
        file: "src/explain/code.ts",
        find: "adds: seen.has(operand.at)",
        replace: "adds: false",
      },
    ],
  },
  {
    id: 13,
    says: "Each gate's pattern has its name: distributor, router, switcher, and adder at forks.",
    tests: [
      { file: "test/explain/text.test.ts", name: "slide 36, patterns" },
    ],
    breaks: [
      {
        file: "src/ops/entries/arithmetic.ts",
        find: 'pattern: "switcher",',
        replace: 'pattern: "router",',
      },
    ],
  },
  {
    id: 14,
    says: "The circuit is drawn with values above and gradients below each wire, and as text for terminals.",
    tests: [
      { file: "test/explain/svg.test.ts", name: "values are above their wire, gradients below and in italics" },
      {
        file: "test/explain/svg.test.ts",
        name: "every number of table 1a stands on its wire as text, values and gradients apart",
      },
      { file: "test/explain/text.test.ts", name: "slide 10, (x + y) z" },
    ],
    breaks: [
      {
        file: "src/explain/spots.ts",
        find: "gradient: { x: right, y: y + 16 }",
        replace: "gradient: { x: right, y: y - 16 }",
      },
    ],
  },
  {
    id: 15,
    says: "What if x grows by h: the prediction f + h df/dx stands beside what happens.",
    tests: [
      { file: "test/explain/tries.test.ts", name: "slide 9: increase x by h, and f changes by -3h" },
      { file: "test/explain/tries.test.ts", name: "a nudge shows where the gradient is only the beginning" },
    ],
    breaks: [
      {
        file: "src/explain/nudge.ts",
        find: "const predicted = before + h * gradient;",
        replace: "const predicted = before - h * gradient;",
      },
    ],
  },
  {
    id: 16,
    says: "One step along the gradient of all inputs, before and after.",
    tests: [
      {
        file: "test/explain/tries.test.ts",
        name: "statement 16: one step of 0.01 along the gradient of (x + y) z",
      },
    ],
    breaks: [
      {
        file: "src/explain/nudge.ts",
        find: "after: value + step * (grad as number)",
        replace: "after: value - step * (grad as number)",
      },
    ],
  },
  {
    id: 17,
    says: "Derivatives of derivatives, to any order.",
    tests: [
      { file: "test/api/transforms.test.ts", name: "transforms nest to any order, in both directions" },
    ],
    breaks: [
      {
        file: "src/ops/forms/gate.ts",
        find: "[chain(upstream!, g), chain(local!, g)]",
        replace: "[chain(local!, g), chain(upstream!, g)]",
      },
    ],
  },
  {
    id: 18,
    says:
      "Numerical gradients by forward, centred and extrapolated differences and by the complex step; by default centred, h = 1e-5, in float64.",
    tests: [
      {
        file: "test/check/check.test.ts",
        name: "forward, centred and extrapolated differences, each with its accuracy",
      },
      {
        file: "test/check/gradcheck-cases.test.ts",
        name: "defaults: centred, h = 1e-5, float64, ten entries of each parameter",
      },
      {
        file: "test/check/complex.test.ts",
        name: "the complex step measures slopes to the last digits, where differences cannot",
      },
    ],
    breaks: [
      {
        file: "src/check/differences.ts",
        find: "change(-h, h) / (2 * h)",
        replace: "change(-h, h) / h",
      },
      {
        file: "src/ops/complex.ts",
        find: "Math.cos(z.re) * Math.sinh(z.im)",
        replace: "Math.cos(z.re) * Math.cosh(z.im)",
        reddens: 2,
      },
    ],
  },
  {
    id: 19,
    says: "The relative error by the course's three formulas; two zeros are equal.",
    tests: [
      { file: "test/check/gradcheck-cases.test.ts", name: "relative-error-formulas: all three, row by row" },
    ],
    breaks: [
      {
        file: "src/check/verdict.ts",
        find: "Math.abs(a - n) / Math.max(Math.abs(a), Math.abs(n))",
        replace: "Math.abs(a - n) / Math.min(Math.abs(a), Math.abs(n))",
      },
    ],
  },
  {
    id: 20,
    says: "Verdicts by the course's bands, which know kinks and depth.",
    tests: [
      { file: "test/check/gradcheck-cases.test.ts", name: "thresholds: the verdict of every row" },
      { file: "test/check/check.test.ts", name: "depth is counted in matrix products, and softens the verdict" },
    ],
    breaks: [
      {
        file: "src/check/verdict.ts",
        find: "if (error > 1e-7) return",
        replace: "if (error > 1e-9) return",
      },
    ],
  },
  {
    id: 21,
    says: "Kinks that a step crosses are found by comparing the winners of max, and reported instead of failed.",
    tests: [
      {
        file: "test/check/gradcheck-cases.test.ts",
        name: "kink-relu: reported, not failed, and a smaller h crosses nothing",
      },
      {
        file: "test/check/gradcheck-cases.test.ts",
        name: "kink-svm and kink-max-winner: both inputs cross, the numbers are those of the case",
      },
    ],
    breaks: [
      {
        file: "src/check/entry.ts",
        find: "if (chooser) return atKink(",
        replace: "if (chooser && h < 0) return atKink(",
      },
    ],
  },
  {
    id: 22,
    says: "A sweep over h shows the error's V, lowest near 1e-5 for centred differences.",
    tests: [
      {
        file: "test/check/gradcheck-cases.test.ts",
        name: "forward-vs-centred: each row to its order of magnitude, and the V of both",
      },
    ],
    breaks: [
      {
        file: "src/check/steps.ts",
        find: "b.centred.relative < a.centred.relative ? b : a",
        replace: "b.centred.relative > a.centred.relative ? b : a",
      },
    ],
  },
  {
    id: 23,
    says: "Samples come from every parameter: a wrong bias among a million weights is found.",
    tests: [
      {
        file: "test/check/gradcheck-cases.test.ts",
        name: "every-parameter: one wrong bias gradient beside a million weights is found",
      },
      {
        file: "test/check/check.test.ts",
        name: "samples: so many of every parameter, all of a small one, the same for the same seed",
      },
    ],
    breaks: [
      {
        file: "src/check/gradients.ts",
        find: "if (!isFloat(leaf.node.dtype)) return [];",
        replace: "if (!isFloat(leaf.node.dtype) || i > 0) return [];",
      },
    ],
  },
  {
    id: 24,
    says:
      "Data loss and regularisation are checked apart: a bug of 10% shows beside a penalty a million times larger.",
    tests: [
      {
        file: "test/check/gradcheck-cases.test.ts",
        name: "regularisation-overwhelms: the numbers, and the data loss alone shows the bug",
      },
      { file: "test/check/check.test.ts", name: "parts that are not all of the function are reported" },
    ],
    breaks: [
      {
        file: "src/check/gradients.ts",
        find: "checkGradients(part.f, args,",
        replace: "checkGradients(f, args,",
      },
    ],
  },
  {
    id: 25,
    says: "Randomness is the same in all evaluations of a check, or the check refuses.",
    tests: [
      {
        file: "test/check/gradcheck-cases.test.ts",
        name: "dropout-seed: one key for all evaluations passes, randomness of its own is one clear error",
      },
    ],
    breaks: [
      {
        file: "src/check/gradients.ts",
        find: "if (!Object.is(a, b)) {",
        replace: "if (a !== a && !Object.is(a, b)) {",
      },
    ],
  },
  {
    id: 26,
    says:
      "Warnings for tiny gradients, float32 and numbers that are not finite; every entry is put back bit for bit.",
    tests: [
      {
        file: "test/check/gradcheck-cases.test.ts",
        name: "active-range: gradients of 1e-10 or less are named, with a scale for the loss",
      },
      { file: "test/check/check.test.ts", name: "what is passed in is not changed by a single bit" },
      {
        file: "test/check/check.test.ts",
        name: "float32 arguments are checked on a float64 copy, and that is said",
      },
      { file: "test/check/check.test.ts", name: "what is not finite is named with its gate and line" },
    ],
    breaks: [
      {
        file: "src/check/gradients.ts",
        find: "const tiny = 1e-10;",
        replace: "const tiny = 1e-20;",
      },
    ],
  },
  {
    id: 27,
    says: "Every planted bug is caught, and what is right passes.",
    tests: [
      {
        file: "test/check/gradcheck-cases.test.ts",
        name: "bug-detection: every bug is caught, and what is right passes",
      },
      {
        file: "test/check/operations.test.ts",
        name: "every fault planted in every backward rule is found by the sweep",
      },
    ],
    breaks: [
      {
        file: "src/check/verdict.ts",
        find: "verdicts.indexOf(verdict) < 4",
        replace: "verdicts.indexOf(verdict) < 9",
      },
    ],
  },
  {
    id: 28,
    says:
      "Products, broadcasting, folds, shapes, gathers, slices: gradients have the variable's shape and the right numbers, in float64 and float32.",
    tests: [
      {
        file: "test/statements/tensors.test.ts",
        name: "gradients have the variable's shape and the right numbers: sums",
      },
      {
        file: "test/statements/tensors.test.ts",
        name: "gradients have the variable's shape and the right numbers: slices",
      },
      {
        file: "test/statements/tensors.test.ts",
        name: "gradients have the variable's shape and the right numbers: one-hot rows",
      },
    ],
    breaks: [
      {
        file: "src/ops/entries/folds.ts",
        find: "gradient: (g, _x, _y, spread) => spread(g),",
        replace: "gradient: (g, _x, _y, spread) => chain(2, spread(g)),",
      },
    ],
  },
  {
    id: 29,
    says: "The matrix product of slide 37 exactly; errors of shapes name both shapes.",
    tests: [
      { file: "test/nn/networks.test.ts", name: "s37-matmul: wrong shapes are errors that name both" },
      { file: "test/nn/networks.test.ts", name: "s37-matmul: dW = dD X^T, dX = W^T dD" },
      {
        file: "test/statements/tensors.test.ts",
        name: "shape errors of every kind of operation name both shapes",
      },
    ],
    breaks: [
      {
        file: "src/ir/diagnostic.ts",
        find: '=> `[${shape.join(", ")}]`;',
        replace: "=> `[${shape.length} axes]`;",
      },
      {
        file: "src/ops/forms/contract.ts",
        find: "contract(a, g, { a: la, b: out, out: lb })]",
        replace: "contract(a, plus(g, g), { a: la, b: out, out: lb })]",
        reddens: 1,
      },
    ],
  },
  {
    id: 30,
    says: "A vectorised result equals the scalar circuit of the same computation.",
    tests: [
      {
        file: "test/statements/tensors.test.ts",
        name: "a vectorised layer equals the scalar circuit of the same computation",
      },
      {
        file: "test/explain/functions.test.ts",
        name: "one entry of a value or of a gradient as a scalar circuit with the same number",
      },
    ],
    breaks: [
      {
        file: "src/ops/forms/contract.ts",
        find: "return [contract(g, b, { a: out, b: lb, out: la }), contract(a, g,",
        replace: "return [contract(g, plus(b, b), { a: out, b: lb, out: la }), contract(a, g,",
      },
    ],
  },
  {
    id: 32,
    says: "A saved value cannot be changed in place.",
    tests: [
      {
        file: "test/cases/edge.test.ts",
        name: "in-place: a value that the backward pass needs cannot be overwritten",
      },
      {
        file: "test/api/transforms.test.ts",
        name: "arrays given in are copied, arrays read out are the caller's own",
      },
    ],
    breaks: [
      {
        file: "src/trace/tensor.ts",
        find: "return originOf(this.node)?.copy?.(into) ?? copiedTo(into, this.#values());",
        replace: "return this.#values();",
      },
    ],
  },
  {
    id: 33,
    says: "A value can be detached; memory does not grow over 10,000 steps of training.",
    tests: [
      { file: "test/api/memory.test.ts", name: "a loop without compile stays flat in memory over 10,000 steps" },
      {
        file: "test/statements/values.test.ts",
        name: "stopGradient detaches a value: it counts, and no gradient passes",
      },
      {
        file: "test/statements/values.test.ts",
        name: "outside a transform nothing is recorded for gradients: a result is a value like any other",
      },
    ],
    breaks: [
      {
        file: "src/trace/tensor.ts",
        find: "return unread > unreadLimit ? made.realize() : made;",
        replace: "return made;",
      },
    ],
  },
  {
    id: 34,
    says: "Losses: multiclass SVM with any delta, squared, one-vs-all and structured; softmax cross-entropy; logistic and hinge; squared and absolute error.",
    tests: [
      { file: "test/nn/classifiers.test.ts", name: "scores: svm-13--7-11" },
      { file: "test/nn/classifiers.test.ts", name: "one neuron as a binary classifier: neuron-binary-softmax-y0" },
      { file: "test/nn/classifiers.test.ts", name: "one neuron as a binary support vector machine: neuron-binary-svm-y+1" },
      { file: "test/nn/losses.test.ts", name: "errors are sums over the numbers of a row and means over the rows" },
    ],
    breaks: [
      {
        file: "src/nn/losses.ts",
        find: "const margins = relu(scores.sub(right).add(options.delta ?? 1));",
        replace: "const margins = relu(scores.sub(right).add(1));",
      },
      {
        file: "src/nn/binary.ts",
        find: 'softplus(against("logisticLoss", scores, labels, [0, 1])).mean()',
        replace: 'softplus(against("logisticLoss", scores, labels, [0, 1]).neg()).mean()',
        reddens: 1,
      },
      {
        file: "src/nn/binary.ts",
        find: "const meanOverRows = (each: Tensor): Tensor => (each.rank < 2 ? each : each.sum({ axes: -1 })).mean();",
        replace: "const meanOverRows = (each: Tensor): Tensor => each.mean();",
        reddens: 3,
      },
    ],
  },
  {
    id: 35,
    says: "Softmax of [123, 456, 789] is finite; the cross-entropy of [1000, 0] with class 1 is 1000, its gradient [1, -1].",
    tests: [
      { file: "test/cases/edge.test.ts", name: "xent-wrong-confident: the loss of a confident mistake is finite" },
      { file: "test/cases/edge.test.ts", name: "softmax-123-456-789: finite where e^x overflows" },
    ],
    breaks: [
      {
        file: "src/ops/entries/classes.ts",
        find: "return ofLabels(x!, label!, logsumexp(apart, { axes: -1 }));",
        replace: "return ofLabels(x!, label!, log(sum(exp(apart), { axes: -1 })));",
      },
    ],
  },
  {
    id: 36,
    says: "With equal scores for K classes the softmax loss is ln K and the SVM loss K - 1.",
    tests: [
      { file: "test/nn/classifiers.test.ts", name: "the loss at chance: chance-10" },
      { file: "test/nn/classifiers.test.ts", name: "the loss at chance: chance-1000" },
    ],
    breaks: [
      {
        file: "src/nn/losses.ts",
        find: 'violations("svmLoss", scores, labels, options).sum({ axes: -1 })',
        replace: 'violations("svmLoss", scores, labels, options).mean({ axes: -1 })',
      },
    ],
  },
  {
    id: 37,
    says: "L2 in both conventions, L1, both together, and max-norm; biases are left out unless asked.",
    tests: [
      {
        file: "test/nn/regularisation.test.ts",
        name: "penalties: both conventions of L2, L1, and their sum; biases only when asked",
      },
      { file: "test/nn/layers.test.ts", name: "a penalty leaves out biases by their names, and takes everything else" },
      {
        file: "test/nn/regularisation.test.ts",
        name: "max-norm: each neuron's weights shrink to the limit, shorter ones stay to the bit, zeros stay zeros",
      },
    ],
    breaks: [
      {
        file: "src/nn/penalties.ts",
        find: "const squares = halfL2 / 2 + l2;",
        replace: "const squares = halfL2 + l2;",
      },
      {
        file: "src/nn/penalties.ts",
        find: "(biases || !(isBias(path) || isNorm(path)))",
        replace: "(biases || !isNorm(path))",
        reddens: 1,
      },
      {
        file: "src/nn/penalties.ts",
        find: ".sqrt().inv().mul(limit), 1)",
        replace: ".sqrt().inv().mul(limit), 2)",
        reddens: 2,
      },
    ],
  },
  {
    id: 38,
    says: "Gradual forgetting: without a data gradient an L2 penalty leaves w_0 (1 - lr lambda)^k of a weight after k steps.",
    tests: [
      { file: "test/nn/classifiers.test.ts", name: "gradual-forgetting: without a data gradient weights fade and biases stay" },
    ],
    breaks: [
      {
        file: "src/nn/penalties.ts",
        find: "w.sq().sum().mul(squares)",
        replace: "w.abs().sum().mul(squares)",
      },
    ],
  },
  {
    id: 39,
    says: "The bias trick gives the same scores and gradients as weights and biases apart.",
    tests: [
      {
        file: "test/nn/classifiers.test.ts",
        name: "bias-trick: weights and biases joined are the file's one matrix, and give its scores",
      },
      { file: "test/nn/classifiers.test.ts", name: "bias trick: gradients are those of weights and biases apart" },
    ],
    breaks: [
      {
        file: "src/nn/bias-trick.ts",
        find: "concat([w, b.reshape([1, b.size])], { axis: 0 })",
        replace: "concat([b.reshape([1, b.size]), w], { axis: 0 })",
      },
    ],
  },
  {
    id: 40,
    says: "A single neuron trained on the guide's six points gets all six right.",
    tests: [
      { file: "test/train/cases.test.ts", name: "guide-svm-train: as a binary support vector machine with a weak penalty it stays at six of six" },
      { file: "test/train/cases.test.ts", name: "guide-svm-train: by the guide's own rule the neuron comes to have all six points right" },
    ],
    breaks: [
      {
        file: "src/nn/binary.ts",
        find: "return where(y.gt(0), scores.neg(), scores);",
        replace: "return where(y.gt(0), scores, scores.neg());",
      },
    ],
  },
  {
    id: 41,
    says: "Layers: linear, the lecture's activations with maxout, elu, gelu and silu, inverted dropout, batch norm, convolution and pools; the notes' nets have 26 and 41 parameters.",
    tests: [
      { file: "test/ops/windows.test.ts", name: "conv2d and both its gradients are the plain loops" },
      {
        file: "test/ops/windows.test.ts",
        name: "pools and their gradients are the plain loops, ties shared evenly, zeros of the padding counted in means alone",
      },
      {
        file: "test/nn/norm.test.ts",
        name: "running statistics: momentum times the old ones and the rest of the batch's, the variance unbiased",
      },
      {
        file: "test/nn/norm.test.ts",
        name: "statistics are no parameters: not counted, not penalised, not changed by any step",
      },
      {
        file: "test/nn/regularisation.test.ts",
        name: "dropout: the mean stays, what is kept is divided by the share that is kept",
      },
      { file: "test/nn/regularisation.test.ts", name: "summary: the notes' nets have 26 and 41 parameters" },
      {
        file: "test/nn/regularisation.test.ts",
        name: "maxout: twice the parameters of a linear layer, and the gradient is the measured one",
      },
      { file: "test/nn/networks.test.ts", name: "activations: gelu_exact" },
      {
        file: "test/nn/image-layers.test.ts",
        name: "summary: shapes and counts of every kind of layer; statistics count for nothing",
      },
    ],
    breaks: [
      {
        file: "src/ops/entries/windows.ts",
        find: "return { offset: i < 0 ? 0 : -padding[i]!, coef };",
        replace: "return { offset: 0, coef };",
      },
      {
        file: "src/ops/entries/windows.ts",
        find: 'pooling("max_pool2d", given, size, settings, -Infinity)',
        replace: 'pooling("max_pool2d", given, size, settings, 0)',
        reddens: 1,
      },
      {
        file: "src/nn/batch-norm.ts",
        find: "x.variance({ axes }).mul(count / (count - 1))",
        replace: "x.variance({ axes })",
        reddens: 2,
      },
      {
        file: "src/nn/named.ts",
        find: "isFloat(leaf.dtype) && !/",
        replace: "isFloat(leaf.dtype) || !/",
        reddens: 3,
      },
      {
        file: "src/nn/dropout.ts",
        find: "x.div(keep)",
        replace: "x",
        reddens: 4,
      },
    ],
  },
  {
    id: 42,
    says: "The fixtures of the assignments: affine and relu layers, two-layer nets with their losses and gradients, the three-layer sigmoid net.",
    tests: [
      { file: "test/nn/networks.test.ts", name: "a2-affine" },
      { file: "test/nn/networks.test.ts", name: "a2-relu" },
      { file: "test/nn/networks.test.ts", name: "a2-two-layer: scores, losses and gradients, with and without the penalty" },
      { file: "test/nn/networks.test.ts", name: "a1-toy-two-layer: scores, loss and gradients; then a hundred steps" },
      {
        file: "test/nn/networks.test.ts",
        name: "net-3-layer-sigmoid: a net in the notes' layout, its hidden values and all gradients",
      },
    ],
    breaks: [
      {
        file: "src/nn/linear.ts",
        find: "x.matmul(w).add(b);",
        replace: "x.matmul(w);",
      },
      {
        file: "src/nn/linear.ts",
        find: "i === 0 ? out : activation(out)",
        replace: "i < 2 ? out : activation(out)",
        reddens: 4,
      },
    ],
  },
  {
    id: 43,
    says: "Optimisers: SGD, momentum, Nesterov, Adagrad, RMSProp and bias-corrected Adam, with step, exponential, 1/t, cosine and warm-up schedules.",
    tests: [
      { file: "test/optim/adaptive.test.ts", name: "opt-adam: t counts before it is used" },
      { file: "test/optim/sgd.test.ts", name: "opt-momentum" },
      { file: "test/optim/adaptive.test.ts", name: "opt-nesterov" },
      { file: "test/optim/adaptive.test.ts", name: "opt-adagrad" },
      { file: "test/optim/adaptive.test.ts", name: "opt-rmsprop" },
      { file: "test/optim/schedules.test.ts", name: "every schedule is its formula, of a number, of a tensor, and compiled" },
    ],
    breaks: [
      {
        file: "src/optim/optimizer.ts",
        find: "const step = before?.add(1);",
        replace: "const step = before?.add(2);",
      },
      {
        file: "src/optim/sgd.ts",
        find: "return { w: w.add(v), state: { velocity: v } };",
        replace: "return { w: w.add(v.mul(mu)), state: { velocity: v } };",
        reddens: 1,
      },
    ],
  },
  {
    id: 44,
    says: "The case study of the spiral: the linear classifier ends at 0.7863 and 49%, the net follows the published losses.",
    tests: [
      { file: "test/train/spiral.test.ts", name: "spiral: the linear classifier, every loss that is listed, the final weights and the accuracy" },
      { file: "test/train/spiral.test.ts", name: "spiral: the net, every loss that is listed and the accuracy" },
    ],
    breaks: [
      {
        file: "src/optim/sgd.ts",
        find: "(w, gradient, _, { lr }) => ({ w: w.sub(gradient.mul(lr)), state: {} })",
        replace: "(w, gradient, _, { lr }) => ({ w: w.sub(gradient.mul(lr).mul(1.000001)), state: {} })",
      },
    ],
  },
  {
    id: 45,
    says: "A net with a hidden layer gets XOR right, four of four; twenty random examples are learned by heart.",
    tests: [
      { file: "test/train/cases.test.ts", name: "xor: a net with one hidden layer gets all four right, a linear classifier never more than three" },
      { file: "test/train/cases.test.ts", name: "xor: the smallest net that the case names, four hidden units, gets there too" },
      { file: "test/train/cases.test.ts", name: "overfit-tiny: 20 random examples, 2 layers: loss to nearly 0, accuracy 100%" },
    ],
    breaks: [
      {
        file: "src/nn/linear.ts",
        find: "applyLinear(layer, i === 0 ? out : activation(out))",
        replace: "applyLinear(layer, i < 9 ? out : activation(out))",
      },
    ],
  },
  {
    id: 46,
    says: "The same seed gives the same bits, and a run that was stopped and resumed ends in those of an unbroken one.",
    tests: [
      { file: "test/train/checkpoint.test.ts", name: "from any step, through a file, under any settings: the same bits and the same events" },
      { file: "test/train/digits.test.ts", name: "the same settings give the same bits; another seed gives others" },
      { file: "test/cli/runs.test.ts", name: "SIGKILL at any moment, and going on as often as it takes: the same bits" },
    ],
    breaks: [
      {
        file: "src/train/fit.ts",
        find: "epochOf(key, rows.y.length, size, at.epoch, take)",
        replace: "epochOf(key, rows.y.length, size, at.epoch - from.epoch, take)",
      },
    ],
  },
  {
    id: 47,
    says:
      "Monitors: loss, accuracy, the gap between training and validation, |update| / |w|, dead units, histograms of activations and gradients, and the first gate that is not finite.",
    tests: [
      { file: "test/train/monitor.test.ts", name: "update-ratio: |lr dW| / |W| of every parameter" },
      {
        file: "test/train/monitor.test.ts",
        name: "dead-relu: units whose sums are negative for all rows have no gradient, and are counted, whatever their kind",
      },
      { file: "test/train/monitor.test.ts", name: "a monitor event is plain data" },
      {
        file: "test/train/not-finite.test.ts",
        name: "the first operation that is not finite is named with its numbers and its line",
      },
    ],
    breaks: [
      {
        file: "src/train/monitor.ts",
        find: "update += (now[i]! - old[i]!) ** 2;",
        replace: "update += now[i]! ** 2 - old[i]! ** 2;",
      },
      {
        file: "src/train/look.ts",
        find: "if (Math.abs(slopes[i]!) > deadSlope) alive[Math.floor(i / places) % units] = 1;",
        replace: "if (Math.abs(slopes[i]!) > deadSlope) alive[Math.floor(i / units) % units] = 1;",
        reddens: 1,
      },
    ],
  },
  {
    id: 48,
    says:
      "Settings are searched at random or on a grid, on a log scale, side by side on threads; a best value at the border of its range is said.",
    tests: [
      {
        file: "test/train/search/search.test.ts",
        name: "random points are even in the logarithm where a range spans a decade, and even where it does not",
      },
      { file: "test/cli/search.test.ts", name: "a best value at the border is said, with the range to search instead" },
      { file: "test/cli/search.test.ts", name: "the results do not depend on how many trainings run side by side" },
    ],
    breaks: [
      {
        file: "src/train/search/space.ts",
        find: "isLog(range) ? low * (high / low) ** share : low + (high - low) * share",
        replace: "low + (high - low) * share",
      },
      {
        file: "src/train/search/judge.ts",
        find: "const rim = 0.1;",
        replace: "const rim = -1;",
        reddens: 1,
      },
    ],
  },
  {
    id: 50,
    says:
      "The loss of any model is drawn along a ray and over a plane, with the optimiser's path; the kinks of a ray are located.",
    tests: [
      {
        file: "test/train/landscape/kinks.test.ts",
        name: "svm-3-points-1d: the loss over w0, and the four places where its slope changes",
      },
      {
        file: "test/train/landscape/landscape.test.ts",
        name: "a path that lies in a plane is projected exactly, whatever the angle of the directions",
      },
      { file: "test/train/landscape/landscape.test.ts", name: "a quadratic along a ray and over a plane is exact" },
      {
        file: "test/train/landscape/kinks.test.ts",
        name: "random sums of hinges: every kink is found where it must be, and no other",
      },
      {
        file: "test/cli/landscape.test.ts",
        name: "by default the ray from start to end and the plane of the path; the run stays as it is",
      },
    ],
    breaks: [
      {
        file: "src/train/landscape/kinks.ts",
        find: "kinks.push({ at: (left.at + right.at) / 2,",
        replace: "kinks.push({ at: left.at + 1e-9,",
      },
      {
        file: "src/train/landscape/directions.ts",
        find: "(p * vv - q * uv)",
        replace: "(p * vv)",
        reddens: 1,
      },
    ],
  },
  {
    id: 51,
    says:
      "One step against the gradient is tried with ever longer steps: the loss falls a little, falls best, explodes. Guessing, random steps and the gradient are compared.",
    tests: [
      {
        file: "test/train/landscape/landscape.test.ts",
        name: "steps: the loss falls a little, falls best near one step, then explodes",
      },
      {
        file: "test/train/landscape/landscape.test.ts",
        name: "strategies: the gradient beats local search, which beats guessing, with the same looks at the loss",
      },
      { file: "test/cli/landscape.test.ts", name: "steps and strategies as tables" },
    ],
    breaks: [
      {
        file: "src/train/landscape/steps.ts",
        find: "loss: at(-step)",
        replace: "loss: at(step)",
      },
      {
        file: "src/train/landscape/strategies.ts",
        find: "plus(best, -step, gradient)",
        replace: "plus(best, step, gradient)",
        reddens: 1,
      },
    ],
  },
  {
    id: 56,
    says: "A trained run is saved and comes back with the same numbers: in Node, in a page, and as a module that needs nothing else.",
    tests: [
      {
        file: "test/train/load-run.test.ts",
        name: "a run that was saved predicts what the model in memory does, to the last bit",
      },
      {
        file: "test/train/export.test.ts",
        name: "whatever was trained, the exported module predicts the same numbers in another process",
      },
      {
        file: "test/browser/run.test.ts",
        name: "the README's lines load a run in a page, and say there what they say in Node",
      },
    ],
    breaks: [
      {
        file: "src/train/load-run.ts",
        find: "task: taskOf(settings.settings, schema)",
        replace: 'task: taskOf({ ...settings.settings, activation: "softplus" }, schema)',
      },
      {
        file: "src/train/export-code.ts",
        find: "return sums.map((sum, j) => sum + biases[j]);",
        replace: "return sums.map((sum, j) => sum - biases[j]);",
        reddens: 1,
      },
    ],
  },
  {
    id: 57,
    says: "An error names the place in the expression and what was expected; lost numbers name the first gate.",
    tests: [
      {
        file: "test/explain/language/mistakes.test.ts",
        name: "each broken program has one diagnostic: where, what was expected, and what to write",
      },
      {
        file: "test/train/not-finite.test.ts",
        name: "the first operation that is not finite is named with its numbers and its line",
      },
    ],
    breaks: [
      {
        file: "src/explain/language/source.ts",
        find: "column: offset - lineStart + 1,",
        replace: "column: offset - lineStart + 2,",
      },
      {
        file: "src/train/not-finite.ts",
        find: "if (before.length === 0 && (culprit === undefined || node.id < culprit.id)) culprit = node;",
        replace: "culprit ??= node;",
        reddens: 1,
      },
    ],
  },
];
