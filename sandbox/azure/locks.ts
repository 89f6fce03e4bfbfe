import { scopeLocked } from "./arm-error.ts";
import type { Azure } from "./azure.ts";
import type { HttpRequest, Reply } from "./http.ts";
import type { Match } from "./route.ts";

/**
 * The error of a management lock on the VM; `null` when no lock applies. A lock applies to everything below the VM and
 * to every principal, and never rejects reads. Unverified: that an action (POST) on the VM counts as a write.
 */
export function scopeLockedReply({ path }: HttpRequest, { route, params }: Match, { machines }: Azure): Reply | null {
  if (params.vm === undefined || route.method === "GET") return null;
  const machine = machines.find(({ key }) => `${path.toLowerCase()}/`.startsWith(`${key}/`));
  const lock = machine?.spec.lock;
  const deletes = route.method === "DELETE";
  if (!machine || !lock || (lock === "CanNotDelete" && !deletes)) return null;
  return scopeLocked(path, deletes ? "delete" : "write", machine.id);
}
