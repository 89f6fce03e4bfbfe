import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Environment } from "../../lib/environment.ts";
import { childrenOf, nodesOfType, repository } from "./bicep-grammar.ts";
import { propertiesOf, readBicep } from "./bicep-model.ts";

/*
 * Every setting can be given to the app in Azure, and the app in Azure is given no setting that nobody reads.
 */

/** Settings that mean nothing in a Functions app. */
const terminalOnly = ["RDP_REMEDIATION_DATABASE", "RDP_REMEDIATION_PORT"];
/** Other ways to name the storage account, for Azurite and for accounts with keys; in Azure its services are named. */
const otherWays = ["AzureWebJobsStorage", "AzureWebJobsStorage__accountName"];

/** What the Functions host and its extensions read, and this service does not. */
const hostSettings = [
  "AzureWebJobsStorage__credential",
  "AzureWebJobsStorage__clientId",
  "AzureWebJobsStorage__blobServiceUri",
  "AzureWebJobsStorage__queueServiceUri",
  "AzureFunctionsJobHost__extensions__durableTask__hubName",
  "AzureFunctionsJobHost__extensions__durableTask__storageProvider__type",
  "AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName",
  "DURABLE_TASK_SCHEDULER_CONNECTION_STRING",
];
/** Flex Consumption refuses apps with these: the runtime is named in the app's configuration. */
const refused = [
  "FUNCTIONS_WORKER_RUNTIME",
  "FUNCTIONS_EXTENSION_VERSION",
  "WEBSITE_RUN_FROM_PACKAGE",
  "ENABLE_ORYX_BUILD",
];

const app = readBicep("infra/modules/function-app.bicep");

function keysOf(path: string, type: string, name: string): string[] {
  const { root } = readBicep(path);
  const declared = nodesOfType(root, type).find((node) => childrenOf(node)[1]?.text === name);
  return nodesOfType(declared ?? root, "object").flatMap((object) => [...propertiesOf(object).keys()]);
}

/** What follows from where the app stands. */
const derived = [
  ...keysOf(app.path, "variable_declaration", "ownSettings"),
  ...keysOf(app.path, "variable_declaration", "scopeSettings"),
  ...keysOf("infra/modules/scheduler.bicep", "output_declaration", "settings"),
  ...keysOf("infra/modules/secrets.bicep", "output_declaration", "settings"),
];
/** What whoever deploys may choose. */
const chosen = keysOf("infra/types.bicep", "type_declaration", "serviceSettings");

test("the app is given these settings in this way", () => {
  expect(derived).toContain("RDP_REMEDIATION_TENANT_ID");
  expect(chosen).toContain("RDP_REMEDIATION_MAXIMUM_RISK");
  expect(derived.filter((name) => chosen.includes(name))).toEqual([]);
});

test("every setting in Bicep is one that the service or its host reads", () => {
  const known = [...Object.keys(Environment.shape), ...hostSettings];
  expect([...derived, ...chosen].filter((name) => !known.includes(name))).toEqual([]);
  expect(hostSettings.filter((name) => !derived.includes(name))).toEqual([]);
  expect([...derived, ...chosen].filter((name) => refused.includes(name))).toEqual([]);
});

test("every setting of the service can be given in Bicep", () => {
  const given = [...derived, ...chosen, ...terminalOnly, ...otherWays];
  expect(Object.keys(Environment.shape).filter((name) => !given.includes(name))).toEqual([]);
});

test("the settings of the scheduler are those of the documents", () => {
  const page = readFileSync(`${repository}docs/functions-app.md`, "utf8");
  for (const name of keysOf("infra/modules/scheduler.bicep", "output_declaration", "settings"))
    expect(page).toContain(name);
});
