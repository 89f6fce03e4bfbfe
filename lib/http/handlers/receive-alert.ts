import { type ApiResponse, json } from "../message.ts";
import { problemRefusal, refusal } from "../refusal.ts";
import type { Call } from "../route.ts";

/**
 * Takes a notification of an action group. Azure Monitor delivers again after 503 alone, and then leaves the address
 * alone for 15 minutes: whatever will not be better next time is 400.
 */
export async function receiveAlert({ body, deps }: Call<undefined, unknown>): Promise<ApiResponse> {
  if (!deps.receiveAlert) return refusal(501, "NotSupported", "This service takes no alerts.");
  const received = await deps.receiveAlert(body);
  if (!("code" in received)) return json(202, received);
  if (received.retryable) return problemRefusal(received);
  return { ...problemRefusal(received), status: 400 };
}
