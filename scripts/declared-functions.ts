/**
 * In the source a function is a constant: `const f = (x) => ...`. Before a module runs, V8 builds the whole tree of each
 * such arrow and forgets it again; a declared function it only skims until it is called. So the package declares its
 * functions, which takes a third off the time until a module that imports it begins.
 */
import { parseAst } from "rolldown/parseAst";

/** The same module, in which every constant of its own that holds an arrow function is a declared function of that name. */
export const withDeclaredFunctions = (code: string): string => {
  let made = "";
  let done = 0;
  for (const statement of parseAst(code).body) {
    const declared = declaration(code, statement.type === "ExportNamedDeclaration" ? statement.declaration : statement);
    if (declared === undefined) continue;
    made += code.slice(done, declared.start) + declared.text;
    done = declared.end;
  }
  return made + code.slice(done);
};

type Statement = ReturnType<typeof parseAst>["body"][number];

/** `const` of one arrow function as a declaration; nothing for any other statement. */
const declaration = (code: string, statement: Statement | null): { start: number; end: number; text: string } | undefined => {
  if (statement?.type !== "VariableDeclaration" || statement.kind !== "const" || statement.declarations.length !== 1) return undefined;
  const { id, init } = statement.declarations[0]!;
  if (id.type !== "Identifier" || init?.type !== "ArrowFunctionExpression") return undefined;
  const first = init.params[0];
  const last = init.params.at(-1);
  const params = first && last ? code.slice(first.start, last.end) : "";
  // A body in parentheses begins with the parenthesis, which belongs to no node.
  const arrow = /^[\s,()]*(?:async\s*\(\s*\)\s*)?=>\s*/.exec(code.slice(last?.end ?? init.start, init.end));
  if (!arrow) return undefined;
  const body = code.slice((last?.end ?? init.start) + arrow[0].length, init.end);
  const text = `${init.async ? "async " : ""}function ${id.name}(${params}) ${init.body.type === "BlockStatement" ? body : `{\n\treturn ${body};\n}`}`;
  return { start: statement.start, end: statement.end, text };
};
