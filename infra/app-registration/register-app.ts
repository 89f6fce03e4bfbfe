import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { connectGraph } from "./graph.ts";
import { type AppRole, registerApp } from "./register.ts";
import { pageAddress } from "./register-page.ts";

/*
 * Makes or completes the app registration of the API with the sign-in of the Azure CLI:
 *
 *     npm run register-app -- [--what-if] [--name rdp-remediation] [--page URL]... [--assign ROLE=OBJECT_ID]...
 *
 * It can be run again: what is in the desired state already stays. Prints the ids that the deployment needs. `--page` also registers the operator
 * page of the service at this URL, as an application of its own.
 */

const usage =
  "Usage: npm run register-app -- [--what-if] [--name NAME] [--page URL]... [--assign ROLE=OBJECT_ID]...  URL is that of the service, ROLE is an app role of app-roles.json, OBJECT_ID that of a user, group or service principal.";

const guid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

function readDesired() {
  const { values } = parseArgs({
    options: {
      name: { type: "string", default: "rdp-remediation" },
      page: { type: "string", multiple: true, default: [] },
      assign: { type: "string", multiple: true, default: [] },
      "what-if": { type: "boolean", default: false },
    },
  });
  const appRoles: AppRole[] = JSON.parse(readFileSync(new URL("app-roles.json", import.meta.url), "utf8"));
  const assignments = values.assign.map((text) => {
    const [role = "", principalId = ""] = text.split("=");
    if (!guid.test(principalId)) throw new Error(`--assign ${text}: an object id is a GUID. ${usage}`);
    return { role, principalId };
  });
  const pages = values.page.map(pageAddress);
  return { displayName: values.name, appRoles, assignments, pages, whatIf: values["what-if"] };
}

/** Runs the Azure CLI, which is a script on Windows. */
function az(...args: string[]): string {
  try {
    return execFileSync("az", args, { encoding: "utf8", shell: process.platform === "win32" }).trim();
  } catch {
    throw new Error(
      "The Azure CLI gave no sign-in. Run `az login` with an account that may register applications, and try again.",
    );
  }
}

try {
  const desired = readDesired();
  const endpoint =
    process.env.MICROSOFT_GRAPH_ENDPOINT ??
    az("cloud", "show", "--query", "endpoints.microsoftGraphResourceId", "--output", "tsv");
  const token = az(
    "account",
    "get-access-token",
    "--resource-type",
    "ms-graph",
    "--query",
    "accessToken",
    "--output",
    "tsv",
  );
  const { apiClientId, apiObjectId, pageClientId, steps } = await registerApp(
    connectGraph(endpoint, token, sleep),
    desired,
  );
  for (const step of steps) console.log(`${desired.whatIf ? "would: " : "did: "}${step}`);
  if (steps.length === 0) console.log("The app registration needs no change.");
  console.log(`apiClientId: ${apiClientId ?? "(known when it has been made)"}`);
  console.log(`apiObjectId: ${apiObjectId ?? "(known when it has been made)"}`);
  if (desired.pages.length > 0) console.log(`pageClientId: ${pageClientId ?? "(known when it has been made)"}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
