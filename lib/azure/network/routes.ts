import { z } from "zod";
import type { NetworkInterface, Route, RouteTable } from "../../core/network-evidence.ts";
import { parseResponse } from "../call-azure.ts";
import type { Clients } from "../clients.ts";
import type { NetworkId } from "./network-id.ts";
import { crossCheckMs, readPartWithin } from "./partial-evidence.ts";
import { optionalText } from "./security-rule.ts";

const TableAnswer = z.object({
  name: z.string(),
  routes: z
    .array(
      z.object({
        name: z.string(),
        addressPrefix: z.string(),
        nextHopType: z.string(),
        nextHopIpAddress: optionalText,
      }),
    )
    .nullish(),
});

/** Needs the right `Microsoft.Network/routeTables/read`. */
export async function readRouteTable(clients: Clients, id: NetworkId): Promise<RouteTable> {
  const answer = await clients.network(id.subscriptionId).routeTables.get(id.resourceGroup, id.name);
  const { name, routes } = parseResponse(TableAnswer, answer, "route table");
  return {
    name,
    routes: (routes ?? []).map(
      (route): Route => ({
        name: route.name,
        prefixes: [route.addressPrefix],
        nextHop: route.nextHopType,
        nextHopAddress: route.nextHopIpAddress || null,
        source: "User",
      }),
    ),
  };
}

const Texts = z.array(z.string()).nullish();

const EffectiveAnswer = z.object({
  value: z
    .array(
      z.object({
        name: optionalText,
        source: optionalText,
        state: optionalText,
        addressPrefix: Texts,
        nextHopType: z.string(),
        nextHopIpAddress: Texts,
      }),
    )
    .nullish(),
});

/**
 * Reads the routes in effect at a NIC, also those that a gateway has learned: a long-running operation, only for a
 * running VM. Needs the right `Microsoft.Network/networkInterfaces/effectiveRouteTable/action`.
 */
export async function readEffectiveRoutes(clients: Clients, nic: NetworkId): Promise<NetworkInterface["routes"]> {
  return readPartWithin(
    `list the routes in effect at ${nic.name}`,
    crossCheckMs,
    (options) =>
      clients
        .network(nic.subscriptionId)
        .networkInterfaces.getEffectiveRouteTable(nic.resourceGroup, nic.name, options),
    (answer) => {
      const { value } = parseResponse(EffectiveAnswer, answer, "list of routes in effect");
      // One that another route of the same prefix displaces is listed as Invalid.
      return (value ?? []).filter(({ state }) => state !== "Invalid").map(readEffectiveRoute);
    },
  );
}

function readEffectiveRoute(route: NonNullable<z.infer<typeof EffectiveAnswer>["value"]>[number]): Route {
  const { name, source, addressPrefix, nextHopType, nextHopIpAddress } = route;
  return {
    name: name || null,
    prefixes: addressPrefix ?? [],
    nextHop: nextHopType,
    nextHopAddress: nextHopIpAddress?.[0] ?? null,
    source: source === "User" || source === "VirtualNetworkGateway" ? source : "Default",
  };
}
