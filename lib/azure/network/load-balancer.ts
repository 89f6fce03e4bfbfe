import { z } from "zod";
import type { Forwarding } from "../../core/network-evidence.ts";
import { parseResponse } from "../call-azure.ts";
import type { Clients } from "../clients.ts";
import { isSameId, type NetworkId, type PublicAddressId, PublicAddressReference, References } from "./network-id.ts";

const port = z.number().int().nullish();

const Rule = z.object({
  id: z.string(),
  name: z.string(),
  protocol: z.string().nullish(),
  frontendIPConfiguration: z.object({ id: z.string() }).nullish(),
  frontendPort: port,
  frontendPortRangeStart: port,
  frontendPortRangeEnd: port,
  backendPort: port,
  backendAddressPool: z.object({ id: z.string() }).nullish(),
  probe: z.object({ id: z.string() }).nullish(),
  enableFloatingIP: z.boolean().nullish(),
});

const Answer = z.object({
  name: z.string(),
  sku: z.object({ name: z.string().nullish() }).nullish(),
  frontendIPConfigurations: z.array(z.object({ id: z.string(), publicIPAddress: PublicAddressReference })).nullish(),
  probes: z
    .array(z.object({ id: z.string(), name: z.string(), protocol: z.string(), port: z.number().int() }))
    .nullish(),
  inboundNatRules: z.array(Rule).nullish(),
  loadBalancingRules: z.array(Rule).nullish(),
});
export type LoadBalancer = z.infer<typeof Answer>;

/** Needs the right `Microsoft.Network/loadBalancers/read`. */
export async function readLoadBalancer(clients: Clients, id: NetworkId): Promise<LoadBalancer> {
  const answer = await clients.network(id.subscriptionId).loadBalancers.get(id.resourceGroup, id.name);
  return parseResponse(Answer, answer, "load balancer");
}

/** What an IP configuration names of load balancers. */
export const BalancerReferences = z.object({
  loadBalancerInboundNatRules: References,
  loadBalancerBackendAddressPools: References,
});
export type BalancerReferences = z.infer<typeof BalancerReferences>;

/** The load balancers of an IP configuration, without duplicates. */
export function balancersOf(references: BalancerReferences): NetworkId[] {
  const all = [
    ...(references.loadBalancerInboundNatRules ?? []),
    ...(references.loadBalancerBackendAddressPools ?? []),
  ];
  return [...new Map(all.map(({ id }) => [id.root.toLowerCase(), id])).values()];
}

/**
 * The rules of one load balancer that forward TCP from a public frontend to an IP configuration, with the id of the
 * frontend's address.
 */
export function forwardingsTo(
  balancer: LoadBalancer,
  references: BalancerReferences,
): (Omit<Forwarding, "frontAddress"> & { front: PublicAddressId })[] {
  const natRules = references.loadBalancerInboundNatRules ?? [];
  const pools = references.loadBalancerBackendAddressPools ?? [];
  const isOurs = ({ id, backendAddressPool }: z.infer<typeof Rule>) =>
    natRules.some((own) => isSameId(own.id.id, id)) ||
    pools.some((own) => backendAddressPool && isSameId(own.id.id, backendAddressPool.id));
  return [...(balancer.inboundNatRules ?? []), ...(balancer.loadBalancingRules ?? [])]
    .filter((rule) => isOurs(rule) && !/^udp$/i.test(rule.protocol ?? "Tcp"))
    .flatMap((rule) => {
      const frontId = rule.frontendIPConfiguration?.id ?? "";
      const front = balancer.frontendIPConfigurations?.find(({ id }) => isSameId(id, frontId))?.publicIPAddress;
      if (!front || !rule.backendPort) return [];
      return {
        loadBalancer: balancer.name,
        rule: rule.name,
        frontPorts: frontPorts(rule),
        backendPort: rule.backendPort,
        ...probeOf(balancer, rule.probe?.id),
        ...(rule.enableFloatingIP && { floatingIp: true as const }),
        sku: /^basic$/i.test(balancer.sku?.name ?? "Basic") ? ("Basic" as const) : ("Standard" as const),
        front: front.id,
      };
    });
}

function probeOf({ probes }: LoadBalancer, id: string | undefined): Pick<Forwarding, "probe"> {
  const found = id === undefined ? null : probes?.find((probe) => isSameId(probe.id, id));
  return found ? { probe: { name: found.name, protocol: found.protocol, port: found.port } } : {};
}

/** An inbound NAT rule of a pool has a range of frontend ports, one per VM. */
function frontPorts({ frontendPort, frontendPortRangeStart: start, frontendPortRangeEnd: end }: z.infer<typeof Rule>) {
  return start && end ? `${start}-${end}` : String(frontendPort ?? "");
}
