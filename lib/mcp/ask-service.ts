import type { ServiceClient } from "../client/service-client.ts";
import type { AskApi } from "./ask-api.ts";

/** Asks a deployed service, as its client has signed in. A service that cannot be reached is answered as 503 here. */
export function askService(client: ServiceClient): AskApi {
  return async (method, path, body) => {
    let response: Response | null = null;
    const answered = await client.ask(async (api) => {
      // The paths of tools carry their values: they are none of the templates that the client knows.
      const answer = await api.request(
        method === "GET" ? "get" : "post",
        path as never,
        (body ? { body } : {}) as never,
      );
      response = answer.response;
      return answer;
    });
    const { status = 503, headers = new Headers() } = (response ?? {}) as Partial<Response>;
    const wait = headers.get("retry-after");
    return {
      status: answered.ok ? status : Math.max(400, status),
      body: answered.ok
        ? answered.value
        : { error: { code: answered.problem.code, message: answered.problem.message } },
      retryAfterSeconds: wait === null ? null : Number(wait),
    };
  };
}
