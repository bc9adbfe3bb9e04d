/** Numbers and lists as the doctor says them. */

/** Two digits are enough to act on: 0.0031, 2.4, 3,400, 1.2e+9. */
export const about = (x: number): string => {
  if (!Number.isFinite(x)) return String(x);
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return x.toExponential(1).replace("e+", "e");
  return Number(x.toPrecision(size >= 100 ? 3 : 2)).toLocaleString("en-US", { maximumFractionDigits: 6 });
};

/** A setting to try, as one writes it in a command: one digit is enough. */
export const setting = (x: number): string => String(Number(x.toPrecision(1)));

export const rateText = (lr: number): string => `a learning rate of ${setting(lr)} (--lr ${setting(lr)})`;

/** By what factor something grew; beyond all bounds where numbers were lost. */
export const timesText = (factor: number): string => (Number.isFinite(factor) ? `${about(factor)}-fold` : "beyond all bounds");

export const percent = (share: number): string => `${Math.round(100 * share)}%`;

/** A column by its name, or by its number where it has none. */
export const columnText = (name: string): string => (/^column \d+$/.test(name) ? name : `"${name}"`);

/** `a`, `a and b`, `a, b and 7 more`. */
export const listed = (names: readonly string[], most = 3): string => {
  if (names.length > most) return `${names.slice(0, most - 1).join(", ")} and ${names.length - most + 1} more`;
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)!}`;
};
