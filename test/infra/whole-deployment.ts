import { type Json, type Resource, snapshot } from "./bicep-compiler.ts";

/* What main.bicep deploys with every optional part switched on, as the Bicep compiler predicts it. */

const subscription = "/subscriptions/00000000-0000-0000-0000-000000000001";
const vm = (name: string) =>
  `${subscription}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/${name}`;

export const apiClientId = "00000000-0000-0000-0000-000000000003";
export const apiObjectId = "00000000-0000-0000-0000-000000000004";

/** All resources. `mode` is what alerts ask for. */
export async function wholeDeployment(mode: "report" | "repair" = "report"): Promise<readonly Resource[]> {
  const parameters: Record<string, Json> = {
    environmentName: "whole",
    location: "westeurope",
    apiClientId,
    apiObjectId,
    targets: [
      { subscriptionId: "00000000-0000-0000-0000-000000000001", resourceGroup: "rg-app" },
      { subscriptionId: "00000000-0000-0000-0000-000000000001", resourceGroup: "*" },
    ],
    networkGroups: [
      { subscriptionId: "00000000-0000-0000-0000-000000000001", resourceGroup: "NetworkWatcherRG" },
      { subscriptionId: "00000000-0000-0000-0000-000000000005", resourceGroup: "*" },
    ],
    justInTimeAccess: true,
    settings: { RDP_REMEDIATION_MAXIMUM_RISK: "low" },
    dispatchToken: "a token",
    notificationSecrets: "{}",
    communicationServiceId:
      "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-mail/providers/Microsoft.Communication/communicationServices/mail",
    durableBackend: "scheduler",
    privateNetwork: true,
    alerts: {
      mode,
      regions: ["westeurope"],
      vms: [vm("vm-app-01")],
      emails: ["operations@example.com"],
      connectionMonitors: [{ location: "westeurope", sources: [vm("vm-app-02")], destinations: [vm("vm-app-01")] }],
    },
  };
  const { succeeded, diagnostics, resources } = await snapshot(
    Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, { value }])),
  );
  if (!succeeded) throw new Error(`main.bicep has no snapshot:\n${diagnostics.join("\n")}`);
  return resources;
}

/** The one resource of a type, with this in its name. */
export function resourceOf(resources: readonly Resource[], type: string, name = ""): Resource {
  const found = resources.filter((one) => one.type === type && one.name.includes(name));
  const [only, ...others] = found;
  if (!only || others.length > 0) throw new Error(`There are ${found.length} resources ${type} ${name}, and not one.`);
  return only;
}

/** The value at a dotted path in an object; numbers count the items of lists. */
export function valueAt(value: unknown, path: string): Json {
  const found = path.split(".").reduce<unknown>((inner, step) => {
    return typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[step] : undefined;
  }, value);
  if (found === undefined) throw new Error(`There is no ${path} in ${JSON.stringify(value)?.slice(0, 200)}.`);
  return found as Json;
}
