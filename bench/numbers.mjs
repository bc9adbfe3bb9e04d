/** Numbers as the bench prints them. */

export const median = (times) => {
  const sorted = [...times].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};

/** Milliseconds. */
export const digits = (ms) => (ms >= 100 ? ms.toFixed(0) : ms >= 0.1 ? ms.toPrecision(3) : ms.toExponential(2));
