import { fail, ok, type Result } from "../core/problem.ts";
import type { AlertReporter } from "../runs/ports.ts";
import { callAzure } from "./call-azure.ts";
import type { Clients } from "./clients.ts";

/** The first version that takes alerts of any scope, and whose definition has the comment (facts/azure.md 4). */
const apiVersion = "2025-05-25-preview";

/**
 * Alerts Management, for which there is no SDK worth a dependency. Needs the right
 * `Microsoft.AlertsManagement/alerts/changestate/action` where the alert is: most alerts are a subscription's.
 */
export function createAlertReporter(clients: Clients): AlertReporter {
  return {
    async report(alertId, { state, comment }) {
      const path = parseAlertId(alertId);
      if (!path.ok) return path;
      const query = { "api-version": apiVersion, newState: state };
      const asked = await callAzure("report the outcome to the alert", () =>
        clients.post(`${path.value}/changestate`, query, { comment }),
      );
      if (asked.ok) return ok("reported");
      // Azure forgets alerts after 30 days; in the table of refusals every lost resource is a VM.
      const { problem } = asked;
      return { ok: false, problem: problem.code === "vm-not-found" ? { ...problem, code: "azure-refused" } : problem };
    },
  };
}

const guid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
/** One name of a path: nothing that ends a path, escapes, or climbs. */
const name = String.raw`(?!\.{1,2}(?:/|$))[^/\\?#%\p{C}]+`;
const alertResource = new RegExp(
  `^/subscriptions/${guid}(?:/${name}){0,20}/providers/Microsoft\\.AlertsManagement/alerts/${guid}$`,
  "iu",
);

/** An alert's id comes from outside and becomes a request's path: anything but an alert of a subscription is refused. */
function parseAlertId(id: string): Result<string> {
  if (alertResource.test(id)) return ok(id.split("/").map(encodeURIComponent).join("/"));
  return fail(
    "invalid-input",
    `"${id.slice(0, 200)}" is not the resource id of an alert in Azure Monitor. Give /subscriptions/<id>/providers/Microsoft.AlertsManagement/alerts/<id>.`,
  );
}
