/** What the studio computes with: the table of operations without what only an engine that makes machine code reads of it. */
import { type Plugin, Visitor, parseAst } from "vite";

/** Fields of an operation and of its entry. The studio runs the interpreter, which asks for none of them. */
const unread = ["lanes", "intLanes", "work", "excluded", "sig", "differentiable", "ignores", "masked", "laws"];

interface Span {
  readonly start: number;
  readonly end: number;
}

const isTable = /[\\/]src[\\/]ops[\\/](?:entries|forms)[\\/]/;

/** The text without these fields of the objects that it writes; whatever they alone needed the bundler then leaves out. */
const without = (code: string, fields: readonly string[]): string => {
  const found: Span[] = [];
  const visitor = new Visitor({
    ObjectExpression: ({ properties }) => {
      for (const part of properties) if (part.type === "Property" && part.key.type === "Identifier" && fields.includes(part.key.name)) found.push(part);
    },
  });
  visitor.visit(parseAst(code));
  const isInner = (one: Span): boolean => found.some((other) => other !== one && other.start <= one.start && one.end <= other.end);
  const cuts = found.filter((one) => !isInner(one)).sort((a, b) => b.start - a.start);
  return cuts.reduce((text, { start, end }) => text.slice(0, start) + text.slice(end).replace(/^\s*,/, ""), code);
};

export const lean = (): Plugin => ({
  name: "lean",
  // When the types are gone.
  enforce: "post",
  transform: (code, id) => (isTable.test(id) ? { code: without(code, unread), map: null } : undefined),
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      const read = file.type === "chunk" && unread.find((field) => new RegExp(`[\\w$)\\]]\\??\\.${field}\\b(?!\\s*=[^=])`).test(file.code));
      if (read) this.error(`${file.fileName} reads "${read}" of an operation, which the studio leaves out.`);
    }
  },
});
