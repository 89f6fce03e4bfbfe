import { jsonReply } from "../http.ts";
import type { Machine } from "../machine.ts";
import type { Handler } from "../route.ts";
import { onMachine, windowsName } from "./virtual-machines.ts";

/**
 * An Arc-enabled server as ARM returns it. The members are those of `Machine_Get.json` among the examples of
 * Microsoft.HybridCompute in azure-rest-api-specs; not recorded from the real one.
 */
export const getArcMachine = onMachine((_, machine, azure) => jsonReply(describe(machine, azure.now())));

/** Those of a subscription, or of one of its groups. */
export const listArcMachines: Handler = ({ params }, azure) => {
  const { subscription = "", resourceGroup } = params;
  const value = azure.machines
    .filter(({ spec }) => spec.kind === "arc-machine")
    .filter(({ subscriptionId }) => subscriptionId.toLowerCase() === subscription.toLowerCase())
    .filter((one) => resourceGroup === undefined || one.resourceGroup.toLowerCase() === resourceGroup.toLowerCase())
    .map((machine) => describe(machine, azure.now()));
  return jsonReply({ value });
};

const statusOf: Readonly<Record<Machine["agent"], string | undefined>> = {
  ready: "Connected",
  "not-ready": "Disconnected",
  absent: undefined,
};

function describe({ id, name, type, location, vmId, spec, agent, provisioningState, windows }: Machine, now: Date) {
  const system = windows?.state.system;
  const computerName = system?.computerName ?? name;
  const status = statusOf[agent];
  return {
    id,
    name,
    type,
    location,
    tags: spec.tags,
    identity: { type: "SystemAssigned", principalId: vmId, tenantId: vmId },
    properties: {
      provisioningState,
      ...(status && { status, lastStatusChange: now.toISOString() }),
      errorDetails: [],
      agentVersion: spec.agentVersion ?? "1.48.02881.1941",
      vmId,
      displayName: name,
      machineFqdn: computerName,
      osProfile: { computerName },
      osType: spec.osType.toLowerCase(),
      osName: spec.osType.toLowerCase(),
      osSku: system ? windowsName(system.build).replace(" Azure Edition", "") : "Ubuntu 24.04",
      osVersion: system ? `${system.build < 10_240 ? "6.3" : "10.0"}.${system.build}.2113` : "6.8.0",
      agentConfiguration: {
        configMode: "full",
        extensionsEnabled: "true",
        extensionsAllowList: [],
        extensionsBlockList: spec.blocksRunCommand
          ? [{ publisher: "microsoft.cplat.core", type: "runcommandhandlerwindows" }]
          : [],
      },
      detectedProperties: { manufacturer: "VMware, Inc." },
    },
  };
}
