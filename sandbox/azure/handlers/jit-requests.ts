import { randomUUID } from "node:crypto";
import { z } from "zod";
import { isJitDeny } from "../../../lib/core/jit.ts";
import { invalidParameter, invalidRequestContent, resourceNotFound } from "../arm-error.ts";
import type { Azure } from "../azure.ts";
import { jsonReply } from "../http.ts";
import type { Machine } from "../machine.ts";
import { idOf } from "../network/network-resource.ts";
import { groupsWithId, putRule } from "../network/rule-changes.ts";
import type { Handler } from "../route.ts";

const Request = z.object({
  virtualMachines: z
    .array(
      z.object({
        id: z.string(),
        ports: z
          .array(
            z.object({
              number: z.int(),
              allowedSourceAddressPrefix: z.string(),
              endTimeUtc: z.iso.datetime({ offset: true }),
            }),
          )
          .min(1),
      }),
    )
    .min(1),
  justification: z.string().optional(),
});

/**
 * Grants just-in-time access as Defender for Cloud does: with an allow rule of priority 100 to 110 in each group that
 * has the deny rule of this VM. The rule does not expire, because a sandbox does not run that long.
 */
export const initiateJitAccess: Handler = ({ params, body }, azure) => {
  const { policy = "", resourceGroup = "" } = params;
  const asked = Request.safeParse(body);
  if (!asked.success) return invalidRequestContent(z.prettifyError(asked.error));
  for (const { id, ports } of asked.data.virtualMachines) {
    const machine = azure.machines.find(({ key }) => key === id.toLowerCase());
    const jit = machine?.spec.network.jit;
    if (!machine || !jit || policy.toLowerCase() !== `${machine.name}-policy`.toLowerCase()) {
      return resourceNotFound(`Microsoft.Security/locations/jitNetworkAccessPolicies/${policy}`, resourceGroup);
    }
    for (const { number, allowedSourceAddressPrefix, endTimeUtc } of ports) {
      if (!jit.ports.includes(number)) return invalidParameter(`Port ${number} is not in the policy.`);
      const left = Date.parse(endTimeUtc) - azure.now().getTime();
      if (left <= 0 || left > jit.hours * 3_600_000)
        return invalidParameter("endTimeUtc exceeds the policy's maximum.");
      grant(azure, machine, number, allowedSourceAddressPrefix);
      jit.requests.push({
        port: number,
        source: allowedSourceAddressPrefix,
        endsAt: new Date(endTimeUtc).toISOString(),
      });
    }
  }
  return jsonReply({ ...asked.data, startTimeUtc: azure.now().toISOString(), requestor: "sandbox" }, 202);
};

function grant({ world }: Azure, { spec }: Machine, port: number, source: string): void {
  const { nics, subnets } = spec.network;
  const names = [...nics, ...subnets]
    .flatMap(({ securityGroup }) => securityGroup ?? [])
    .filter(({ rules }) => rules.some(({ name }) => isJitDeny(name)))
    .map(({ name }) => name);
  for (const name of new Set(names)) {
    const groups = groupsWithId(world, idOf(spec, "networkSecurityGroups", name));
    const taken = groups.flatMap(({ rules }) => rules.map(({ priority }) => priority));
    const priority = Array.from({ length: 11 }, (_, at) => 100 + at).find((one) => !taken.includes(one)) ?? 110;
    putRule(groups, {
      name: `SecurityCenter-JITRule-${priority}-${randomUUID().replaceAll("-", "").toUpperCase()}`,
      priority,
      access: "Allow",
      direction: "Inbound",
      protocol: "*",
      source,
      destination: nics.map(({ privateAddress }) => privateAddress),
      ports: String(port),
      sourcePorts: "*",
      sourceGroups: [],
      destinationGroups: [],
    });
  }
}
