/** A finding as a person and as a program reads it. */
import type { Finding } from "./finding.ts";

/** A finding as an event of a run, ready for JSON. */
export type FindingEvent = { readonly event: "finding" } & Finding;

export const findingEvent = (finding: Finding): FindingEvent => ({ event: "finding", ...finding });

/**
 * What was seen, and below it what to try.
 * @example
 * findingText({ code: "x", says: "It is dark.", try: "the switch" }); // "x: It is dark.\n  try: the switch"
 */
export const findingText = ({ code, says, try: advice }: Finding): string => `${code}: ${says}\n  try: ${advice}`;
