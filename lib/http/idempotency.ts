import { createHash } from "node:crypto";
import { derivedId } from "../core/derived-id.ts";
import type { Result } from "../core/problem.ts";
import type { Operation, Run } from "../core/run.ts";
import type { CheckedInput } from "./api-message.ts";
import { rejectFor, rejectInput } from "./error-response.ts";
import { checkInput } from "./read-input.ts";
import { RepeatabilityHeaders } from "./requests.ts";
import type { Call } from "./route.ts";

/** One run to start. `key` identifies it within its request and is the same in a repeated request. */
export interface RunTarget {
  readonly key: string;
  start(id: string, operation: Operation): Promise<Result<Run>>;
}

/** What a request has started, in this delivery or in an earlier one. */
export interface StartedOperation {
  readonly operation: Operation;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Starts the runs of a request once, however often and concurrently it is delivered. The first run has the
 * operation's id, so the store creates it for one delivery only. All others compare their request with the digest that
 * it stores, and continue only if it is the same. An interrupted delivery is completed by the next one.
 */
export async function startIdempotently(
  call: Call<unknown, unknown>,
  [first, ...others]: readonly [RunTarget, ...RunTarget[]],
): Promise<CheckedInput<StartedOperation>> {
  const asked = operationIdOf(call);
  if (!asked.ok) return asked;
  const { id, repeatable } = asked.value;
  const request = digestOf(call);
  const runs = [id, ...others.map(({ key }) => derivedId(id, key))];
  const anchor = await first.start(id, { id, request, runs });
  if (!anchor.ok) return rejectFor(anchor.problem);
  const { operation } = anchor.value;
  if (operation?.id !== id || operation.request !== request) {
    return idReused(repeatable);
  }
  const missing = others.filter(({ key }) => operation.runs.includes(derivedId(id, key)));
  const started = await Promise.all(missing.map(({ key, start }) => start(derivedId(id, key), operation)));
  const failed = started.find((one) => !one.ok);
  if (failed && !failed.ok) return rejectFor(failed.problem);
  return { ok: true, value: { operation, headers: repeatable ? { "repeatability-result": "accepted" } : {} } };
}

/** The response when an id stands for another request already. */
export function idReused(repeatable: boolean): CheckedInput<never> {
  return rejectInput(400, "OperationIdReused", "This id was already used for another request. Use a new id.", {
    headers: repeatable ? { "repeatability-result": "rejected" } : {},
  });
}

/** The id from one of the two headers, or a new one. */
export function operationIdOf({
  headers,
  deps,
}: Call<unknown, unknown>): CheckedInput<{ id: string; repeatable: boolean }> {
  const read = checkInput(RepeatabilityHeaders, headers, "headers");
  if (!read.ok) return read;
  const own = read.value["operation-id"];
  const repeated = read.value["repeatability-request-id"];
  if ((repeated === undefined) !== (read.value["repeatability-first-sent"] === undefined)) {
    return rejectInput(400, "InvalidInput", "Send Repeatability-Request-ID and Repeatability-First-Sent together.", {
      target: "repeatability-first-sent",
    });
  }
  if (own !== undefined && repeated !== undefined && own !== repeated) {
    return rejectInput(
      400,
      "InvalidInput",
      "Operation-Id and Repeatability-Request-ID are different. Send one of them.",
      {
        target: "repeatability-request-id",
      },
    );
  }
  return { ok: true, value: { id: own ?? repeated ?? deps.newId(), repeatable: repeated !== undefined } };
}

/** Equal for equal requests of the same caller: schemas give their fields a fixed order. */
export function digestOf({ route, id, body, caller }: Call<unknown, unknown>): string {
  return createHash("sha256")
    .update(JSON.stringify([caller.objectId, route.name, id, body]))
    .digest("hex");
}
