/** The doctor of trainings. */
export { createDoctor, type Doctor } from "./doctor.ts";
export type { Finding } from "./finding.ts";
export { findingEvent, findingText, type FindingEvent } from "./text.ts";
