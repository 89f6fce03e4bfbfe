import { type PipelinePolicy, RestError } from "@azure/core-rest-pipeline";

/** The SDK's own time-out ends with the headers of the answer; this one covers the body too. */
export function responseTimeout(milliseconds: number): PipelinePolicy {
  return {
    name: "answerWithin",
    async sendRequest(request, next) {
      const deadline = AbortSignal.timeout(milliseconds);
      const callers = request.abortSignal;
      request.abortSignal = callers instanceof AbortSignal ? AbortSignal.any([callers, deadline]) : deadline;
      try {
        return await next(request);
      } catch (error) {
        if (!deadline.aborted) throw error;
        // A retry would take the signal for its caller's wish to stop.
        delete request.abortSignal;
        throw new RestError(`No answer within ${milliseconds} ms`, { code: "ETIMEDOUT" });
      }
    },
  };
}
