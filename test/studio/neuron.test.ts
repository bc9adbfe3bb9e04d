/** What the neuron page computes and says, without a browser: against the course's numbers, and whatever a link carries. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { chartSVG } from "../../src/explain/charts/lines.ts";
import { runAt, readProgram, runnable } from "../../src/studio/circuit/model.ts";
import { activationNames, definitionOf, isPieced, knownActivation, respond } from "../../src/studio/neuron/activations.ts";
import { circuitOf } from "../../src/studio/neuron/as-circuit.ts";
import { lookAt, lossCurve, neuronInputs, scoreGrid, stepped } from "../../src/studio/neuron/binary.ts";
import { farthest, initialNumbers, isAllowed, numberNames, numberRules, type NumberRule, type Numbers } from "../../src/studio/neuron/numbers.ts";
import { activationPicture, lossPicture } from "../../src/studio/neuron/pictures.ts";
import { grid, inputsOf, measure } from "../../src/studio/neuron/population.ts";
import { centreOf, populationSentences, probeSentence, saturationSentence, sentencesOf } from "../../src/studio/neuron/sentences.ts";
import { initial, linkData, readings, readState, type NeuronState } from "../../src/studio/neuron/state.ts";
import { opinions } from "../../src/studio/neuron/words.ts";
import { activations } from "../../src/train/activations.ts";
import { load, near } from "../nn/cases.ts";

const networks = load("networks");
const classifiers = load("classifiers");
const withNumbers = (numbers: Partial<Numbers>): Numbers => ({ ...initialNumbers, ...numbers });
const stateOf = (change: Partial<NeuronState>): NeuronState => ({ ...initial, ...change });

/** The words of the page for the rows of the course's table. */
const rows = {
  sigmoid: "sigmoid",
  tanh: "tanh",
  relu: "relu",
  "leaky-relu": "leaky_relu_0.01",
  elu: "elu_1",
  softplus: "softplus",
  silu: "silu",
  gelu: "gelu_exact",
  "gelu-tanh": "gelu_tanh",
  selu: "selu",
} as const;

test("every activation of the library is there, each with its formula and somebody's opinion", () => {
  for (const name of Object.keys(activations)) assert.ok(activationNames.includes(name), name);
  assert.deepEqual(activationNames.filter((name) => !Object.hasOwn(opinions, name)), []);
  assert.deepEqual(Object.keys(opinions).filter((name) => !activationNames.includes(name)), []);
  assert.deepEqual(activationNames.filter(isPieced), ["maxout"]);
  for (const name of activationNames) assert.ok(definitionOf(name).formula !== "" && definitionOf(name).says !== "", name);
  assert.equal(definitionOf("leaky-relu").alpha, 0.01);
  assert.equal(definitionOf("elu").alpha, 1);
  assert.equal("alpha" in definitionOf("tanh"), false);
  for (const name of ["constructor", "", "__proto__"]) assert.equal(knownActivation(name), activationNames[0]);
});

test("values and slopes are those of slide 49", () => {
  const course = networks.of("activations");
  assert.deepEqual([...Object.keys(rows), "maxout"].sort(), [...activationNames].sort());
  assert.deepEqual(Object.values<string>(rows).sort(), Object.keys(course["rows"]).sort());
  for (const [name, word] of Object.entries(rows)) {
    const { values, slopes } = respond(name, course["x"], []);
    near([...values], course["rows"][word].y, networks.tolerance(course), `${name}, values`);
    near([...slopes], course["rows"][word].dy, networks.tolerance(course), `${name}, slopes`);
  }
});

test("a maxout neuron is the larger of its pieces, and its slope that of the winner", () => {
  const number = fc.double({ min: -farthest, max: farthest, noNaN: true });
  fc.assert(
    fc.property(number, number, number, number, fc.array(number, { minLength: 1, maxLength: 5 }), (w1, b1, w2, b2, at) => {
      const { values, slopes } = respond("maxout", at, [{ w: w1, b: b1 }, { w: w2, b: b2 }]);
      at.forEach((z, i) => {
        const sums = [z * w1 + b1, z * w2 + b2] as const;
        // The sign of a zero does not count.
        assert.ok(values[i] === Math.max(...sums));
        if (sums[0] !== sums[1]) assert.ok(slopes[i] === (sums[0] > sums[1] ? w1 : w2));
      });
    }),
    { numRuns: 50 },
  );
});

test("the population has the mean and the deviation that it is given, and is symmetrical", () => {
  const inputs = inputsOf(0, 1);
  assert.equal(inputs.length, 200);
  inputs.forEach((x, i) => assert.ok(Math.abs(x + inputs[199 - i]!) < 1e-12 && (i === 0 || x > inputs[i - 1]!)));
  // The middle of each two-hundredth: fractiles of the normal distribution, here from a table.
  near([inputs[194]!, inputs[199]!], [1.9188762262165762, 2.8070337683438114], { rtol: 1e-9, atol: 0 }, "fractiles");
  const moved = inputsOf(3, 0.5);
  assert.ok(Math.abs(moved.reduce((sum, x) => sum + x, 0) / 200 - 3) < 1e-12);
});

test("what saturates is counted by its slope, to the last input", () => {
  for (const name of activationNames) {
    const { population, threshold, steepest, saturated, curve } = measure(name, withNumbers({ scale: 4, mean: -1, share: 0.1 }));
    const { values, slopes } = respond(name, population.inputs, [{ w: 1.2, b: -0.3 }, { w: -0.8, b: 0.9 }]);
    assert.equal(threshold, 0.1 * steepest);
    assert.equal(steepest, Math.max(...Array.from(curve.slopes, Math.abs)));
    assert.equal(population.saturated, slopes.filter((slope) => Math.abs(slope) <= threshold).length / 200, name);
    assert.equal(population.still, slopes.filter((slope) => slope === 0).length / 200, name);
    assert.ok(Math.abs(population.meanOutput - values.reduce((sum, v) => sum + v, 0) / 200) < 1e-12, name);
    const inside = (z: number): boolean => saturated.some(([from, to]) => z >= from && z <= to);
    grid.forEach((z, i) => assert.equal(inside(z), Math.abs(curve.slopes[i]!) <= threshold, `${name} at ${z}`));
  }
});

test("the sentences say where it saturates, what passes and what is centred", () => {
  const wide = withNumbers({ scale: 10, z: -6 });
  assert.deepEqual(sentencesOf(measure("tanh", wide), 0.05), [
    "At z = -6 tanh gives -1. Its slope there is 0.00002458, 0.002458% of its largest: saturated.",
    "Looked at from z = -8 to 8, the slope of tanh is at most 1. It is 5% of that or less up to z = -2.2 and from z = 2.2 on.",
    "Of 200 inputs 83% are saturated, and some gradient passes through each.",
    "Their outputs run from -1 to 1 with a mean of 0: they are centred on 0.",
  ]);
  const relu = measure("relu", wide);
  assert.match(probeSentence(relu), /Its slope there is 0, 0% of its largest: no gradient passes\.$/);
  assert.match(saturationSentence(relu, 0.05), /or less up to z = 0\.$/);
  assert.match(populationSentences(relu)[0]!, /50% are saturated; through 50% no gradient passes at all\.$/);
  assert.match(saturationSentence(measure("maxout", wide), 0.05), /Nowhere is it as small as 5% of that\.$/);
  assert.match(saturationSentence(measure("maxout", withNumbers({ slope1: 0, slope2: 0 })), 0.05), /or less everywhere\.$/);
  assert.deepEqual(["sigmoid", "tanh", "relu", "elu"].map((name) => centreOf(measure(name, initialNumbers).population)), ["one sign", "centred", "one sign", "off centre"]);
});

test("one neuron has the losses and gradients of slide 47", () => {
  for (const positive of [true, false]) {
    const softmax = classifiers.of(`neuron-binary-softmax-y${positive ? 1 : 0}`);
    const look = lookAt(stateOf({ positive }));
    near(
      [look.score, look.probability, look.loss, look.scoreGradient, ...neuronInputs.map((name) => look.gradients[name])],
      [softmax["z"], softmax["p"], softmax["loss"], softmax["dz"], softmax["dw"][0], softmax["dx"][0], softmax["dw"][1], softmax["dx"][1], softmax["db"]],
      classifiers.tolerance(softmax),
      softmax.id,
    );
    assert.equal(look.predicted, softmax["predict"] === 1);
    const svm = classifiers.of(`neuron-binary-svm-y${positive ? "+1" : "-1"}`);
    const margin = lookAt(stateOf({ positive, reading: "svm" }));
    near([margin.score, margin.loss, margin.scoreGradient], [svm["score"], svm["loss"], svm["dscore"]], classifiers.tolerance(svm), svm.id);
  }
});

test("the curve of the loss runs through the neuron, and far scores neither overflow nor round to 0", () => {
  for (const reading of readings) {
    for (const positive of [true, false]) {
      const { losses, slopes } = lossCurve(reading, positive);
      const at = scoreGrid.indexOf(1);
      const { loss, scoreGradient } = lookAt(stateOf({ reading, positive }));
      assert.deepEqual([losses[at], slopes[at]], [loss, scoreGradient]);
      const far = lookAt(stateOf({ reading, positive, numbers: withNumbers({ w0: 0, w1: 0, b: positive ? -1000 : 1000 }) }));
      assert.deepEqual([far.loss, Math.abs(far.scoreGradient)], [reading === "svm" ? 1001 : 1000, 1]);
    }
  }
});

test("without a gradient of the data the weights are forgotten step by step, the bias is not", () => {
  const c = classifiers.of("gradual-forgetting");
  let state = stateOf({ reading: "svm", positive: false, numbers: withNumbers({ w0: c["w0"][0], w1: c["w0"][1], x0: 0, x1: 0, b: -5, rate: c["lr"], lambda: c["lambda"] }) });
  for (let k = 1; k <= 100; k++) {
    state = { ...state, numbers: stepped(state) };
    const wanted = c["w_after"][String(k)];
    if (wanted) near([state.numbers.w0, state.numbers.w1], wanted.slice(0, 2), classifiers.tolerance(c), `after ${k} steps`);
  }
  assert.equal(state.numbers.b, -5);
});

test("a step of the logistic neuron is the gradient's, and lowers its loss", () => {
  const before = lookAt(initial);
  const numbers = stepped(initial);
  assert.equal(numbers.w0, initialNumbers.w0 - 0.5 * before.gradients.w0);
  assert.equal(numbers.x0, initialNumbers.x0);
  assert.ok(lookAt({ ...initial, numbers }).loss < before.loss);
});

test("as a circuit the neuron has the same loss and the same gradients", () => {
  for (const reading of readings) {
    for (const positive of [true, false]) {
      const state = stateOf({ reading, positive, numbers: withNumbers({ b: -3.25 }) });
      const { program, inputs } = circuitOf(state);
      const { draft, given } = readProgram(program).written!;
      const circuit = runAt(runnable(draft, given), inputs);
      const look = lookAt(state);
      near([circuit.nodes[circuit.output]!.value as number], [look.loss], { rtol: 1e-12, atol: 0 }, program);
      for (const name of neuronInputs) near([circuit.nodes.find((node) => node.name === name)!.grad as number], [look.gradients[name]], { rtol: 1e-12, atol: 1e-15 }, `${program}: ${name}`);
    }
  }
});

test("the drawings are charts of the library, with every sentence in their description", () => {
  for (const name of activationNames) {
    const measured = measure(name, withNumbers({ z: 30 }));
    const picture = activationPicture(measured, 0.05);
    const svg = chartSVG(picture);
    assert.ok(picture.description.includes(probeSentence(measured)));
    assert.equal(svg.match(/class="curve curve[01]" d="M[^"]*L/g)!.length, 2);
    assert.doesNotMatch(svg, /NaN|Infinity/);
    assert.ok(picture.rug!.x.every((x) => x >= -8 && x <= 8));
  }
  for (const reading of readings) assert.match(chartSVG(lossPicture(stateOf({ reading }))), new RegExp(`The ${reading === "svm" ? "hinge" : "logistic"} loss and its slope`));
});

const states: fc.Arbitrary<NeuronState> = fc.record({
  activation: fc.constantFrom(...activationNames),
  reading: fc.constantFrom(...readings),
  positive: fc.boolean(),
  numbers: fc.tuple(...numberNames.map((name) => {
    const { least = -farthest, most = farthest }: NumberRule = numberRules[name];
    return fc.double({ min: least, max: most, noNaN: true }).map((x) => [name, x === 0 ? 0 : x] as const);
  })).map((entries) => Object.fromEntries(entries) as Numbers),
}, { noNullPrototype: true });

test("a state comes back from its link, and at the ends of all numbers everything is still a number", () => {
  fc.assert(
    fc.property(states, (state) => {
      assert.deepEqual(readState(JSON.parse(JSON.stringify(linkData(state)))), state);
      const { probe, population } = measure(state.activation, state.numbers);
      const look = lookAt(state);
      for (const x of [probe.value, probe.slope, population.meanOutput, look.loss, look.penalty, ...Object.values(look.gradients)]) assert.ok(Number.isFinite(x));
    }),
    { numRuns: 60 },
  );
});

test("no data becomes a state that is none, and no number that may not stand", () => {
  fc.assert(
    fc.property(fc.anything(), (data) => {
      const state = readState(data);
      if (state !== undefined) for (const name of numberNames) assert.ok(isAllowed(name, state.numbers[name]));
    }),
  );
  for (const data of [null, [], "x", {}, { activation: 1, numbers: {} }, { activation: "x".repeat(100), numbers: {} }, { activation: "relu" }]) assert.equal(readState(data), undefined);
  const odd = readState({ activation: "relu", numbers: { z: 1e9, scale: -1, share: 2, mean: "1", b: NaN, w0: 4, __proto__: 3 }, reading: "both", positive: 1 });
  assert.deepEqual(odd, { ...initial, activation: "relu", numbers: { ...initialNumbers, w0: 4 } });
});
