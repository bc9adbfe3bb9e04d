/** What stands at the boxes of the page's drawing, where a quiz may ask for it. */
import { type BoxTexts, gradientText, unknown } from "../../explain/box-texts.ts";
import type { DrawnBox } from "../../explain/drawing.ts";

/** What an answer to the quiz was. */
type Mark = "right" | "wrong" | "shown" | undefined;

/**
 * What stands at a box: its value, its gradient, and for each port the contribution of its branch, nothing where there is
 * no other. A gradient that is `asked` for hides, and so do all branches in a quiz.
 */
export const numberWords = ({ ports }: DrawnBox, texts: BoxTexts, asked: boolean, mark: Mark, quiz: boolean): readonly (string | undefined)[] => [
  texts.value ?? unknown,
  asked ? `${unknown}${mark === "wrong" ? " ✗" : ""}` : `${gradientText(texts)}${texts.gradient !== undefined && mark === "right" ? " ✓" : ""}`,
  ...ports.map(({ contribution }, k) => (contribution === undefined ? undefined : quiz ? "" : (texts.contributions[k] ?? unknown))),
];
