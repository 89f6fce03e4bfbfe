import { type Access, principalsOf } from "../../access/access-rules.ts";
import type { Trigger } from "../../core/run.ts";
import { type Caller, describeCaller } from "../caller.ts";

/** The trigger of a run that was requested over HTTP. */
export function triggerOf(caller: Caller, access: Access | undefined): Trigger {
  const principals = access && principalsOf(access.rules, caller.identity);
  return { kind: "http", by: describeCaller(caller), objectId: caller.objectId, ...(principals && { principals }) };
}
