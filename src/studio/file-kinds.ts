/** What a drawing is kept as: a drawing, a picture, or its numbers. How it is made is loaded when somebody asks. */
export const fileKinds = ["SVG", "PNG", "JSON"] as const;
export type FileKind = (typeof fileKinds)[number];
