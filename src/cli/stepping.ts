/** `explain --step`: forward and backward pass one step at a time; on a terminal Enter asks for the next. */
import type { Explanation, TextOptions } from "../explain/index.ts";
import type { Context } from "./command.ts";
import { endOnInterrupt } from "./interrupt.ts";
import { jsonText } from "./output.ts";

export const showSteps = async (explanation: Explanation, options: TextOptions, asJson: boolean, { io, say }: Context): Promise<void> => {
  const { nodes } = explanation.circuit;
  const steps = explanation.steps(options);
  if (asJson) {
    const named = steps.map(({ phase, node, sentence, changed }) => ({
      phase,
      node: nodes[node]!.name,
      sentence,
      changed: changed.map(({ node: at, wire, number, complete }) => ({ node: nodes[at]!.name, wire, number, complete })),
    }));
    io.out.write(jsonText({ schema: 1, steps: named }));
    return;
  }
  const waits = io.in.isTTY && io.out.isTTY;
  const done = waits ? endOnInterrupt() : () => {};
  const lines = waits ? io.in.chunks()[Symbol.asyncIterator]() : undefined;
  if (waits) say("Enter shows the next step, q and Enter ends.");
  for (const [i, { phase, sentence }] of steps.entries()) {
    if (phase !== steps[i - 1]?.phase) io.out.write(`${i === 0 ? "" : "\n"}${phase === "forward" ? "Forward" : "Backward"}\n`);
    const number = String(i + 1).padStart(String(steps.length).length);
    const indent = " ".repeat(number.length + 2);
    io.out.write(`${number}  ${sentence.replaceAll("\n", `\n${indent}`)}\n`);
    if (!lines || i === steps.length - 1) continue;
    const { value, done: ended } = await lines.next();
    if (ended || new TextDecoder().decode(value).trim().toLowerCase() === "q") break;
  }
  await lines?.return?.();
  done();
};
