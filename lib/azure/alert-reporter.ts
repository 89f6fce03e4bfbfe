import { fail, ok, type Result } from "../core/problem.ts";
import type { AlertReporter } from "../runs/ports.ts";
import { callAzure } from "./call-azure.ts";
import type { Clients } from "./clients.ts";

/** The first version that accepts alerts of any scope and defines the comment. */
const apiVersion = "2025-05-25-preview";

/**
 * Calls Alerts Management directly: its SDK is not worth a dependency for one call. Needs the right
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
      // Azure deletes alerts after 30 days. The table of ARM errors reports every missing resource as a VM.
      const { problem } = asked;
      return { ok: false, problem: problem.code === "vm-not-found" ? { ...problem, code: "azure-refused" } : problem };
    },
  };
}

const guid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
/** One segment of a path, without `..`, escapes, `?` or `#`. */
const name = String.raw`(?!\.{1,2}(?:/|$))[^/\\?#%\p{C}]+`;
const alertResource = new RegExp(
  `^/subscriptions/${guid}(?:/${name}){0,20}/providers/Microsoft\\.AlertsManagement/alerts/${guid}$`,
  "iu",
);

/** An alert's id is untrusted and becomes a request's path: only ids of alerts in a subscription are accepted. */
function parseAlertId(id: string): Result<string> {
  if (alertResource.test(id)) return ok(id.split("/").map(encodeURIComponent).join("/"));
  return fail(
    "invalid-input",
    `"${id.slice(0, 200)}" is not the resource id of an alert in Azure Monitor. Give /subscriptions/<id>/providers/Microsoft.AlertsManagement/alerts/<id>.`,
  );
}
