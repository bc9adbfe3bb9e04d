/** Printed functions as plain JavaScript: their types move into a comment, where editors and the compiler still find them. */

/** The head of a function as printers and helpers write it: `const f = (x: number, y: number): number =>`. */
const head = /^( *)const (\w+) = \(((?:\w+: \w+(?:, )?)*)\): (\w+) =>/gm;

export const plainJavaScript = (text: string): string =>
  text.replace(head, (_, indent: string, name: string, parameters: string, result: string) => {
    const names = parameters.replace(/: \w+/g, "");
    return `${indent}/** @type {(${parameters}) => ${result}} */\n${indent}const ${name} = (${names}) =>`;
  });
