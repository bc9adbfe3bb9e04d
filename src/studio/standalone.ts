/** A drawing of the page as an image of its own. */

/** What the page's style sheets say about a drawing, and an attribute can say as well. */
const looks = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linejoin", "stroke-linecap", "opacity", "paint-order", "font-family", "font-size", "font-weight", "font-style", "text-anchor"] as const;

/** Everything that is for the hand, not for the eye. */
const forHands = "[data-hand]";

/**
 * The drawing as SVG text that needs nothing else: in the colours that it has now, on the page's background, without what
 * is there to be touched, with `title` as its name.
 */
export const standalone = (drawing: SVGSVGElement, title: string): string => {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const [originals, copies] = [drawing.querySelectorAll("*"), copy.querySelectorAll("*")];
  originals.forEach((original, i) => {
    const [style, target] = [getComputedStyle(original), copies[i]!];
    for (const look of looks) target.setAttribute(look, style.getPropertyValue(look));
    for (const { name } of [...target.attributes]) if (/^(?:class|role|tabindex|aria-.*)$/.test(name)) target.removeAttribute(name);
  });
  for (const one of copy.querySelectorAll(forHands)) one.remove();
  const { width, height } = drawing.viewBox.baseVal;
  for (const { name } of [...copy.attributes]) if (name !== "viewBox") copy.removeAttribute(name);
  for (const [name, size] of [["width", width], ["height", height]] as const) copy.setAttribute(name, String(size));
  const make = (name: string): SVGElement => document.createElementNS("http://www.w3.org/2000/svg", name);
  const [name, paper] = [make("title"), make("rect")];
  name.textContent = title;
  for (const [attribute, value] of [["width", width], ["height", height], ["fill", getComputedStyle(document.body).backgroundColor]] as const) paper.setAttribute(attribute, String(value));
  copy.prepend(name, paper);
  return `${new XMLSerializer().serializeToString(copy)}\n`;
};
