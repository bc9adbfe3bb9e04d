/** The README's table, from the rows of one run. */
import { readFileSync, writeFileSync } from "node:fs";
import { digits, median } from "./numbers.mjs";

const [open, close] = ["<!-- npm run bench -- --readme -->", "<!-- end -->"];

/** One line for each workload, one column for each library that was measured; of one measured in several ways the fastest counts. */
export const tableOf = (results, { columns: all, names, machine }) => {
  const columns = all.filter(([, prefixes]) => results.some((row) => prefixes.includes(row.peer) && row.medians?.length > 0));
  const cell = (id, prefixes) => {
    const rows = results.filter((row) => row.id === id && prefixes.includes(row.peer) && row.medians?.length > 0);
    const best = rows.filter((row) => row.agrees).sort((a, b) => median(a.medians) - median(b.medians))[0];
    if (best === undefined) return rows.length > 0 ? "other numbers" : "-";
    return `${digits(median(best.medians))} (${digits(Math.min(...best.medians))} to ${digits(Math.max(...best.medians))})`;
  };
  const ids = Object.keys(names).filter((id) => results.some((row) => row.id === id && row.medians?.length > 0));
  return [
    `| one step, ms | ${columns.map(([title]) => title).join(" | ")} |`,
    `|---|${columns.map(() => "---").join("|")}|`,
    ...ids.map((id) => `| ${names[id]} | ${columns.map(([, prefixes]) => cell(id, prefixes)).join(" | ")} |`),
    "",
    machine,
  ].join("\n");
};

/** Puts the table between its two marks in a Markdown file. */
export const writeTable = (file, table) => {
  const text = readFileSync(file, "utf8");
  const [from, to] = [text.indexOf(open), text.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`${file} has no place for the table: ${open} and ${close}`);
  writeFileSync(file, `${text.slice(0, from + open.length)}\n${table}\n${text.slice(to)}`);
};
