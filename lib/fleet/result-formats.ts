/** The formats of the results of an operation, for files and for answers. */
export const resultFormats = ["json", "csv", "html"] as const;
export type ResultFormat = (typeof resultFormats)[number];
