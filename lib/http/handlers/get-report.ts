import { htmlReport } from "../../report/html.ts";
import { readableRun } from "../access.ts";
import type { ApiResponse } from "../api-message.ts";
import { problemResponse } from "../error-response.ts";
import type { Call } from "../route.ts";

/** A run as one HTML page; the same as `show --format html` writes. It has no script, and the header forbids any. */
export async function getReport(call: Call<undefined, undefined>): Promise<ApiResponse> {
  const found = await readableRun(call, call.id);
  if (!found.ok) return problemResponse(found.problem);
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'",
    "content-disposition": `inline; filename="rdp-${found.value.id}.html"`,
  };
  return { status: 200, headers, body: new TextEncoder().encode(htmlReport(found.value)) };
}
