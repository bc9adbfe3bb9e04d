/** A strict reader of the markup that we write ourselves: it throws where XML would be broken. */

export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly parent: Element | undefined;
  readonly children: Element[];
  /** Text directly inside. */
  text: string;
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

const unescape = (text: string): string => {
  if (/[^\t\n\r\u0020-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u.test(text)) throw new Error("a character that XML forbids");
  return text.replace(/&([^;]*);?/g, (whole, name: string) => {
    const character = whole.endsWith(";") ? entities[name] : undefined;
    if (character === undefined) throw new Error(`a bare ampersand: ${whole.slice(0, 20)}`);
    return character;
  });
};

/** Every element in order of its start, the root first. `raw`: elements whose text is no markup. */
export const elements = (markup: string, raw: readonly string[] = ["style"], empty: readonly string[] = []): Element[] => {
  const all: Element[] = [];
  const open: Element[] = [];
  const tag = /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*(\/?)>/y;
  for (let at = 0; at < markup.length; ) {
    const inside = open.at(-1);
    const end = inside && raw.includes(inside.name) ? markup.indexOf(`</${inside.name}>`, at) : markup.indexOf("<", at);
    const text = markup.slice(at, end < 0 ? markup.length : end);
    if (inside) inside.text += raw.includes(inside.name) ? text : unescape(text);
    else if (text.trim() !== "") throw new Error(`text outside of the root: ${text.slice(0, 40)}`);
    if (end < 0) break;
    tag.lastIndex = end;
    const found = tag.exec(markup);
    if (!found) throw new Error(`not a tag: ${markup.slice(end, end + 60)}`);
    const [whole, closing, name, written, single] = found as unknown as [string, string, string, string, string];
    at = end + whole.length;
    if (closing !== "") {
      const opened = open.pop();
      if (opened?.name !== name) throw new Error(`</${name}> ends <${opened?.name}>`);
      continue;
    }
    const attributes = new Map<string, string>();
    for (const [, key, value] of written.matchAll(/([\w:-]+)(?:="([^"]*)")?/g)) {
      if (attributes.has(key!)) throw new Error(`${key} stands twice in <${name}>`);
      attributes.set(key!, unescape(value ?? ""));
    }
    const element: Element = { name, attributes, parent: inside, children: [], text: "" };
    inside?.children.push(element);
    all.push(element);
    if (single === "" && !empty.includes(name)) open.push(element);
  }
  if (open.length > 0) throw new Error(`<${open.at(-1)!.name}> has no end`);
  return all;
};

/** Texts of all elements of a class, in order; only those that have the attribute, if one is named. */
export const textsOf = (all: readonly Element[], className: string, attribute?: string): string[] =>
  all
    .filter(({ attributes }) => attributes.get("class")?.split(" ").includes(className) && (attribute === undefined || attributes.has(attribute)))
    .map(({ text }) => text);
