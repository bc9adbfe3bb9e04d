/** Marks an answer to the quiz as a person would. */
/**
 * Whether an answer is right: within half of the last digit that the drawing shows, or within one percent, so that whoever
 * reckons with rounded numbers is not called wrong.
 */
export const isRight = (answer: number, truth: number, digits: number | undefined): boolean => {
  if (!Number.isFinite(truth)) return Object.is(answer, truth);
  const shown = digits === undefined ? 0 : 0.5001 * 10 ** -digits;
  return Math.abs(answer - truth) <= Math.max(shown, 0.01 * Math.abs(truth));
};
