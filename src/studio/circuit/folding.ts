/** What recognises and folds: no part of the first drawing, unless that is of a large circuit. */
export { foldables, foldDraft } from "../../explain/regroup.ts";
export { boxesAround, foldParts, partsOf } from "../../explain/stages.ts";
