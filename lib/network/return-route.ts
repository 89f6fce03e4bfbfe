import { type AddressRange, parseRange, prefixLength, rangeContains } from "../core/address.ts";
import type { IpConfiguration, NetworkEvidence, NetworkInterface, Route } from "../core/network-evidence.ts";
import type { Origin } from "./topology.ts";
import { hopWithoutRule, type TraceHop } from "./trace-hop.ts";

/** The routes by which answers leave one address of the VM. */
export interface ReturnRoutes {
  readonly entries: readonly RouteEntry[];
  /** Name of the subnet's route table, where it was read. */
  readonly table: string | null;
}

interface RouteEntry {
  readonly route: Route;
  readonly range: AddressRange;
}

interface Unreadable {
  readonly unreadable: string;
}

/**
 * Azure's effective routes; without them those of the subnet's route table and of Azure. `null`: nobody changed Azure's
 * routes, as far as was read.
 */
export function returnRoutesOf(
  network: NetworkEvidence,
  { routes: effective }: Pick<NetworkInterface, "routes">,
  { subnet, virtualNetworkId }: IpConfiguration,
): ReturnRoutes | Unreadable | null {
  const { routeTable } = subnet;
  const table = routeTable && "routes" in routeTable ? routeTable.name : null;
  if (Array.isArray(effective)) return { entries: entriesOf(effective), table };
  if (!routeTable) return null;
  if ("unreadable" in routeTable) return routeTable;
  const own = network.virtualNetworks.find(({ id }) => id.toLowerCase() === virtualNetworkId.toLowerCase());
  const near = own && !("unreadable" in own) ? [...own.prefixes, ...own.peerings.flatMap((one) => one.prefixes)] : [];
  return { entries: entriesOf([...routeTable.routes, ...routesOfAzure(near)]), table };
}

/** A service tag as prefix is dropped: its addresses are known to the effective routes alone. */
function entriesOf(routes: readonly Route[]): RouteEntry[] {
  return routes.flatMap((route) =>
    route.prefixes.flatMap((prefix) => {
      const range = parseRange(prefix);
      return range ? { route, range } : [];
    }),
  );
}

/** What every subnet has without a route table. [MS: virtual network traffic routing] */
function routesOfAzure(near: readonly string[]): Route[] {
  const route = (nextHop: string, prefixes: readonly string[]): Route => ({
    name: null,
    prefixes: [...prefixes],
    nextHop,
    nextHopAddress: null,
    source: "Default",
  });
  return [route("VnetLocal", near), route("Internet", ["0.0.0.0/0", "::/0"])];
}

const precedence: Record<Route["source"], number> = { User: 0, VirtualNetworkGateway: 1, Default: 2 };

/** The route for an address: the longest prefix, and of equal ones that of the route table. [UDR] */
export function routeTo({ entries }: ReturnRoutes, { address }: Pick<Origin, "address">): Route | null {
  const fitting = entries.filter(({ range }) => rangeContains(range, address));
  const [best] = fitting.toSorted(
    (one, other) =>
      prefixLength(other.range) - prefixLength(one.range) ||
      precedence[one.route.source] - precedence[other.route.source],
  );
  return best?.route ?? null;
}

/**
 * Where answers to a client go. A client of the Internet came by a public address, so its answers must leave by the next
 * hop `Internet`: behind an appliance or a gateway they come from another address, or are dropped by a firewall that has
 * not seen the connection. Inside the network an appliance is usual and works when the client comes by it too; only
 * `None` drops answers for certain. `null`: answers leave as Azure routes them.
 */
export function evaluateReturnRoute(
  routes: ReturnRoutes | Unreadable | null,
  ingress: { readonly kind: "none" | "public" | "load-balancer" },
  origin: Origin,
): TraceHop | null {
  const fromInternet = origin.internet && ingress.kind !== "none";
  if (!routes || origin.platform || (!fromInternet && origin.virtualNetwork === "no")) return null;
  if ("unreadable" in routes) {
    const why = `the route table, which may lead answers elsewhere, could not be read: ${routes.unreadable}`;
    return fromInternet ? hopWithoutRule("return-route", "unknown", why) : null;
  }
  const route = routeTo(routes, origin);
  if (!route) return null;
  const hop = (verdict: TraceHop["verdict"], does: string) => ({
    ...hopWithoutRule("return-route", verdict, `${describe(route, routes.table)} ${does}`),
    rule: route.name,
    nearMiss: true as const,
  });
  if (route.nextHop === "None") return hop("denied", "drops the answers");
  if (fromInternet) {
    const returns = ["Internet", "VirtualNetworkServiceEndpoint"].includes(route.nextHop);
    return returns ? null : hop("denied", "leads the answers another way than the client came, so they do not arrive");
  }
  return route.nextHop === "VirtualAppliance"
    ? hop("passed", "leads the answers; the client must come by it too")
    : null;
}

/**
 * Azure's DHCP gives a default gateway to the primary NIC alone. A client of the Internet that came by another NIC gets no
 * answer, unless somebody gave Windows a route by that NIC; which routes it has is not in the evidence. [MNIC]
 */
export function evaluateSecondaryNic(
  nic: string | null,
  ingress: { readonly kind: "none" | "public" | "load-balancer" },
  origin: Origin,
): TraceHop | null {
  if (nic === null || !origin.internet || ingress.kind === "none") return null;
  const whose = ingress.kind === "public" ? "the public address is on" : "the load balancer forwards to";
  return hopWithoutRule(
    "return-route",
    "unknown",
    `${whose} ${nic}, a secondary NIC without a default gateway, so Windows has no way to answer by it (move the public IP to the primary NIC, or add a route in Windows by that NIC's gateway)`,
  );
}

function describe({ name, prefixes, nextHop, nextHopAddress }: Route, table: string | null): string {
  const to = `${prefixes[0] ?? ""} to ${nextHop}${nextHopAddress ? ` ${nextHopAddress}` : ""}`;
  const of = table && name ? ` of route table ${table}` : "";
  return name ? `route ${name} (${to})${of}` : `the route ${to}`;
}
