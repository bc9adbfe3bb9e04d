/** The shapes of the classes around 0, all of the same weight to the eye. */
export const shapePaths = [
  "M7.5 0A7.5 7.5 0 1 1 -7.5 0A7.5 7.5 0 1 1 7.5 0Z",
  "M0 -9.5L8.8 6.2L-8.8 6.2Z",
  "M-6.8 -6.8H6.8V6.8H-6.8Z",
] as const;
