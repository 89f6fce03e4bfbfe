import type { WorldVm } from "../../world.ts";
import type { WorldNic } from "../../world-network.ts";
import { decideRoute, type OracleRoute } from "./network-oracle.ts";
import { idOf, type NetworkResource, networkResource } from "./network-resource.ts";

/** The route tables of a network's subnets as ARM has them. */
export function routeTablesOf(vm: WorldVm): NetworkResource[] {
  return vm.network.subnets.flatMap(({ routeTable }) => {
    if (!routeTable) return [];
    const id = idOf(vm, "routeTables", routeTable.name);
    const routes = routeTable.routes.map(({ name, ...properties }) => ({
      name,
      id: `${id}/routes/${name}`,
      type: "Microsoft.Network/routeTables/routes",
      etag: 'W/"1"',
      properties: { provisioningState: "Succeeded", ...properties, hasBgpOverride: false },
    }));
    return networkResource(vm, "routeTables", routeTable.name, { disableBgpRoutePropagation: false, routes });
  });
}

/** All routes of a NIC, by precedence: those of the route table, those that the gateway learned, those of Azure. */
export function routesOf({ network }: WorldVm, nic: WorldNic): OracleRoute[] {
  const table = network.subnets.find(({ name }) => name === nic.subnet)?.routeTable;
  const route = (source: OracleRoute["source"], nextHopType: string) => (addressPrefix: string) => ({
    name: "",
    source,
    addressPrefix,
    nextHopType,
    nextHopIpAddress: null,
  });
  return [
    ...(table?.routes ?? []).map((own) => ({
      ...own,
      source: "User" as const,
      nextHopIpAddress: own.nextHopIpAddress ?? null,
    })),
    ...[...(network.gatewayTo ?? []), ...network.learnedRoutes].map(
      route("VirtualNetworkGateway", "VirtualNetworkGateway"),
    ),
    ...network.addressPrefixes.map(route("Default", "VnetLocal")),
    ...network.peerings.flatMap(({ prefixes }) => prefixes.map(route("Default", "VNetPeering"))),
    route("Default", "Internet")("0.0.0.0/0"),
    // Azure drops what goes to private ranges that no network has.
    ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].map(route("Default", "None")),
  ];
}

/** The effective routes in the form in which Microsoft.Network lists them. */
export function effectiveRouteResponse(routes: readonly OracleRoute[]): object[] {
  return routes.map((route) => {
    const { name, source, addressPrefix, nextHopType, nextHopIpAddress } = route;
    const [first = ""] = addressPrefix.split("/");
    const displaced = decideRoute(
      routes.filter((one) => one.addressPrefix === addressPrefix),
      first,
    );
    return {
      ...(name && { name }),
      source,
      state: displaced && displaced !== route ? "Invalid" : "Active",
      addressPrefix: [addressPrefix],
      nextHopType,
      nextHopIpAddress: nextHopIpAddress ? [nextHopIpAddress] : [],
      disableBgpRoutePropagation: false,
    };
  });
}
