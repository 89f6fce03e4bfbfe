import type { z } from "zod";
import { zipBundle } from "../../report/zip-bundle.ts";
import { readableRun } from "../access.ts";
import type { ApiResponse } from "../api-message.ts";
import { problemResponse } from "../error-response.ts";
import type { SupportBundle } from "../requests.ts";
import type { Call } from "../route.ts";

/** What a support engineer needs about one run, as a zip file; the same as the terminal writes. */
export async function getSupportBundle(call: Call<z.infer<typeof SupportBundle>, undefined>): Promise<ApiResponse> {
  const found = await readableRun(call, call.id);
  if (!found.ok) return problemResponse(found.problem);
  const { zip } = zipBundle(found.value, { redacts: call.query.redact === "true" });
  const headers = {
    "content-type": "application/zip",
    "content-disposition": `attachment; filename="rdp-${found.value.id}.zip"`,
  };
  return { status: 200, headers, body: zip };
}
