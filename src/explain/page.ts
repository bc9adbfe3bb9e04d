/**
 * Look and behaviour of the stepping page, as the texts that go into it. The script only moves texts from the page's data
 * into elements: it makes no markup and no code of anything that a user wrote.
 */

export const pageStyle = `
*{box-sizing:border-box}
html{color-scheme:light dark}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{display:grid;grid-template-columns:minmax(0,1fr);gap:1rem;max-width:110rem;margin:0 auto;padding:1rem}
h1{font-size:1.3rem;line-height:1.3;margin:0;overflow-wrap:anywhere}
h2{font-size:1rem;margin:0 0 .5rem}
pre{margin:.25rem 0 0;max-height:9rem;overflow:auto;color:var(--quiet);font-size:.85rem;white-space:pre-wrap;overflow-wrap:anywhere}
.drawing,.scroll{overflow:auto;border:1px solid var(--line);border-radius:8px}
.drawing svg{display:block;margin:0 auto}
.controls{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}
.controls[hidden]{display:none}
.controls input{flex:1 1 10rem;min-width:8rem;accent-color:var(--mark)}
button{font:inherit;color:inherit;background:var(--box);border:1px solid var(--line);border-radius:6px;padding:.3rem .8rem;cursor:pointer}
button:hover:enabled{border-color:var(--ink)}
button:disabled{opacity:.45;cursor:default}
:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
.keys{margin:0;color:var(--quiet);font-size:.85rem}
kbd{font:inherit;border:1px solid var(--line);border-radius:4px;padding:0 .3rem}
.panel{border:1px solid var(--line);border-radius:8px;padding:.75rem 1rem;min-height:11rem;overflow-wrap:anywhere}
.panel .where{color:var(--quiet);font-size:.85rem}
.panel .head{font-weight:600;margin:.25rem 0 .5rem}
.panel ul{margin:0;padding-left:1.2rem}
.panel .says{color:var(--quiet);font-size:.9rem;margin:.5rem 0 0}
em{color:var(--gradient);font-style:italic}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.5rem .75rem;color:var(--quiet)}
th,td{padding:.25rem .75rem;text-align:left;vertical-align:top;font-weight:400}
thead th{font-weight:600;border-bottom:1px solid var(--line);white-space:nowrap}
tbody{border-bottom:1px solid var(--line)}
tbody th{min-width:8rem;max-width:22rem;overflow-wrap:break-word}
td.value{color:var(--value)}
td.gradient{color:var(--gradient);font-style:italic}
td.unknown{color:var(--quiet);font-style:normal;font-size:.8rem;white-space:nowrap}
tbody.current{background:var(--box)}
.circuit .unknown,.circuit .gradient.unknown{fill:var(--quiet);font-style:normal}
.circuit .current .shape{stroke:var(--mark);stroke-width:4}
.circuit .wire.current{stroke:var(--mark);stroke-width:3}
.hidden-text{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (min-width:70rem){main{grid-template-columns:minmax(0,1fr) 25rem}header,.table{grid-column:1/-1}.side{grid-row:2/4;grid-column:2}}
@media (prefers-reduced-motion:no-preference){.circuit .shape,.circuit .wire{transition:stroke .15s}.drawing{scroll-behavior:smooth}}
@media print{.controls,.keys,.side{display:none}}
`;

export const pageScript = `"use strict";
const { steps, texts } = JSON.parse(document.getElementById("data").textContent);
const find = (id) => document.getElementById(id);
const [scrubber, previous, next] = ["scrubber", "previous", "next"].map(find);
const firstBackward = steps.findIndex((step) => step.phase === "backward");
const places = new Map();
for (const element of document.querySelectorAll("[data-key]")) {
  const key = element.dataset.key;
  if (!places.has(key)) places.set(key, []);
  places.get(key).push(element);
}
let at = 0;

/* The text that is known after so many steps, undefined before there is one. */
const known = (list, count) => {
  let text;
  for (const [step, later] of list) if (step <= count) text = later;
  return text;
};

/* Gradients are set off; everything else is plain text. */
const write = (element, text) => {
  element.replaceChildren();
  text.split(/[\\u0001\\u0002]/).forEach((part, i) => {
    if (i % 2 === 0) element.append(part);
    else {
      const gradient = document.createElement("em");
      gradient.textContent = part;
      element.append(gradient);
    }
  });
};

const plain = (text) => text.replace(/[\\u0001\\u0002]/g, "");

const mark = (step) => {
  for (const element of document.querySelectorAll(".current")) element.classList.remove("current");
  if (!step) return;
  for (const element of document.querySelectorAll('[data-node="' + step.node + '"]')) element.classList.add("current");
  const wires = step.phase === "backward" ? '[data-edge^="' + step.node + ':"]' : "";
  if (wires !== "") for (const element of document.querySelectorAll(wires)) element.classList.add("current");
  const box = document.querySelector('.circuit [data-node="' + step.node + '"]');
  const frame = find("drawing");
  if (!box) return;
  const [inner, outer] = [box.getBoundingClientRect(), frame.getBoundingClientRect()];
  if (inner.left < outer.left + 40 || inner.right > outer.right - 110) frame.scrollLeft += (inner.left + inner.right - outer.left - outer.right) / 2;
  if (inner.top < outer.top + 20 || inner.bottom > outer.bottom - 20) frame.scrollTop += (inner.top + inner.bottom - outer.top - outer.bottom) / 2;
};

const show = (count) => {
  at = Math.max(0, Math.min(steps.length, count));
  for (const [key, elements] of places) {
    const text = known(texts[key] ?? [], at);
    for (const element of elements) {
      element.textContent = text ?? (element instanceof SVGElement ? "?" : "not computed yet");
      element.classList.toggle("unknown", text === undefined);
    }
  }
  const step = steps[at - 1];
  const where = step ? "Step " + at + " of " + steps.length + ", " + step.phase + " pass" : "Before the first of " + steps.length + " steps";
  const head = step ? step.head : "Nothing is computed yet.";
  find("where").textContent = where;
  write(find("head"), head);
  const list = find("lines");
  list.replaceChildren(...(step ? step.lines : []).map((line) => {
    const item = document.createElement("li");
    write(item, line);
    return item;
  }));
  find("says").textContent = step ? step.says : "Space or the right arrow takes the first step.";
  find("live").textContent = plain([where + ": " + head, ...(step ? step.lines : [])].join("; "));
  scrubber.value = String(at);
  scrubber.setAttribute("aria-valuetext", where);
  previous.disabled = at === 0;
  next.disabled = at === steps.length;
  mark(step);
};

const actions = {
  previous: () => show(at - 1),
  next: () => show(at + 1),
  first: () => show(0),
  last: () => show(steps.length),
  forward: () => show(1),
  backward: () => show(firstBackward + 1),
};
const keys = { " ": "next", ArrowRight: "next", ArrowLeft: "previous", Home: "first", End: "last", f: "forward", b: "backward" };

for (const name of Object.keys(actions)) find(name)?.addEventListener("click", actions[name]);
scrubber.addEventListener("input", () => show(Number(scrubber.value)));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
  const own = event.target instanceof HTMLButtonElement ? event.key === " " : event.target === scrubber && event.key !== "f" && event.key !== "b" && event.key !== " ";
  if (own) return;
  event.preventDefault();
  actions[keys[event.key]]();
});
find("controls").hidden = false;
find("side").hidden = false;
show(0);
`;
