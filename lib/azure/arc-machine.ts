import { z } from "zod";
import type { AzureEvidence } from "../core/azure-evidence.ts";
import { formatVmId, type VmId } from "../core/vm-id.ts";
import { chosenVersions } from "./api-versions.ts";
import { parseResponse } from "./call-azure.ts";
import type { Clients } from "./clients.ts";

/**
 * An Arc-enabled server, with the members that are read. Source: `Machine` and `MachineProperties` of
 * Microsoft.HybridCompute in azure-rest-api-specs. `osType` is `windows` or `linux`, in any case.
 */
const ArcMachine = z.object({
  location: z.string(),
  tags: z.record(z.string(), z.string()).nullish(),
  properties: z.object({
    provisioningState: z.string().nullish(),
    vmId: z.string().nullish(),
    status: z.string().nullish(),
    agentVersion: z.string().nullish(),
    osType: z.string().nullish(),
    osName: z.string().nullish(),
    osSku: z.string().nullish(),
    osVersion: z.string().nullish(),
    // AgentConfiguration: what was set on the server with azcmagent.
    agentConfiguration: z
      .object({
        extensionsBlockList: z
          .array(z.object({ publisher: z.string().nullish(), type: z.string().nullish() }))
          .nullish(),
      })
      .nullish()
      .catch(null),
  }),
});

/** Whether the machine is read here, and not by the SDK of Microsoft.Compute. */
export function isArcMachine({ kind }: VmId): boolean {
  return kind === "arc-machine";
}

/** Needs the right `Microsoft.HybridCompute/machines/read`. @throws what the SDKs throw */
export async function readArcMachine(clients: Pick<Clients, "get">, vm: VmId): Promise<AzureEvidence> {
  const query = { "api-version": chosenVersions["Microsoft.HybridCompute"] ?? "" };
  const answer = await clients.get(encodeURI(formatVmId(vm)), query);
  const { location, tags, properties } = parseResponse(ArcMachine, answer, "Arc-enabled server");
  const { vmId, status, agentVersion, osType, osName, osSku, osVersion, provisioningState } = properties;
  const name = osSku || osName;
  return {
    vm: {
      id: formatVmId(vm),
      ...(vmId && { uniqueId: vmId }),
      location,
      osType: /^linux$/i.test(osType ?? osName ?? "") ? "Linux" : "Windows",
      ...(name && { osName: name }),
      ...(osVersion && { osVersion }),
      powerState: "unknown",
      provisioningState: provisioningState ?? "unknown",
      agent: status ? { status, version: agentVersion || "unknown" } : null,
      ...(blocksRunCommand(properties) && { blocksRunCommand: true as const }),
      scaleSetId: null,
      tags: tags ?? {},
    },
    network: {
      outside:
        "This server is outside Azure: no security group, no route and no just-in-time access of Azure stands before it. Ask the owner of its own network whether clients reach it, or name the client's place to probe.",
    },
  };
}

/** The handler's name is that of learn.microsoft.com, azure/azure-arc/servers/run-command, "Blocking run commands locally". */
function blocksRunCommand({ agentConfiguration }: z.infer<typeof ArcMachine>["properties"]): boolean {
  return (agentConfiguration?.extensionsBlockList ?? []).some(
    ({ publisher, type }) =>
      /^microsoft\.cplat\.core$/i.test(publisher ?? "") && /^runcommandhandlerwindows$/i.test(type ?? ""),
  );
}
