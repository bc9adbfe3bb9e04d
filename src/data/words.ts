/** How cells, names and counts stand in a sentence. */

const longestShown = 40;

/** A cell as a person would quote it, cut where it is long: `"tall"`. */
export const quoted = (cell: string): string =>
  JSON.stringify(cell.length > longestShown ? `${cell.slice(0, longestShown)}...` : cell);

/** `1 row`, `1,797 rows`. */
export const counted = (count: number, noun: string, nouns = `${noun}s`): string => `${count.toLocaleString("en-US")} ${count === 1 ? noun : nouns}`;

const mostListed = 8;
const longestListed = 120;

/** `a, b, c and 5 more`. */
export const listed = (names: readonly string[], most = mostListed): string => {
  const shown = names.slice(0, most).map((name) => (name.length > longestListed ? `${name.slice(0, longestListed)}...` : name));
  return names.length > most ? `${shown.join(", ")} and ${(names.length - most).toLocaleString("en-US")} more` : shown.join(", ");
};

/** `rows 4, 9 and 17`; rows are numbered as a spreadsheet numbers them. */
export const rowsText = (rows: readonly number[]): string => `row${rows.length === 1 ? "" : "s"} ${listed(rows.map(String), 5)}`;

/** A number to four digits, as a summary shows it. */
export const rounded = (value: number): string => String(Number(value.toPrecision(4)));
