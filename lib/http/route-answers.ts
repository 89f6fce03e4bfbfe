import type { ResponseDescription } from "./route.ts";

/* What answers of several routes have in common. */

export const monitorHeaders = ["operation-location", "retry-after"];
export const onceHeaders = [...monitorHeaders, "repeatability-result"];
export const unchanged: ResponseDescription = {
  description: "Not modified: the ETag in If-None-Match is still valid.",
  headers: ["etag", "retry-after"],
};

export function refused(description: string): ResponseDescription {
  return { description };
}
