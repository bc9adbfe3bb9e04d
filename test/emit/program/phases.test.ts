/** Where the threads of a program meet: checked against every pair of steps, one by one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { planned, lowered } from "../../../src/api/engine.ts";
import { type Group, spoiledAt, type Step, stepsOf } from "../../../src/emit/program/phases.ts";
import { bytesOf } from "../../../src/ir/dtype.ts";
import { type Buffer, type Plan, readsOf, writesOf } from "../../../src/ir/kernel.ts";
import { programs } from "../../run/programs.ts";

/** Every fifth kernel leaves something in the shared room in its first stretch, and looks there in its second. */
const split = (plan: Plan, solo: (kernel: number) => boolean): readonly Group[] =>
  plan.kernels.map((kernel, i) => {
    const run = { index: 0, name: "", params: [], result: undefined };
    const stretch = { run, size: 100, block: 10, work: solo(i) ? 1 : 1e6 };
    return { kernel, stretches: i % 5 === 2 ? [{ ...stretch, shared: 8 }, stretch] : [stretch] };
  });

const overlap = (plan: Plan, a: Buffer, b: Buffer): boolean => {
  const [from, start] = [plan.offsets[a.id]!, plan.offsets[b.id]!];
  return from < start + b.size * bytesOf(b.dtype) && start < from + a.size * bytesOf(a.dtype);
};

/** Whether the numbers of the two depend on which of them is done first. */
const disturb = (plan: Plan, a: Group, b: Group): boolean =>
  writesOf(a.kernel).some((x) => [...readsOf(b.kernel), ...writesOf(b.kernel)].some((y) => overlap(plan, x, y))) ||
  readsOf(a.kernel).some((x) => writesOf(b.kernel).some((y) => overlap(plan, x, y)));

for (const { name, roots, donated } of programs()) {
  const plan = planned(lowered(roots), donated);
  for (const [how, solo] of [["shared out", () => false], ["some by the first thread alone", (i: number) => i % 3 === 0]] as const) {
    test(`${name}, ${how}: whatever disturbs another step is apart from it`, () => {
      const groups = split(plan, solo);
      const steps = stepsOf(groups, plan);
      const owner = groups.flatMap((group) => group.stretches.map(() => group));
      const met = steps.reduce<number[]>((counts, { meets }) => [...counts, (counts.at(-1) ?? 0) + Number(meets)], []);
      let apart = 0;
      steps.forEach((late: Step, j) => {
        for (let i = 0; i < j; i++) {
          const early = steps[i]!;
          const same = owner[i] === owner[j] || (owner[i]!.stretches.length > 1 && owner[j]!.stretches.length > 1);
          if (early.solo && late.solo) continue;
          if (!same && !disturb(plan, owner[i]!, owner[j]!)) continue;
          apart++;
          assert.ok(met[j]! > met[i]!, `steps ${i} and ${j}`);
        }
      });
      assert.ok(apart > 0);
      assert.ok(met.at(-1)! < steps.length);
    });
  }

  test(`${name}: what is fed is spoiled by the first step that writes there`, () => {
    const groups = split(plan, () => false);
    const owner = groups.flatMap((group) => group.stretches.map(() => group));
    const spoiled = spoiledAt(groups, plan);
    for (const buffer of plan.buffers.filter(({ origin }) => origin === "fed")) {
      const first = owner.findIndex(({ kernel }) => writesOf(kernel).some((out) => overlap(plan, out, buffer)));
      assert.equal(spoiled.get(buffer) ?? -1, first, buffer.node.name);
    }
  });
}
