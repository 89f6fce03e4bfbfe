import type { Trigger } from "../../core/run.ts";
import { type Caller, describeCaller } from "../caller.ts";

/** How a run remembers who asked for it over HTTP. */
export function triggerOf(caller: Caller): Trigger {
  return { kind: "http", by: describeCaller(caller), objectId: caller.objectId };
}
