import { readFileSync } from "node:fs";
import { readAlert } from "../../lib/alerts/read-alert.ts";

/*
 * Sample payloads, one file each in test/fixtures/alerts, and a way to vary them.
 */

/** Alerts that ask for a repair of vm-app-01. */
export const aboutTheVm = [
  "metric-vm-availability",
  "metric-single-resource",
  "metric-dynamic-threshold",
  "log-v2-workspace",
  "activity-log-restart",
  "resource-health",
  "connection-monitor",
] as const;
export const sampleNames = [...aboutTheVm, "log-v2-computer", "cost-budget", "metric-not-common"] as const;
export type SampleName = (typeof sampleNames)[number];

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The VM of the sandbox, as an id in ARM's spelling and in its three names. */
export const vmId =
  "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/vm-app-01";
export const vm = {
  subscriptionId: "00000000-0000-4000-8000-000000000001",
  resourceGroup: "rg-app",
  name: "vm-app-01",
};

export const scaleSetId = vmId.replace("/virtualMachines/vm-app-01", "/virtualMachineScaleSets/set-app");
export const scaleSetInstanceId = `${scaleSetId}/virtualMachines/0`;

/** Where the fields are that tests vary most. */
export const essentials = "data.essentials";
export const targets = `${essentials}.alertTargetIDs`;
export const items = `${essentials}.configurationItems`;
export const context = "data.alertContext";
export const dimensions = `${context}.condition.allOf.0.dimensions`;

export type Edits = Readonly<Record<string, Json | undefined>>;

export function sample(name: SampleName, edits: Edits = {}): Json {
  const text = readFileSync(new URL(`../fixtures/alerts/${name}.json`, import.meta.url), "utf8");
  const body: Json = JSON.parse(text);
  for (const [path, value] of Object.entries(edits)) edit(body, path, value);
  return body;
}

/** What the sample says after the edits. Paths are dotted; `undefined` removes the field or the item. */
export function read(name: SampleName, edits: Edits = {}) {
  return readAlert(sample(name, edits));
}

function edit(node: Json | undefined, path: string, value: Json | undefined): void {
  if (node === null || typeof node !== "object") throw new Error(`Nothing to edit at ${path}.`);
  const [key = "", ...rest] = path.split(".");
  if (Array.isArray(node)) {
    if (rest.length > 0) edit(node[Number(key)], rest.join("."), value);
    else node.splice(Number(key), 1, ...(value === undefined ? [] : [value]));
    return;
  }
  // Names of custom properties hold dots themselves.
  if (rest.length > 0 && !Object.hasOwn(node, path)) edit(node[key], rest.join("."), value);
  else if (value === undefined) delete node[path];
  else node[path] = value;
}

/** Every path in a body, of fields and of items, dotted. */
export function pathsOf(node: Json, prefix = ""): string[] {
  if (node === null || typeof node !== "object") return [];
  return Object.entries(node).flatMap(([key, child]) => [prefix + key, ...pathsOf(child, `${prefix}${key}.`)]);
}
