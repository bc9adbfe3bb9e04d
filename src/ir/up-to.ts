/** The least multiple of `unit` that is not less than `x`. */
export const upTo = (x: number, unit: number): number => Math.ceil(x / unit) * unit;
