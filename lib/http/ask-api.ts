import type { AskApi } from "../mcp/ask-api.ts";
import type { Call } from "./route.ts";

/** The API for itself: a path decides, and no link in an answer is shown to anybody. */
const itself = "http://127.0.0.1";

/** Asks the API in this process, with this `Authorization`. */
export function askWithin(api: Call<unknown, unknown>["api"], authorization: string | undefined): AskApi {
  return async (method, path, body) => {
    const answer = await api({
      method,
      url: `${itself}${path}`,
      headers: { authorization, ...(body !== undefined && { "content-type": "application/json" }) },
      body: Buffer.from(body === undefined ? "" : JSON.stringify(body)),
    });
    const wait = answer.headers["retry-after"];
    return {
      status: answer.status,
      body: answer.body === "" ? null : JSON.parse(String(answer.body)),
      retryAfterSeconds: wait === undefined ? null : Number(wait),
    };
  };
}
