/** The range of an input's slider, and numbers as people type them. */

export interface Range {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/** Around 0, wide enough for the value: 5, 10, 20, 50, ... to each side. */
export const rangeFor = (value: number): Range => {
  let reach = 5;
  const wanted = Number.isFinite(value) ? Math.abs(value) : 0;
  for (let i = 0; reach < wanted; i++) reach *= i % 3 === 1 ? 2.5 : 2;
  return { min: -reach, max: reach, step: reach / 500 };
};

/** As few digits as give the number back. */
export const typed = (value: number): string => String(Object.is(value, -0) ? "-0" : value);

/** A number as it is typed, `undefined` where it is none; a comma may stand for the point. */
export const readTyped = (text: string): number | undefined => {
  const plain = text.trim().replace(",", ".").replace("−", "-");
  if (plain === "" || /^[+-]?0[xob]/i.test(plain)) return undefined;
  const value = Number(plain);
  return Number.isNaN(value) ? undefined : value;
};
