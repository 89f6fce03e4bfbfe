import { formatAddress, formatEndpoint } from "../core/address.ts";
import { forwardingTo, type NetworkPath } from "./network-path.ts";
import type { Origin } from "./topology.ts";
import { hopWithoutRule, type TraceHop } from "./trace-hop.ts";

/**
 * Azure Firewall translates the source of such a connection too, to an address of AzureFirewallSubnet: Microsoft's Azure
 * Network Security Blog, "Azure Firewall NAT Behaviors" (2023).
 */
export const behindFirewall = "where a DNAT rule of a firewall leads to it, rules see the firewall's subnet: name that";

/** What a packet from one origin meets before the virtual network. */
export interface IngressVerdict {
  /** `null` for an origin inside the virtual network. */
  readonly hop: TraceHop | null;
  /** Set when the ingress needs a security group that allows the traffic and there is none: the hop to report then. */
  readonly closed: TraceHop | null;
}

/** Evaluates the ingress of a path. `unguarded`: there is no security group behind it. */
export function evaluateIngress(path: NetworkPath, origin: Origin, unguarded: boolean): IngressVerdict {
  if (origin.virtualNetwork !== "no") return { hop: null, closed: null };
  if (!origin.internet) return { hop: noKnownRoute(origin), closed: null };
  switch (path.ingress.kind) {
    case "public":
      return evaluatePublicAddress(path, path.ingress.address, unguarded);
    case "load-balancer":
      return evaluateLoadBalancer(path, path.ingress.forwardings, unguarded);
    case "none": {
      const why = `the VM has no public address there, and what else may lead to it was not read (${behindFirewall})`;
      return { hop: hopWithoutRule("public-ip", "unknown", why), closed: null };
    }
  }
}

function noKnownRoute({ address }: Origin): TraceHop {
  const text = formatAddress(address);
  const why = `no peering, gateway or route that was read leads from ${text}; a client behind a router comes by the router's public address`;
  return hopWithoutRule("unreadable", "unknown", why);
}

function evaluatePublicAddress(
  path: NetworkPath,
  address: Extract<NetworkPath["ingress"], { kind: "public" }>["address"],
  unguarded: boolean,
): IngressVerdict {
  const to = formatAddress(path.destination);
  if ("unreadable" in address) {
    const hop = hopWithoutRule("public-ip", "passed", `a public address leads to ${to}`);
    const why = `its public address could not be read, which may be closed where no network security group allows: ${address.unreadable}`;
    return { hop, closed: unguarded ? hopWithoutRule("public-ip", "unknown", why) : null };
  }
  const hop = hopWithoutRule("public-ip", "passed", `the public address ${address.address} leads to ${to}`);
  if (!unguarded || address.sku === "Basic") return { hop, closed: null };
  const why = `the Standard public address ${address.address} admits nothing without a network security group that allows it`;
  return { hop, closed: hopWithoutRule("public-ip", "denied", why) };
}

/** Security groups see the packet behind the load balancer, at the backend port of its rule. */
function evaluateLoadBalancer(
  path: NetworkPath,
  forwardings: Extract<NetworkPath["ingress"], { kind: "load-balancer" }>["forwardings"],
  unguarded: boolean,
): IngressVerdict {
  if ("unreadable" in forwardings) {
    const why = `the load balancer in front of the VM could not be read: ${forwardings.unreadable}`;
    return { hop: hopWithoutRule("load-balancer", "unknown", why), closed: null };
  }
  const fitting = forwardingTo(forwardings, path.port);
  if (!fitting) {
    const [first] = forwardings;
    const others = forwardings.map(({ rule, backendPort }) => `${rule} to port ${backendPort}`).join(", ");
    const why = `no rule of load balancer ${first?.loadBalancer} leads to port ${path.port} (${others})`;
    return { hop: hopWithoutRule("load-balancer", "denied", why), closed: null };
  }
  const { rule, loadBalancer, frontAddress, frontPorts, sku, probe, floatingIp } = fitting;
  if (floatingIp && frontAddress === null) {
    const why = `rule ${rule} of load balancer ${loadBalancer} has floating IP, and the address of its front end, which rules see, could not be read`;
    return { hop: { ...hopWithoutRule("load-balancer", "unknown", why), rule }, closed: null };
  }
  const sick = path.probeDenials.get(rule);
  if (sick) return { hop: { ...hopWithoutRule("load-balancer", "denied", sick), rule, nearMiss: true }, closed: null };
  const from = frontAddress ? `${frontAddress}, port ${frontPorts},` : `port ${frontPorts}`;
  const to = formatEndpoint(path.destination, path.port);
  // Whether a program answers on the port of the probe is not looked at.
  const condition =
    probe && probe.port !== path.port ? `, while its probe ${probe.name} (port ${probe.port}) is answered` : "";
  const floating = floatingIp ? `; its floating IP is on, so that Windows must have ${frontAddress} on an adapter` : "";
  const leads = `rule ${rule} of load balancer ${loadBalancer} leads ${from} to ${to}${condition}${floating}`;
  const hop = { ...hopWithoutRule("load-balancer", "passed", leads), rule };
  if (!unguarded || sku === "Basic") return { hop, closed: null };
  const why = `the Standard load balancer ${loadBalancer} admits nothing without a network security group that allows it`;
  return { hop, closed: { ...hop, verdict: "denied", why } };
}
