/** Scrolls to the shape that the keyboard reaches in a drawing. Browsers do so for boxes of HTML, and Firefox for no group of an SVG. */
export const followFocus = ({ target }: FocusEvent): void => {
  if (!(target instanceof SVGGElement) || !target.matches(":focus-visible")) return;
  target.querySelector(".shape")!.scrollIntoView({ block: "nearest", inline: "nearest" });
};
