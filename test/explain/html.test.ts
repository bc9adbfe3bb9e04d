/** The stepping page as a file: well-formed, closed to everything from outside, escaped, complete without its script. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { toHTML } from "../../src/explain/html.ts";
import { stepsOf } from "../../src/explain/steps.ts";
import { elements, type Element } from "./markup.ts";
import { cases, circuitOf, circuitOfCase } from "./programs.ts";

const read = (html: string): Element[] => {
  assert.ok(html.startsWith("<!doctype html>\n"));
  return elements(html.slice("<!doctype html>\n".length).trim(), ["style", "script"], ["meta", "input"]);
};

interface Data {
  readonly steps: readonly { readonly phase: string; readonly node: number; readonly head: string; readonly lines: readonly string[] }[];
  readonly texts: Readonly<Record<string, readonly (readonly [number, string])[]>>;
}

const dataOf = (all: readonly Element[]): Data =>
  JSON.parse(all.find(({ attributes }) => attributes.get("id") === "data")!.text) as Data;

const cells = (all: readonly Element[]): Map<string, string> =>
  new Map(all.filter(({ name, attributes }) => name === "td" && attributes.has("data-key")).map(({ attributes, text }) => [attributes.get("data-key")!, text]));

const plain = (text: string): string => text.replace(/[\u0001\u0002]/g, "");

test("every case gives a well-formed page of at most 80 kB", () => {
  for (const id of cases.keys()) {
    const html = toHTML(circuitOfCase(id));
    assert.ok(read(html).length > 50);
    assert.ok(Buffer.byteLength(html) <= 80_000, `${id}: ${Buffer.byteLength(html)} bytes`);
  }
});

test("the policy admits nothing but the page's own style and script", () => {
  const all = read(toHTML(circuitOfCase("s10-compound")));
  const policy = all.find(({ attributes }) => attributes.get("http-equiv") === "Content-Security-Policy")!.attributes.get("content")!;
  const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const scripts = all.filter(({ name, attributes }) => name === "script" && attributes.get("type") !== "application/json");
  const styles = all.filter(({ name }) => name === "style");
  assert.equal(scripts.length, 1);
  assert.equal(styles.length, 1);
  assert.deepEqual(policy.split("; "), [
    "default-src 'none'",
    `script-src ${hash(scripts[0]!.text)}`,
    `style-src ${hash(styles[0]!.text)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  const loading = all.flatMap(({ attributes }) => [...attributes.keys()].filter((key) => ["src", "href", "style"].includes(key) || key.startsWith("on")));
  assert.deepEqual(loading, []);
});
