/** `chainrule landscape --steps` and `--strategies`: how long a step should be, and what the gradient is worth. */
import { key as keyOf } from "../../api/random.ts";
import { plot } from "../../check/plot.ts";
import { columns } from "../../check/report.ts";
import { chartSVG, type Curve } from "../../explain/charts/lines.ts";
import { stepTable } from "../../train/landscape/steps.ts";
import { compareStrategies, type Strategy } from "../../train/landscape/strategies.ts";
import { goodness, measure } from "../../train/task.ts";
import type { Subject } from "./subject.ts";
import type { Tell, View } from "./view.ts";

const digits = (loss: number): string => (Number.isFinite(loss) ? String(Number(loss.toPrecision(7))) : String(loss));

/** Steps are powers of ten, and read best as such. */
const stepText = (step: number): string => (step < 1 ? step.toExponential() : String(step));

const changeText = (change: number): string => (Number.isFinite(change) ? `${change > 0 ? "+" : ""}${Number(change.toPrecision(2))}` : "");

export const stepsView = ({ run, plan, loss, rows }: Subject): View => {
  const table = stepTable(loss, plan.start);
  const { best, explodes } = table;
  const notes = (row: (typeof table.rows)[number]): string => (row === best ? "best" : row.step === explodes ? "larger than before the step" : "");
  const lines = columns([["step", "loss after it", "change", ""], ...table.rows.map((row) => [stepText(row.step), digits(row.loss), changeText(row.loss - table.loss), notes(row)])], [3]);
  const title = "Loss after one step against the gradient, by the length of the step";
  const remark = `at the start of training, where the loss is ${digits(table.loss)}, on ${rows} training rows`;
  const end = explodes === undefined ? "" : `; from ${stepText(explodes)} on the loss is larger than before`;
  return {
    json: table,
    text: () => `${title}\n(${remark})\n\n${lines.join("\n")}\n\nthe loss falls most with the step ${stepText(best.step)}${end}`,
    svg: () =>
      chartSVG({
        title,
        remarks: [`${run}: ${remark}`],
        description: `One step: ${table.rows.map((row) => `${stepText(row.step)} gives ${digits(row.loss)}`).join(", ")}.`,
        x: { label: "length of the step (times the gradient)", log: true },
        y: { label: "loss after it", log: table.rows.every((row) => !(row.loss <= 0)) },
        curves: [{ name: "loss", points: table.rows.map((row) => [row.step, row.loss]) }],
        marks: table.rows.map((row) => ({
          x: row.step,
          y: row.loss,
          shape: row === best ? "star" : row.step === explodes ? "cross" : "dot",
          title: `step ${stepText(row.step)}: loss ${digits(row.loss)}`,
          ...(row === best ? { label: `best: ${stepText(row.step)}` } : row.step === explodes ? { label: "explodes" } : {}),
        })),
      }),
  };
};

const run = <M>(strategies: Generator<number, readonly Strategy<M>[], void>, looks: number, tell: Tell): readonly Strategy<M>[] => {
  const began = performance.now();
  for (;;) {
    const next = strategies.next();
    if (next.done) return next.value;
    tell("comparing strategies", { done: next.value, all: looks, unit: "look", seconds: (performance.now() - began) / 1000 });
  }
};

export const strategiesView = (subject: Subject, evaluations: number, seed: number, tell: Tell): View => {
  const { plan, loss, rows } = subject;
  const strategies = run(compareStrategies(loss, plan.start, { evaluations, key: keyOf(seed) }), 3 * evaluations, tell);
  const { task, data } = plan;
  const validation = strategies.map(({ model }) => (task.kind === "loss" ? undefined : goodness(measure(task, model, data.validation))));
  const shown = (value: number | undefined): string =>
    value === undefined ? "" : task.kind === "class" ? `${(100 * value).toFixed(1)}%` : value.toFixed(3);
  const wanted = task.kind === "class" ? "right on validation rows" : task.kind === "number" ? "R^2 on validation rows" : "";
  const lines = columns([["strategy", "lowest loss", wanted], ...strategies.map(({ name, losses }, i) => [name, digits(losses.at(-1)!), shown(validation[i])])]);
  const curves: Curve[] = strategies.map(({ name, losses }) => ({ name, points: losses.map((v, i) => [i + 1, v] as const) }));
  const title = `Three ways to a low loss, each with ${evaluations} looks at it`;
  const remark = "random search guesses, local search keeps random steps that help, descent follows the gradient";
  const log = curves.every(({ points }) => points.every(([, v]) => v > 0));
  // Not the first: gradient descent is the full line of the plot.
  const drawn = [...curves].reverse();
  return {
    json: strategies.map(({ name, losses }, i) => ({ name, losses, ...(validation[i] === undefined ? {} : { validation: validation[i] }) })),
    text: () =>
      `${title}\n(${remark}; ${rows} training rows)\n\n${plot(drawn, { x: { label: "looks at the loss", log: true }, y: { label: "lowest loss so far", log } })}\n\n${lines.join("\n")}\n\na look of gradient descent computes the gradient, too, which costs about as much as two more looks`,
    svg: () =>
      chartSVG({
        title,
        remarks: [`${subject.run}: ${rows} training rows`, remark],
        description: `Lowest loss at the end: ${strategies.map(({ name, losses }) => `${name} ${digits(losses.at(-1)!)}`).join(", ")}.`,
        x: { label: "looks at the loss", log: true },
        y: { label: "lowest loss so far", log },
        curves: drawn,
      }),
  };
};
