/** Every operation of the table on the engine, with all its gradients, against the interpreter. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { program } from "../../src/api/engine.ts";
import { Draw } from "../../src/check/draw.ts";
import type { OperandType } from "../../src/check/points.ts";
import { Subject } from "../../src/check/subject.ts";
import { allocate, type Value } from "../../src/ir/dtype.ts";
import type { Node } from "../../src/ir/node.ts";
import { sizeOf } from "../../src/ir/shape.ts";
import * as table from "../../src/ops/table.ts";
import type { EntryInfo } from "../../src/ops/forms/entry.ts";
import { interpret } from "../../src/run/interpret.ts";
import { isEntry } from "../../src/ops/forms/entry.ts";
import { assertClose, numbersOf } from "./close.ts";

const entries = Object.values<unknown>(table).filter(isEntry);

/** Ways to draw a float; where slopes are infinite or undefined both runs must say so. */
const floats = {
  normal: (draw: Draw) => draw.normal(),
  small: (draw: Draw) => draw.sign() * 10 ** draw.between(-2, -1),
  large: (draw: Draw) => draw.sign() * draw.between(4, 16),
  special: (draw: Draw) => [-2, -1, -0.5, -0, 0, 0.5, 1, 2][draw.below(8)]!,
  tie: () => 0.75,
  strange: (draw: Draw) => [NaN, Infinity, -Infinity, -0, 1e-310, 1][draw.below(6)]!,
};

const valuesOf = (types: readonly OperandType[], kind: keyof typeof floats, draw: Draw): Value[] =>
  types.map(({ shape, dtype, below }) => {
    const values = allocate(dtype, sizeOf(shape));
    for (let i = 0; i < values.length; i++) values[i] = dtype === "bool" ? draw.below(2) : below > 0 ? draw.below(below) : floats[kind](draw);
    return shape.length === 0 ? values[0]! : values;
  });

const feedsOf = (subject: Subject, kind: keyof typeof floats, draw: Draw): Map<Node, Value> => {
  const types = subject.placeholders.map(({ shape, dtype }, i) => subject.types[i] ?? { shape, dtype, below: 0 });
  const values = valuesOf(types, kind, draw);
  return new Map(subject.placeholders.map((node, i) => [node, values[i]!]));
};

/** The value and all gradients of a sample in one program, at points of every kind. */
const compare = (entry: EntryInfo, sampleIndex: number, narrow: boolean): number => {
  const sample = entry.samples()[sampleIndex]!;
  const subject = new Subject(entry, sample, narrow);
  const roots = [subject.out, ...subject.gradients, subject.tangent].filter((node) => node !== undefined);
  const engine = program(roots, subject.placeholders);
  assert.ok(engine, `${entry.word} runs on the engine`);
  const draw = new Draw(7, sampleIndex);
  let compared = 0;
  for (const kind of Object.keys(floats) as (keyof typeof floats)[]) {
    const feeds = feedsOf(subject, kind, draw);
    const wanted = interpret(roots, feeds);
    const got = engine.run(subject.placeholders.map((node) => feeds.get(node)!));
    roots.forEach((root, i) => {
      assertClose(numbersOf(got[i]!, root), wanted[i]!, root, `${entry.word}, sample ${sampleIndex}, ${narrow ? "float32" : "float64"}, ${kind}, root ${i}`, narrow ? 5e-5 : 1e-10);
      compared += numbersOf(got[i]!, root).length;
    });
  }
  return compared;
};

for (const entry of entries) {
  test(`${entry.word} and its gradients are what the interpreter says, in float64 and float32`, () => {
    let compared = 0;
    entry.samples().forEach((_, i) => {
      compared += compare(entry, i, false) + compare(entry, i, true);
    });
    assert.ok(compared > 0, "something was compared");
  });
}
