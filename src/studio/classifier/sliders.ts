/** From the places of the sliders to numbers, and back. */

/** A step size from 0.001 to 10: equal ways are equal factors. */
export const stepAt = (place: number): number => Number((10 ** place).toPrecision(3));

export const stepPlace = (stepSize: number): number => Math.log10(Math.max(stepSize, 1e-3));

/** The strength as it is; a larger one can be typed, and stands at the end. */
export const strengthAt = (place: number): number => Number(place.toPrecision(3));

export const strengthPlace = (strength: number): number => Math.min(strength, 1);
