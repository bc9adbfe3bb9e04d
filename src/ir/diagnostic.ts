/**
 * Errors are part of the interface. Everything a user can get wrong ends in one `Diagnostic`: a stable code,
 * one sentence with the names and shapes, the place in the user's own text or file, the operands, and the mend.
 */

/** A place in something the user wrote: a source file or a typed program. Lines and columns count from 1. */
export interface Place {
  /** File path or URL; absent for a program typed as an argument. */
  readonly file?: string;
  readonly line: number;
  readonly column: number;
  /** The source line itself, when it is known, to print under the message. */
  readonly text?: string;
  /** How many characters the caret underlines (default 1). */
  readonly length?: number;
}

/** `model.ts:3:5`; without a file line and column alone. */
export const placeText = ({ file, line, column }: Place): string => `${file === undefined ? "" : `${file}:`}${line}:${column}`;

/** One operand of a failing operation, as a person would name it. */
export interface OperandNote {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface DiagnosticDetails {
  readonly place?: Place | undefined;
  readonly operands?: readonly OperandNote[];
  /** What to write instead. */
  readonly help?: string | undefined;
  /** Further facts, one line each. */
  readonly notes?: readonly string[];
  readonly cause?: unknown;
}

/** An error that says what was wrong, where, with which names and shapes, and what to write instead. */
export class Diagnostic extends Error {
  override readonly name: string = "Diagnostic";
  /** Stable, kebab-case; tests and tools match on it, never on the sentence. */
  readonly code: string;
  /** The one sentence, without place and help (`message` holds everything). */
  readonly sentence: string;
  readonly place: Place | undefined;
  readonly operands: readonly OperandNote[];
  readonly notes: readonly string[];
  readonly help: string | undefined;

  constructor(code: string, sentence: string, details: DiagnosticDetails = {}) {
    super(render(sentence, details), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.sentence = sentence;
    this.place = details.place;
    this.operands = details.operands ?? [];
    this.notes = details.notes ?? [];
    this.help = details.help;
  }

  /** The same error with a place or help that only the caller knows; what is already there wins. */
  with(more: DiagnosticDetails): Diagnostic {
    return new Diagnostic(this.code, this.sentence, {
      place: this.place ?? more.place,
      operands: this.operands.length > 0 ? this.operands : (more.operands ?? []),
      notes: [...this.notes, ...(more.notes ?? [])],
      help: this.help ?? more.help,
      cause: this.cause ?? more.cause,
    });
  }

  /** For `--json`: the same fields, nothing else. */
  toJSON(): object {
    const { code, sentence, place, operands, notes, help } = this;
    return { code, message: sentence, place, operands, notes, help };
  }
}

/** A bracketed shape as everywhere in messages: `[3, 4]`, `[]` for a scalar. */
export const shapeText = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

/** Bytes for people, rounded up: `12 MiB`, `1.5 GiB`. */
export const bytesText = (bytes: number): string =>
  bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)} MiB` : `${(Math.ceil(bytes / 2 ** 30 * 10) / 10).toFixed(1)} GiB`;

const widest = 200;

const render = (sentence: string, details: DiagnosticDetails): string => {
  const lines = [sentence];
  const { place } = details;
  if (place) {
    lines.push(`  --> ${placeText(place)}`);
    if (place.text !== undefined) {
      // A very long line is shown as a window around the caret, so that the caret still points at the culprit.
      const from = place.column > widest ? place.column - widest / 2 : 1;
      const shown = place.text.slice(from - 1, from - 1 + widest).replace(/\t/g, " ");
      const before = from > 1 ? "..." : "";
      const after = place.text.length > from - 1 + widest ? "..." : "";
      lines.push(`   | ${before}${shown}${after}`);
      const room = Math.max(1, shown.length - (place.column - from));
      lines.push(`   | ${" ".repeat(before.length + place.column - from)}${"^".repeat(Math.min(room, place.length ?? 1))}`);
    }
  }
  for (const operand of details.operands ?? []) lines.push(`   = ${operand.name}: ${shapeText(operand.shape)}`);
  for (const note of details.notes ?? []) lines.push(`  note: ${note}`);
  if (details.help !== undefined) lines.push(`  help: ${details.help}`);
  return lines.join("\n");
};
