import { formatAddress, formatEndpoint } from "./address.ts";
import { type Point, plainPoint } from "./point.ts";
import type { Origin } from "./surroundings.ts";
import type { Way } from "./way.ts";

/** What stands before the virtual network for a packet from one origin. */
export interface Entrance {
  /** `null` for those who are inside. */
  readonly point: Point | null;
  /** Set when it lets in nothing that no security group allows, and there is no group: what to say then. */
  readonly closed: Point | null;
}

/** `unguarded`: no security group stands behind it. */
export function entranceOf(way: Way, origin: Origin, unguarded: boolean): Entrance {
  if (origin.virtualNetwork !== "no") return { point: null, closed: null };
  if (!origin.internet) return { point: nowhere(origin), closed: null };
  switch (way.front.kind) {
    case "public":
      return publicEntrance(way, way.front.address, unguarded);
    case "load-balancer":
      return balancedEntrance(way, way.front.forwardings, unguarded);
    case "none": {
      const why = "the VM has no public address there, and what else may lead to it was not read";
      return { point: plainPoint("public-ip", "unknown", why), closed: null };
    }
  }
}

function nowhere({ address }: Origin): Point {
  const text = formatAddress(address);
  const why = `no peering, gateway or route that was read leads from ${text}; a client behind a router comes by the router's public address`;
  return plainPoint("unreadable", "unknown", why);
}

function publicEntrance(
  way: Way,
  address: Extract<Way["front"], { kind: "public" }>["address"],
  unguarded: boolean,
): Entrance {
  const to = formatAddress(way.destination);
  if ("unreadable" in address) {
    const point = plainPoint("public-ip", "passed", `a public address leads to ${to}`);
    const why = `its public address could not be read, which may be closed where no network security group allows: ${address.unreadable}`;
    return { point, closed: unguarded ? plainPoint("public-ip", "unknown", why) : null };
  }
  const point = plainPoint("public-ip", "passed", `the public address ${address.address} leads to ${to}`);
  if (!unguarded || address.sku === "Basic") return { point, closed: null };
  const why = `the Standard public address ${address.address} admits nothing without a network security group that allows it`;
  return { point, closed: plainPoint("public-ip", "denied", why) };
}

/** A packet is judged behind the load balancer, at the port to which its rule leads. */
function balancedEntrance(
  way: Way,
  forwardings: Extract<Way["front"], { kind: "load-balancer" }>["forwardings"],
  unguarded: boolean,
): Entrance {
  if ("unreadable" in forwardings) {
    const why = `the load balancer in front of the VM could not be read: ${forwardings.unreadable}`;
    return { point: plainPoint("load-balancer", "unknown", why), closed: null };
  }
  const fitting = forwardings.find(({ backendPort }) => backendPort === way.port);
  if (!fitting) {
    const [first] = forwardings;
    const others = forwardings.map(({ rule, backendPort }) => `${rule} to port ${backendPort}`).join(", ");
    const why = `no rule of load balancer ${first?.loadBalancer} leads to port ${way.port} (${others})`;
    return { point: plainPoint("load-balancer", "denied", why), closed: null };
  }
  const { rule, loadBalancer, frontAddress, frontPorts, sku } = fitting;
  const from = frontAddress ? `${frontAddress}, port ${frontPorts},` : `port ${frontPorts}`;
  const to = formatEndpoint(way.destination, way.port);
  const leads = `rule ${rule} of load balancer ${loadBalancer} leads ${from} to ${to}`;
  const point = { ...plainPoint("load-balancer", "passed", leads), rule };
  if (!unguarded || sku === "Basic") return { point, closed: null };
  const why = `the Standard load balancer ${loadBalancer} admits nothing without a network security group that allows it`;
  return { point, closed: { ...point, verdict: "denied", why } };
}
