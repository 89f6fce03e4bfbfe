import { wireCodeOf } from "../../run-view/wire-code.ts";
import type { Admission } from "../admission.ts";
import { type ApiResponse, jsonResponse } from "../api-message.ts";
import { errorResponse, problemResponse } from "../error-response.ts";
import type { Call } from "../route.ts";

/** Azure Monitor stops waiting for a response after some seconds. */
export const answerWithinMs = 4500;

/**
 * Accepts a notification of an action group. Azure Monitor retries only after 503, and after some failures stops
 * calling the address for 15 minutes: so every permanent problem is a 400.
 */
export async function receiveAlert({ body, deps }: Call<undefined, unknown>): Promise<ApiResponse> {
  // Work that is answered late goes on, and keeps its place until it has ended.
  const admitted = deps.alertAdmission ?? unbounded;
  const received = await within(
    answerWithinMs,
    admitted.run(() => deps.receiveAlert(body)).then((intake) => intake ?? "no-room"),
  );
  if (received === "no-room") {
    const message = "Too many alerts arrive at once. Deliver this one again.";
    return errorResponse(503, "TooManyAlerts", message, { headers: { "retry-after": "30" } });
  }
  if (received === null) {
    // The work that has begun continues, and the next delivery finds it.
    return errorResponse(503, "NotYetTaken", "The alert could not be accepted in time. Deliver it again.", {
      headers: { "retry-after": "5" },
    });
  }
  if (!("code" in received)) {
    // Not cached when a VM was ignored: a later delivery may start a run for it, e.g. after the cool-down.
    const isLasting = received.ignored.every(({ vm }) => vm === null);
    return { ...jsonResponse(202, received), ...(isLasting && { lasting: true }) };
  }
  if (received.retryable) return problemResponse(received);
  const { code, message, detail } = received;
  return errorResponse(400, wireCodeOf(code), message, detail === undefined ? {} : { target: detail });
}

const unbounded: Admission = { run: (work) => work() };

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
