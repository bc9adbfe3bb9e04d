/** What one cell of a table says: a number, a word, or nothing. */

/** Between the whole part and the fraction. */
export type DecimalMark = "." | ",";

const missingMarks: ReadonlySet<string> = new Set(["", "na", "n/a", "nan", "null", "?", "-"]);

/** Whether a cell stands for "not known": empty, NA, N/A, NaN, null, ? or -, in any case of the letters. */
export const isMissing = (cell: string): boolean => cell.length <= 4 && missingMarks.has(cell.toLowerCase());

const plain = { ".": /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i, ",": /^[-+]?(?:\d+,?\d*|,\d+)(?:e[-+]?\d+)?$/i };
const grouped = { ".": /^[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?$/, ",": /^[-+]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?$/ };
const infinite = /^[-+]?inf(?:inity)?$/i;

/** Whether a number is written with marks between its thousands: 1,234.5. */
export const hasThousands = (cell: string, mark: DecimalMark): boolean => grouped[mark].test(cell);

/** Most digits of a whole number that is exact however it is put together. */
const exactDigits = 15;

/** A whole number without a sign, by far the most common cell of large tables; or undefined. */
const wholeOf = (cell: string): number | undefined => {
  if (cell.length === 0 || cell.length > exactDigits) return undefined;
  let value = 0;
  for (let i = 0; i < cell.length; i++) {
    const digit = cell.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = 10 * value + digit;
  }
  return value;
};

/**
 * The number that a cell says, or undefined. Decimal digits with a sign, a fraction and an exponent, and marks between
 * thousands; neither hexadecimal, nor a date, nor a number with its unit. What is too large to write down is infinite.
 */
export const numberOf = (cell: string, mark: DecimalMark): number | undefined => {
  const whole = wholeOf(cell);
  if (whole !== undefined) return whole;
  if (plain[mark].test(cell)) return Number(mark === "," ? cell.replace(",", ".") : cell);
  if (grouped[mark].test(cell)) return Number(mark === "," ? cell.replaceAll(".", "").replace(",", ".") : cell.replaceAll(",", ""));
  return infinite.test(cell) ? (cell.startsWith("-") ? -Infinity : Infinity) : undefined;
};

/**
 * The decimal mark of a whole table: a comma where some number can only be read with one (3,5) and none can only be read
 * with a point (3.5). 1,234 can be both: where cells are separated by commas it is a thousand and more, elsewhere 1.234.
 */
export const decimalMarkOf = (columns: readonly { readonly cells: readonly string[] }[], separator: string): DecimalMark => {
  let comma = false;
  for (const { cells } of columns) {
    for (const cell of cells) {
      if (cell.includes(".") && numberOf(cell, ".") !== undefined && !hasThousands(cell, ",")) return ".";
      comma ||= cell.includes(",") && numberOf(cell, ",") !== undefined && (separator !== "," || !hasThousands(cell, "."));
    }
  }
  return comma ? "," : ".";
};

/** Largest number that is taken: its square, which a deviation needs, is still finite. */
export const largest = 1e150;

/** What to do about a cell that should have been a number. */
export const cellHelp = (cell: string): string => {
  if (/^[-+]?0x[\da-f]+$/i.test(cell)) return `write it in decimal: ${Number(cell.replace(/^[-+]/, ""))}`;
  if (/^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?$/.test(cell)) return "write a date as numbers, in columns for year, month and day";
  if (/^[-+]?\d+,\d+$/.test(cell)) return `write it with a point, as the other numbers are: ${cell.replace(",", ".")}`;
  const [number] = /[-+]?(?:\d+\.?\d*|\.\d+)/.exec(cell) ?? [];
  const hasUnit = /^[-+]?[^\d\s]{0,3}\s?[\d.]+\s?[^\d\s]{0,3}$/.test(cell);
  if (number !== undefined && hasUnit) return `write the number alone, ${number}, and its unit into the header`;
  return "correct the cell, or leave it empty if the number is not known";
};
