/**
 * A module as text, for golden tests and for people: one line a statement, values that are used at once inside the line
 * that uses them. Read back from the bytes themselves, so that it shows what runs.
 */
import { once } from "../../ir/once.ts";
import type { FunctionRecord, ModuleBuilder } from "./module.ts";
import { instructions, type Instruction } from "./instructions.ts";
import { BodyReader } from "./reader.ts";

/** shrU -> shr_u, atomicRmwAdd -> atomic.rmw.add */
const spelled = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^atomic_/, "atomic.").replace(/\.rmw_/, ".rmw.");

const byCode = once(() => {
  const table = new Map<number, readonly [name: string, instruction: Instruction]>();
  for (const [space, family] of Object.entries(instructions())) {
    for (const [name, instruction] of Object.entries<Instruction>(family)) table.set(instruction.code >>> 0, [`${space}.${spelled(name)}`, instruction]);
  }
  return table;
});

/** The whole module, or only the functions of the given names. */
export const moduleText = (module: ModuleBuilder, only?: readonly string[]): string =>
  module.functions
    .filter((f) => only?.includes(f.name) ?? true)
    .map((f) => functionText(f, module))
    .join("\n\n");

const functionText = (f: FunctionRecord, module: ModuleBuilder): string => {
  const name = (index: number): string => f.body?.names.get(index) ?? `v${index}`;
  const result = f.result === undefined ? "" : `: ${f.result}`;
  const head = `(${f.params.map((type, i) => `${name(i)}: ${type}`).join(", ")})${result}`;
  if (!f.body) return `import ${f.name}${head}`;
  return [`${f.exported ? "export " : ""}function ${f.name}${head} {`, ...bodyLines(new BodyReader(f.body.bytes), name, module), "}"].join("\n");
};

/** Locals that are written more than once, or read before, are variables; a first write of the others says `let`. */
const bodyLines = (r: BodyReader, nameOf: (index: number) => string, module: ModuleBuilder): string[] => {
  for (let runs = r.u32(); runs > 0; runs--) {
    r.u32();
    r.byte();
  }
  const lines: string[] = [];
  const stack: string[] = [];
  const labels: string[] = [];
  let labelled = 0;
  const say = (text: string): void => void lines.push("  ".repeat(labels.length + 1) + text);
  const pop = (): string => stack.pop() ?? "?";
  const popAll = (count: number): string[] => stack.splice(stack.length - count, count);
  const open = (keyword: string, label: string): void => {
    say(`${keyword} {`);
    labels.push(label);
  };
  const target = (): string => labels[labels.length - 1 - r.u32()] ?? "function";
  while (!r.done) {
    const code = r.code();
    const known = byCode().get(code);
    if (known) {
      const [name, { operands, result, immediate }] = known;
      const args = popAll(operands.length);
      const fixed: string[] = [];
      if (immediate === "memory" || immediate === "memoryLane") {
        r.u32();
        const offset = r.u32();
        if (offset > 0) args[0] = `${args[0]} + ${offset}`;
      }
      if (immediate === "lane" || immediate === "memoryLane") fixed.push(`lane ${r.byte()}`);
      if (immediate === "lanes") fixed.push(`[${Array.from({ length: 16 }, () => r.byte()).join(" ")}]`);
      const text = `${name}(${[...args, ...fixed].join(", ")})`;
      if (result === undefined) say(text);
      else stack.push(text);
      continue;
    }
    switch (code) {
      case 0x00:
        say("unreachable");
        break;
      case 0x02:
      case 0x03: {
        r.byte();
        const label = `${code === 0x02 ? "block" : "loop"}${labelled++}`;
        open(label, label);
        break;
      }
      case 0x04:
        r.byte();
        open(`if ${pop()}`, `if${labelled++}`);
        break;
      case 0x05: {
        const label = labels.pop()!;
        say("} else {");
        labels.push(label);
        break;
      }
      case 0x0b:
        if (labels.length === 0) break;
        labels.pop();
        say("}");
        break;
      case 0x0c:
        say(`branch ${target()}`);
        break;
      case 0x0d: {
        const to = target();
        say(`branch ${to} if ${pop()}`);
        break;
      }
      case 0x0e: {
        const to = Array.from({ length: r.u32() + 1 }, target);
        say(`branch ${to.join(", ")} by ${pop()}`);
        break;
      }
      case 0x0f:
        say(`return ${stack.splice(0).join(", ")}`.trimEnd());
        break;
      case 0x10: {
        const callee = module.functions[r.u32()]!;
        const text = `${callee.name}(${popAll(callee.params.length).join(", ")})`;
        if (callee.result === undefined) say(text);
        else stack.push(text);
        break;
      }
      case 0x1a:
        say(`drop ${pop()}`);
        break;
      case 0x1b:
      case 0x1c: {
        if (code === 0x1c) for (let n = r.u32(); n > 0; n--) r.byte();
        const [first, second, condition] = popAll(3);
        stack.push(`select(${first}, ${second}, ${condition})`);
        break;
      }
      case 0x20:
        stack.push(nameOf(r.u32()));
        break;
      case 0x21:
        say(`${nameOf(r.u32())} = ${pop()}`);
        break;
      case 0x22: {
        const name = nameOf(r.u32());
        say(`${name} = ${pop()}`);
        stack.push(name);
        break;
      }
      case 0x23:
        stack.push(module.globals[r.u32()]!.name);
        break;
      case 0x24:
        say(`${module.globals[r.u32()]!.name} = ${pop()}`);
        break;
      case 0x3f:
        r.byte();
        stack.push("memory.size()");
        break;
      case 0x41:
        stack.push(String(r.s32()));
        break;
      case 0x42:
        stack.push(`${r.s64()}n`);
        break;
      case 0x43:
        stack.push(r.number("f32"));
        break;
      case 0x44:
        stack.push(r.number("f64"));
        break;
      case BodyReader.v128Const:
        stack.push(r.vector());
        break;
      case BodyReader.memoryCopy:
        r.skip(2);
        say(`memory.copy(${popAll(3).join(", ")})`);
        break;
      case BodyReader.memoryFill:
        r.skip(1);
        say(`memory.fill(${popAll(3).join(", ")})`);
        break;
      case BodyReader.atomicFence:
        r.skip(1);
        say("atomic.fence()");
        break;
      default:
        throw new Error(`no text for instruction ${code.toString(16)}`);
    }
  }
  return lines;
};

