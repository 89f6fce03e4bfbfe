/** The formats of the results of an operation, for files and for answers. */
export const resultFormats = ["json", "csv", "html"] as const;
export type ResultFormat = (typeof resultFormats)[number];

export const mediaTypes: Record<ResultFormat, string> = {
  json: "application/json",
  csv: "text/csv; charset=utf-8",
  html: "text/html; charset=utf-8",
};
