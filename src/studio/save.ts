/** Files for the reader to keep. */

/** What a drawing is kept as: a drawing, a picture, or its numbers. */
export const fileKinds = ["SVG", "PNG", "JSON"] as const;
export type FileKind = (typeof fileKinds)[number];

/** Pictures have two points for each of the drawing's, so that they are sharp on fine screens and on paper. */
const sharpness = 2;

/** A drawing as a PNG. @throws Error where it is too large for the browser */
export const picture = async (svg: string): Promise<Blob> => {
  const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth * sharpness;
    canvas.height = image.naturalHeight * sharpness;
    canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done, failed) => {
      canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("The drawing is too large for a picture."))), "image/png");
    });
  } finally {
    URL.revokeObjectURL(address);
  }
};

/** Hands a file to the browser's downloads. */
export const download = (file: Blob, name: string): void => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
};
