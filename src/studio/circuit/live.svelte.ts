/** What the circuit page shows, derived from its document: nothing here is kept but the last program that was right. */
import type { LiveCircuit } from "../../explain/circuit.ts";
import type { CircuitNode } from "../../explain/circuit.types.ts";
import { boxTexts, nodeTexts, type NodeTexts } from "../../explain/box-texts.ts";
import { briefShower } from "../../explain/brief.ts";
import { drawnBoxes, type DrawnBox } from "../../explain/drawing.ts";
import { layOut, type Box, type Layout } from "../../explain/layout.ts";
import { movesOf, stateAfter, type Move } from "../../explain/moves.ts";
import { titleOf } from "../../explain/title.ts";
import { createView, type View } from "../../explain/view.ts";
import type { Mistake } from "../../explain/language/mistake.ts";
import type { Diagnostic } from "../../ir/diagnostic.ts";
import type { Document } from "../document.svelte.ts";
import type { Around, Folds } from "./folding.ts";
import { readProgram, runAt, runnable, type Reading, type Runnable } from "./model.ts";
import { forwardLength } from "./playing.ts";
import type { CircuitState, FoldLevel } from "./state.ts";
import { roomy } from "./room.ts";

/** Boxes that are laid out at once; more are laid out in a worker. A circuit of more gates opens folded by its stages. */
const nearMost = 150;
const nowhere: Layout = { width: 0, height: 0, places: [] };

/** What is read of the document, field by field. */
const fieldsOf = (document: Document<CircuitState>) => ({
  program: document.field("program"),
  level: document.field("level"),
  flipped: document.field("flipped"),
  inputs: document.field("inputs"),
  digits: document.field("digits"),
  step: document.field("step"),
  selected: document.field("selected"),
});

export class LiveProgram {
  readonly document: Document<CircuitState>;
  #lastGood: Runnable | undefined;
  /** What recognises groups; it comes when the first drawing stands. */
  #folding: typeof import("./folding.ts") | undefined = $state.raw();
  /** It could not be loaded: then everything is drawn as it is written. */
  #unfolded = $state(false);

  readonly #read: () => Reading;
  readonly #fields: ReturnType<typeof fieldsOf>;

  /** @param read the program; by default that of the document */
  constructor(document: Document<CircuitState>, read: () => Reading = () => readProgram(this.#text)) {
    this.document = document;
    this.#read = read;
    this.#fields = fieldsOf(document);
  }

  // Each field of the state is read apart: a slider must never parse, differentiate or lay out again, nor ask whether to.
  readonly #text = $derived.by(() => this.#fields.program.value);
  readonly level: FoldLevel = $derived.by(() => this.#fields.level.value ?? (this.gates > nearMost ? "stages" : "written"));
  readonly #flipped = $derived.by(() => this.#fields.flipped.value);
  readonly #inputs = $derived.by(() => this.#fields.inputs.value);
  readonly #reading = $derived.by(() => this.#read());
  /** How many gates the program has as it is written. */
  readonly gates: number = $derived.by(() => this.#reading.written?.draft.nodes.filter(({ kind }) => kind === "gate").length ?? 0);
  readonly folds: Folds | undefined = $derived.by(() => {
    const { written } = this.#reading;
    const how = { level: this.level, flipped: this.#flipped };
    return written && this.#folding?.foldsOf(written.draft, how);
  });
  /** The program as it is drawn; absent until it is known what of it is folded. */
  readonly #draft = $derived.by(() => this.folds?.draft ?? (this.#unfolded || (this.level === "written" && !this.#flipped) ? this.#reading.written?.draft : undefined));
  readonly #runnable = $derived.by(() => {
    const [draft, { written }] = [this.#draft, this.#reading];
    return written && draft ? (this.#lastGood = runnable(draft, written.given)) : this.#lastGood;
  });

  /** What could not be loaded, in words: the page says so, and goes on without it. */
  missing: readonly string[] = $state.raw([]);
  miss(what: string): void {
    if (!this.missing.includes(what)) this.missing = [...this.missing, what];
  }

  /** Loads what is not needed for the first drawing; where that waits for it, the page is painted before. */
  async loadRest(): Promise<void> {
    try {
      const folding = await import("./folding.ts");
      if (!this.circuit) await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
      this.#folding = folding;
    } catch {
      this.#unfolded = true;
      this.miss("What folds groups and stages");
    }
  }

  /** What is wrong with the program as it stands. */
  get problem(): Diagnostic | Mistake | undefined {
    return this.#reading.problem;
  }

  /** The circuit of the last program that was right. */
  readonly circuit: LiveCircuit | undefined = $derived.by(() => this.#runnable && runAt(this.#runnable, this.#inputs));
  readonly digits = $derived.by(() => (this.#fields.digits.value === "few" ? undefined : this.#fields.digits.value));
  readonly view: View | undefined = $derived.by(() => {
    const { circuit } = this;
    // The rules of its gates stay those of the program, so that none is derived again at every move of a slider.
    return circuit && { ...createView(circuit, { digits: this.digits }), rules: circuit.plan.rules };
  });
  /** As the view has it, with numbers that have room on a wire. */
  readonly #brief: View | undefined = $derived.by(() => this.view && { ...this.view, show: briefShower(this.digits) });

  /** Inputs in the order of the program, under the names by which they are given. */
  readonly inputs: readonly { readonly name: string; readonly node: CircuitNode }[] = $derived.by(() => {
    const { circuit } = this;
    return circuit ? circuit.inputs.map((index, i) => ({ name: this.#runnable!.given[i]!, node: circuit.nodes[index]! })) : [];
  });

  /** The boxes of the program whatever its numbers are: what a drawing is made of, while only its texts change. */
  readonly frame: readonly DrawnBox[] = $derived.by(() =>
    this.#runnable ? drawnBoxes({ ...createView(this.#runnable.circuit), show: briefShower(this.digits) }) : [],
  );
  readonly #sizes: readonly Box[] = $derived.by(() => this.frame.map((box) => roomy(box, this.digits)));
  readonly #near: Layout | undefined = $derived.by(() => (this.#sizes.length <= nearMost ? layOut(this.#sizes) : undefined));
  #far: { readonly sizes: readonly Box[]; readonly layout: Layout } | undefined = $state.raw();
  /** Without a place for any box while a large one is made. */
  readonly layout: Layout = $derived.by(() => this.#near ?? (this.#far?.sizes === this.#sizes ? this.#far.layout : nowhere));

  /** Has a large circuit laid out; to be called whenever its boxes change. */
  async arrange(): Promise<void> {
    const sizes = this.#sizes;
    if (this.#near) return;
    // Where what lays out beside the page cannot be loaded, the page does it, and waits for it.
    const aside = await import("./layout-aside.ts").catch(() => this.miss("What lays out a large circuit beside the page"));
    const layout = aside ? await aside.layOutAside(sizes) : layOut(sizes);
    if (sizes === this.#sizes) this.#far = { sizes, layout };
  }

  /** What gates are called, by index; made once for a program, because an expression may be long. */
  readonly titles: readonly string[] = $derived.by(() => this.#runnable?.circuit.nodes.map(titleOf) ?? []);

  /** How many steps both passes have, and the forward pass alone. Numbers change none of it. */
  readonly length = $derived.by(() => {
    const steps = this.#runnable ? movesOf(this.#runnable.circuit) : [];
    return { all: steps.length, forward: forwardLength(steps) };
  });
  readonly done = $derived.by(() => Math.min(this.#fields.step.value ?? this.length.all, this.length.all));
  readonly #steps: readonly Move[] = $derived.by(() => (this.circuit ? movesOf(this.circuit) : []));
  /** What is known at this step; absent when both passes are done. */
  readonly state = $derived.by(() =>
    this.circuit && this.done < this.length.all ? stateAfter(this.circuit, this.#steps, this.done) : undefined,
  );
  readonly texts = $derived.by(() => {
    const [view, state] = [this.#brief, this.state];
    return view ? this.frame.map((box) => boxTexts(view, box, state)) : [];
  });
  /** The numbers of one node in full; of the frame's nodes as well, which were computed at other inputs. */
  textsOf({ index }: CircuitNode): NodeTexts {
    const view = this.view!;
    return nodeTexts(view, view.circuit.nodes[index]!, this.state);
  }
  /** The step that was done last, while there are others to come. */
  readonly current: Move | undefined = $derived.by(() => (this.state ? this.#steps[this.done - 1] : undefined));

  readonly selected: CircuitNode | undefined = $derived.by(() => {
    const name = this.#fields.selected.value;
    return name === undefined ? undefined : this.circuit?.nodes.find((node) => node.name === name);
  });

  /** The wires that bring the selected node its gradient, as `gate:position`. */
  readonly bringing: ReadonlySet<string> = $derived.by(() => {
    const [name, circuit] = [this.#fields.selected.value, this.#runnable?.circuit];
    const uses = circuit?.nodes.find((node) => node.name === name)?.uses ?? [];
    return new Set(uses.map(({ gate, position }) => `${gate}:${position}`));
  });

  /** What is known of the selected node at this step. */
  readonly known = $derived.by(() => {
    const [index, state] = [this.selected?.index ?? -1, this.state];
    if (state === undefined) return { value: true, gradient: true };
    return { value: state.values[index] !== undefined, gradient: state.gradients[index] !== undefined && state.complete[index] === true };
  });

  select(node: CircuitNode): void {
    this.document.move({ selected: node.name });
  }

  /** Opens the box that is selected; from inside of an open one it is folded again, unless it is `only` to be opened. */
  turn(only = false): void {
    const box = this.around.at(-1);
    if (box && (box.folded || !only)) this.flip(box.key);
  }

  /** Folds or opens one group; the gates are others then, and so the step. */
  flip(key: string): void {
    const flipped = this.document.state.flipped ?? [];
    this.document.change({ flipped: flipped.includes(key) ? flipped.filter((one) => one !== key) : [...flipped, key], step: undefined });
  }

  /** The boxes around the selected gate. */
  readonly around: readonly Around[] = $derived.by(() => this.folds?.around(this.#fields.selected.value ?? "") ?? []);

  /** Goes to a step, and looks at the gate that it is about. */
  goTo(count: number): void {
    const { all } = this.length;
    const step = Math.max(0, Math.min(all, count));
    const at = step < all ? this.#steps[step - 1] : undefined;
    const node = at && this.circuit?.nodes[at.node];
    this.document.move({ step: step === all ? undefined : step, ...(node ? { selected: node.name } : {}) });
  }

  setInput(name: string, value: number): void {
    this.document.change({ inputs: { ...this.document.state.inputs, [name]: value } }, `input ${name}`);
  }
}
