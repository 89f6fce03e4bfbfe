import { type ApiResponse, jsonResponse } from "../api-message.ts";
import { errorResponse, problemResponse, wireCodeOf } from "../error-response.ts";
import type { Call } from "../route.ts";

/** Azure Monitor gives up on an answer after some seconds: by then it has to have one. */
export const answerWithinMs = 4500;

/**
 * Takes a notification of an action group. Azure Monitor delivers again after 503 alone, and after some times leaves the
 * address alone for 15 minutes: whatever will not be better next time is 400.
 */
export async function receiveAlert({ body, deps }: Call<undefined, unknown>): Promise<ApiResponse> {
  const received = await within(answerWithinMs, deps.receiveAlert(body));
  if (received === null) {
    // What has been begun goes on meanwhile, and the next delivery finds it.
    return errorResponse(503, "NotYetTaken", "The alert could not be accepted in time. Deliver it again.", {
      headers: { "retry-after": "5" },
    });
  }
  if (!("code" in received)) {
    // Whom it started nothing for it may start something for later: that VM may have cooled down by then.
    const isLasting = received.ignored.every(({ vm }) => vm === null);
    return { ...jsonResponse(202, received), ...(isLasting && { lasting: true }) };
  }
  if (received.retryable) return problemResponse(received);
  const { code, message, detail } = received;
  return errorResponse(400, wireCodeOf(code), message, detail === undefined ? {} : { target: detail });
}

/** `null` when the work takes longer. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, milliseconds, null);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
