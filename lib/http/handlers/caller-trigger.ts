import type { Trigger } from "../../core/run.ts";
import { type Caller, describeCaller } from "../caller.ts";

/** The trigger of a run that was requested over HTTP. */
export function triggerOf(caller: Caller): Trigger {
  return { kind: "http", by: describeCaller(caller), objectId: caller.objectId };
}
