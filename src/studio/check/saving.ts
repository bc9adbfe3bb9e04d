/** Files of the check: its curve as a drawing, and as data every input and every step of the curve. */
import type { EntryCurves } from "../../check/curve.ts";
import type { GradientCheck } from "../../check/types.ts";
import { errorCurveSVG } from "../../explain/charts/error-curve.ts";
import type { FileKind } from "../file-kinds.ts";
import { jsonText, saved } from "../saving.ts";

const dataOf = ({ verdict, worst, value, entries, witnesses, warnings }: GradientCheck, curves: EntryCurves): string =>
  jsonText({ verdict, worst, value, entries, witnesses, warnings, curves });

export const fileOf = (kind: FileKind, check: GradientCheck, curves: EntryCurves): Promise<Blob> =>
  saved(kind, { svg: (theme) => errorCurveSVG(curves, { theme }), data: () => dataOf(check, curves) });
