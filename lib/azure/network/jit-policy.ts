import { z } from "zod";
import type { JitPolicy } from "../../core/network-evidence.ts";
import { formatVmId, type VmId } from "../../core/vm-id.ts";
import { parseResponse, UnexpectedResponse } from "../call-azure.ts";
import type { Clients } from "../clients.ts";
import { isSameId } from "./network-id.ts";
import { mergeSingularAndPlural, optionalText, optionalTexts } from "./security-rule.ts";

/** Of Microsoft.Security. [SDK types of @azure/arm-security, which is not used: it is for one call] */
export const jitApiVersion = "2020-01-01";

const Port = z.object({
  number: z.number().int(),
  protocol: z.string(),
  allowedSourceAddressPrefix: optionalText,
  allowedSourceAddressPrefixes: optionalTexts,
  maxRequestAccessDuration: z.string(),
});

const Grant = z.object({ number: z.number().int(), endTimeUtc: z.iso.datetime({ offset: true }) });

/** A request of which something is odd costs itself: it decides nothing but when access is told to end. */
const Requests = z
  .array(
    z
      .object({ virtualMachines: z.array(z.object({ id: z.string(), ports: z.array(Grant) })) })
      .nullable()
      .catch(null),
  )
  .nullish()
  .catch(null);

const Answer = z.object({
  value: z.array(
    z.object({
      id: z.string(),
      properties: z.object({
        virtualMachines: z.array(z.object({ id: z.string(), ports: z.array(Port) })),
        requests: Requests,
      }),
    }),
  ),
});

/**
 * Reads the just-in-time policy that names a VM. Needs the right
 * `Microsoft.Security/locations/jitNetworkAccessPolicies/read`.
 */
export async function readJitPolicy(clients: Clients, vm: VmId, location: string): Promise<JitPolicy> {
  const path = `/subscriptions/${vm.subscriptionId}/resourceGroups/${vm.resourceGroup}/providers/Microsoft.Security/locations/${location}/jitNetworkAccessPolicies`;
  const answer = await clients.get(path, { "api-version": jitApiVersion });
  const { value } = parseResponse(Answer, answer, "list of just-in-time policies");
  for (const { id, properties } of value) {
    const own = properties.virtualMachines.find((one) => isSameId(one.id, formatVmId(vm)));
    if (own) return { id, ports: own.ports.map(readPort), grants: grantsOf(vm, properties.requests ?? []) };
  }
  throw new UnexpectedResponse("no policy of just-in-time access names this VM");
}

function readPort(port: z.infer<typeof Port>): JitPolicy["ports"][number] {
  return {
    number: port.number,
    protocol: port.protocol,
    sources: mergeSingularAndPlural(port.allowedSourceAddressPrefix, port.allowedSourceAddressPrefixes),
    maximumDuration: port.maxRequestAccessDuration,
  };
}

function grantsOf(vm: VmId, requests: NonNullable<z.infer<typeof Requests>>): NonNullable<JitPolicy["grants"]> {
  return requests
    .flatMap((request) => request?.virtualMachines ?? [])
    .filter(({ id }) => isSameId(id, formatVmId(vm)))
    .flatMap(({ ports }) => ports)
    .map(({ number, endTimeUtc }) => ({ port: number, endsAt: new Date(endTimeUtc).toISOString() }));
}
