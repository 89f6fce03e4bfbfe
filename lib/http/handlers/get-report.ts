import type { z } from "zod";
import { htmlReport } from "../../report/html.ts";
import { markdownReport } from "../../report/markdown.ts";
import { readableRun } from "../access.ts";
import type { ApiResponse } from "../api-message.ts";
import { problemResponse } from "../error-response.ts";
import type { ReportForm } from "../requests.ts";
import type { Call } from "../route.ts";
import { undoOf } from "./read-runs.ts";

/** A run as a document; the same as `show --format` writes. A page has no script, and the header forbids any. */
export async function getReport(call: Call<z.infer<typeof ReportForm>, undefined>): Promise<ApiResponse> {
  const found = await readableRun(call, call.id);
  if (!found.ok) return problemResponse(found.problem);
  const undoneBy = await undoOf(found.value, call.deps.service);
  if (call.query.format === "markdown") {
    const plain = { "content-type": "text/markdown; charset=utf-8" };
    return { status: 200, headers: plain, body: new TextEncoder().encode(markdownReport(found.value, undoneBy)) };
  }
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'",
    "content-disposition": `inline; filename="rdp-${found.value.id}.html"`,
  };
  return { status: 200, headers, body: new TextEncoder().encode(htmlReport(found.value, { undoneBy })) };
}
