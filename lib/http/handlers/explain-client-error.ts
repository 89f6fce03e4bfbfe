import type { z } from "zod";
import { explainError } from "../../error-codes/explain-error.ts";
import { type ApiResponse, jsonResponse } from "../api-message.ts";
import type { ExplainError } from "../requests.ts";
import type { Call } from "../route.ts";

/** Explains an error of a client from data alone. */
export async function explainClientError({
  query: { code, extended, text },
}: Call<z.infer<typeof ExplainError>, undefined>): Promise<ApiResponse> {
  const labelled = [
    ...(code === undefined ? [] : [`Error code: ${code}`]),
    ...(extended === undefined ? [] : [`Extended error code: ${extended}`]),
  ];
  return jsonResponse(200, explainError(text ?? labelled.join(" ")));
}
