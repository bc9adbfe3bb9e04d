/** What the circuit page computes, without a browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { boxTexts } from "../../src/explain/box-texts.ts";
import { briefShower, widestNumber } from "../../src/explain/brief.ts";
import type { Circuit } from "../../src/explain/circuit.types.ts";
import { drawnBoxes, fontSize, widthOf } from "../../src/explain/drawing.ts";
import { chainTerm, gateCard, stepLines } from "../../src/explain/gate.ts";
import { Mistake } from "../../src/explain/language/mistake.ts";
import * as sentences from "../../src/explain/language/mistakes.ts";
import { movesOf, stateAfter } from "../../src/explain/moves.ts";
import { numericSlope } from "../../src/explain/numeric.ts";
import { foldables, foldDraft } from "../../src/explain/regroup.ts";
import { shower } from "../../src/explain/numbers.ts";
import { titleOf } from "../../src/explain/title.ts";
import { createView } from "../../src/explain/view.ts";
import { gallery } from "../../src/studio/circuit/gallery.ts";
import { markedLines } from "../../src/studio/circuit/marking.ts";
import { readProgram, runAt, runnable } from "../../src/studio/circuit/model.ts";
import { hiddenNames, noAnswers, scoreText } from "../../src/studio/circuit/quiz.ts";
import { isRight } from "../../src/studio/circuit/answer.ts";
import { rangeFor, readTyped, typed } from "../../src/studio/circuit/range.ts";
import { roomy } from "../../src/studio/circuit/room.ts";
import { behindBox, beforeBox } from "../../src/explain/spots.ts";
import { begin, changed, moved, redone, settled, undone } from "../../src/studio/history.ts";
import { close, exampleCase, numberOf } from "../explain/cases.ts";
import { cases, circuitOf, circuitOfCase } from "../explain/programs.ts";

const read = (text: string) => {
  const { written, problem } = readProgram(text);
  if (written === undefined) throw problem;
  return runnable(written.draft, written.given);
};

test("every example has the numbers of its case, by name and to the last bit that counts", () => {
  for (const { id, program, inputs } of gallery) {
    const circuit = runAt(read(program), inputs);
    const { values, grads, rtol, atol } = exampleCase(id);
    const named = circuit.nodes.filter(({ name }) => name in values);
    assert.ok(named.length > Object.keys(inputs).length, id);
    for (const { name, value, grad } of named) {
      assert.ok(close(value as number, numberOf(values[name]!), rtol, atol), `${id} ${name}`);
      assert.ok(close(grad as number, numberOf(grads[name]!), rtol, atol), `${id} d${name}`);
    }
  }
});

test("what nobody gave is 1, what the program does not read is left alone, and names are the user's", () => {
  assert.deepEqual(read("x = x + y; f = x * e").given, ["x", "y"]);
  const circuit = runAt(read("f = a * b"), { b: 3, unused: 7 });
  assert.deepEqual(circuit.nodes.map(({ value }) => value), [1, 3, 3]);
  assert.equal(runAt(read("f = toString * 2"), {}).nodes.at(-1)!.value, 2);
});

test("a mistake is cut out of the text at its place", () => {
  const text = "q = x + y\nf = q * (z";
  const { problem } = readProgram(text);
  assert.ok(problem instanceof Mistake);
  const { before, marked, after } = markedLines(text, problem.say(sentences).place);
  assert.equal(before + marked.trim() + after, text);
  assert.deepEqual(markedLines("a\nbcd", { line: 2, column: 2, length: 2 }), { before: "a\nb", marked: "cd", after: "" });
  assert.deepEqual(markedLines("ab", { line: 1, column: 3 }), { before: "ab", marked: " ", after: "" });
  assert.deepEqual(markedLines("ab", undefined), { before: "ab", marked: "", after: "" });
});

test("a number on a wire never has more characters than its wire has room for, and stays the number that it is", () => {
  assert.deepEqual([-12, 123.456, -1234.56, -123456.789, -1234567.8, 1.2e-15, NaN, -Infinity].map(briefShower(2)), ["-12.00", "123.46", "-1234.6", "-123457", "-1.23e6", "0.00", "NaN", "-∞"]);
  assert.deepEqual([-12, 1 / 3, -1.2345e-15, -0.000123456, 123456789012].map(briefShower(undefined)), ["-12", "0.3333", "-1.23e-15", "-0.000123", "1.235e11"]);
  fc.assert(
    fc.property(fc.double(), fc.constantFrom(2, 4, 8, undefined), (x, digits) => {
      const text = briefShower(digits)(x);
      assert.ok(widthOf(text, 1) <= widthOf(widestNumber(digits), 1) + 1e-9, text);
      const full = shower(digits)(x);
      if (text !== full && Number.isFinite(x)) assert.ok(Math.abs(Number(text) / Number(full) - 1) <= 0.5 || Math.abs(x) > 1e307, `${full} is no ${text}`);
    }),
  );
});

test("every wire has room for any number that inputs may bring, and the boxes stay where they are", () => {
  const numbers = fc.oneof(fc.double(), fc.double({ min: -1e4, max: 1e4 }));
  for (const { program } of gallery) {
    const runs = read(program);
    const boxesAt = (circuit: Circuit, digits: number | undefined) => drawnBoxes({ ...createView(circuit), show: briefShower(digits) });
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...runs.given), numbers), fc.constantFrom(2, 4, 8, undefined), (inputs, digits) => {
        const kept = boxesAt(runs.circuit, digits).map((box) => roomy(box, digits));
        boxesAt(runAt(runs, inputs), digits).forEach(({ name, value, gradient, ports }, i) => {
          for (const text of [name === "" ? value : `${name} = ${value}`, gradient]) assert.ok(widthOf(text, fontSize.wire) + behindBox <= kept[i]!.room + 1e-9, text);
          ports.forEach(({ contribution }, k) => assert.ok(contribution === undefined || widthOf(contribution, fontSize.branch) + beforeBox <= kept[i]!.ports[k]!.room + 1e-9, contribution));
        });
      }),
      { numRuns: 20 },
    );
  }
});

test("the card of a gate: pencil and paper formulas with numbers where nothing has a name", () => {
  const circuit = runAt(read(gallery[0]!.program), gallery[0]!.inputs);
  const view = createView(circuit, { digits: 2 });
  const told = circuit.nodes.flatMap(({ edges }) =>
    edges.map((edge) => chainTerm(view, edge)).map(({ formula, local, upstream, contribution }) => `${formula ?? ""}=${local} x ${upstream} = ${contribution}`),
  );
  assert.deepEqual(told, [
    "x0=-1.00 x 0.20 = -0.20",
    "w0=2.00 x 0.20 = 0.39",
    "x1=-2.00 x 0.20 = -0.39",
    "w1=-3.00 x 0.20 = -0.59",
    "=1.00 x 0.20 = 0.20",
    "=1.00 x 0.20 = 0.20",
    "=1.00 x 0.20 = 0.20",
    "=1.00 x 0.20 = 0.20",
    "=-1.00 x -0.20 = 0.20",
    "=0.37 x -0.53 = -0.20",
    "=1.00 x -0.53 = -0.53",
    "-1 / 1.37^2=-0.53 x 1.00 = -0.53",
  ]);
  const { name, formula, numbers, value, gradient, pattern } = gateCard(view, circuit.nodes[5]!);
  assert.deepEqual({ name, formula, numbers, value, gradient, pattern }, { name: "w0 * x0", formula: "w0 * x0", numbers: "2.00 * (-1.00)", value: "-2.00", gradient: "0.20", pattern: "switcher" });
  assert.equal(titleOf(circuit.nodes.at(-2)!), `the add gate ${circuit.nodes.at(-2)!.name}`);
});

test("the lines of each step name what passes, and add up where branches meet", () => {
  const circuit = circuitOf("f = a * a", { a: 3 });
  const view = createView(circuit, { digits: 2 });
  assert.deepEqual(
    movesOf(circuit).map((step) => stepLines(view, step)),
    [
      ["a is given: 3.00"],
      ["f = a * a = 3.00 * 3.00 = 9.00"],
      ["f starts with the gradient 1.00"],
      ["a gets [a = 3.00] × [1.00] = 3.00", "a gets [a = 3.00] × [1.00] = 3.00", "a adds up 3.00 + 3.00 = 6.00"],
    ],
  );
});

test("the numeric slope agrees with every gradient of every case, inner gates included", () => {
  for (const id of cases.keys()) {
    const circuit = circuitOfCase(id);
    for (const { index, name } of circuit.nodes) {
      const slope = numericSlope(circuit, index)!;
      assert.ok(["good", "ok", "too high"].includes(slope.verdict) && (slope.verdict !== "too high" || slope.error < 1e-5), `${id} ${name}: ${slope.verdict} ${slope.error}`);
    }
  }
  const kink = circuitOf("f = relu(x) * 2", { x: 1e-7 });
  assert.equal(numericSlope(kink, 0)!.verdict, "kink crossed");
  assert.equal(numericSlope(circuitOf("f = log(x)", { x: 0 }), 0)!.verdict, "not finite");
  for (const [program, x] of [["f = x + 1e12", 1], ["f = x * 3", 1e9], ["f = x * x", 123456789]] as const) {
    assert.equal(numericSlope(circuitOf(program, { x }), 0)!.verdict, "hidden by rounding", program);
  }
  assert.equal(numericSlope(circuitOf("f = x * x", { x: 100 }), 0)!.verdict, "good");
});

test("groups fold and open one by one, at the same place whatever else is folded", () => {
  const { draft } = circuitOf("a = sigmoid(x)\nf = a * (1 / (1 + exp(-y)))", { x: 1, y: 2 }).plan;
  const all = foldables(draft);
  assert.deepEqual(all.map(({ word, written, expr }) => [word, written, expr]), [
    ["sigmoid", true, "sigmoid(x)"],
    ["sigmoid", false, "(1 / (1 + exp((-y))))"],
  ]);
  const ops = (...folded: readonly boolean[]): string =>
    foldDraft(draft, ({ key }) => folded[all.findIndex((one) => one.key === key)]!).nodes.map(({ op }) => op).join(" ");
  assert.equal(ops(true, false), "input input sigmoid neg exp add div mul");
  assert.equal(ops(true, true), "input input sigmoid sigmoid mul");
  assert.equal(ops(false, true), "input input sigmoid neg exp add inv mul");
  assert.equal(ops(false, false), "input input neg exp add div neg exp add inv mul");
});

test("before its step a number has no text, and a gradient that grows says so", () => {
  const circuit = circuitOf("f = a * a", { a: 3 });
  const view = createView(circuit, { digits: 2 });
  const steps = movesOf(circuit);
  const at = (count: number) => drawnBoxes(view).map((box) => boxTexts(view, box, stateAfter(circuit, steps, count)));
  assert.ok(at(0).every(({ value, gradient }) => value === undefined && gradient === undefined));
  assert.deepEqual(at(1).map(({ value }) => value), ["3.00", undefined]);
  assert.deepEqual(at(3).map(({ gradient }) => gradient), [undefined, "1.00"]);
  assert.deepEqual(at(3)[1]!.contributions, [undefined, undefined]);
  assert.deepEqual(at(4)[1]!.contributions, ["3.00", "3.00"]);
  const forked = circuitOf("p = a * 2; f = p * a", { a: 3 });
  const partial = stateAfter(forked, movesOf(forked), 5);
  const box = drawnBoxes(createView(forked, { digits: 2 }))[0]!;
  const { gradient, partial: grows } = boxTexts(createView(forked, { digits: 2 }), box, partial);
  assert.deepEqual([gradient, grows], ["6.00", true]);
});

test("answers are right to the last shown digit or to one percent", () => {
  assert.ok(isRight(0.2, 0.19661, 2) && isRight(-0.4, -0.3968, 2) && !isRight(0.21, 0.19661, 2) && !isRight(0.2, -0.19661, 2));
  assert.ok(isRight(100.9, 100, 2) && !isRight(102, 100, 2) && isRight(Infinity, Infinity, 2) && isRight(0, 0, 2));
  const circuit = circuitOf("q = x + y; f = q * z", { x: 1, y: 2, z: 3 });
  assert.deepEqual([...hiddenNames(circuit, new Map([["q", "right"], ["x", "wrong"], ["z", "shown"]]))], ["x", "y"]);
  assert.equal(scoreText(circuit, noAnswers), "0 of 4 right");
  assert.equal(scoreText(circuit, new Map([["q", "right"], ["z", "shown"]])), "1 of 4 right, 1 shown");
});

test("ranges hold their value, and numbers are read as people type them", () => {
  for (const x of [0, -5, 5.1, 12, -999, 1e12, NaN, Infinity]) {
    const { min, max, step } = rangeFor(x);
    assert.ok(min === -max && step > 0 && Number.isFinite(max) && (!Number.isFinite(x) || Math.abs(x) <= max), String(x));
  }
  assert.deepEqual([rangeFor(2).max, rangeFor(7).max, rangeFor(30).max, rangeFor(60).max], [5, 10, 50, 100]);
  for (const text of ["", " ", "x", "0x10", "1 2", "--1"]) assert.equal(readTyped(text), undefined, text);
  assert.deepEqual(["1,5", "−2", "1e3", " 7 ", "-Infinity"].map(readTyped), [1.5, -2, 1000, 7, -Infinity]);
  for (const x of [-0, 0.1, 1e300]) assert.ok(Object.is(readTyped(typed(x)), x));
});

test("undo takes changes of one kind together, and passes over what is only looked at", () => {
  let history = begin({ a: 0, b: 0 });
  for (const a of [1, 2, 3]) history = changed(history, { ...history.present, a }, "slider");
  history = moved(history, { ...history.present, b: 9 });
  history = changed(settled(history), { ...history.present, a: 4 }, "slider");
  assert.deepEqual(undone(history).present, { a: 3, b: 9 });
  assert.deepEqual(undone(undone(history)).present, { a: 0, b: 0 });
  assert.deepEqual(undone(undone(undone(history))).present, { a: 0, b: 0 });
  assert.deepEqual(redone(undone(history)).present, { a: 4, b: 9 });
  assert.equal(redone(history), history);
});
