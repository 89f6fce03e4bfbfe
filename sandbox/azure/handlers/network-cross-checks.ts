import { z } from "zod";
import { invalidRequestContent, nicNotAttached, resourceNotFound } from "../arm-error.ts";
import type { Azure } from "../azure.ts";
import { jsonReply, type Reply } from "../http.ts";
import type { Machine } from "../machine.ts";
import { effectiveGroups, oracleAdminRule, oracleRule, sourceWordsOf } from "../network/effective-rules.ts";
import { decideFlow } from "../network/network-oracle.ts";
import { idOf, nicIdsOf } from "../network/network-resource.ts";
import { effectiveRouteResponse, routesOf } from "../network/routes.ts";
import { type OperationEnd, retryAfter } from "../operations.ts";
import type { ArmRequest, Handler } from "../route.ts";
import { waitSeconds } from "../wait-seconds.ts";
import { adminRuleResponse, effectiveGroupResponse, responseName } from "./effective-rules-response.ts";

/** The effective rules of a NIC, as a long-running operation; only for a running VM. */
export const listEffectiveRules: Handler = (request, azure) => {
  const place = nicOf(request.path.replace(/\/[^/]+$/, ""), azure);
  if (!place) return resourceNotFound(`Microsoft.Network/networkInterfaces/${request.params.name}`, group(request));
  const { machine, nic, nicId } = place;
  if (machine.powerState !== "running") return nicNotAttached(nicId);
  const words = sourceWordsOf(machine.spec);
  const value = effectiveGroups(machine.spec, nic, azure.world.networkAnswers.stale).map((one) =>
    effectiveGroupResponse(one, machine, nicId, nic.subnet, words),
  );
  return operate({ value }, request, machine, azure);
};

/** The effective routes of a NIC, as a long-running operation; only for a running VM. */
export const listEffectiveRoutes: Handler = (request, azure) => {
  const place = nicOf(request.path.replace(/\/[^/]+$/, ""), azure);
  if (!place) return resourceNotFound(`Microsoft.Network/networkInterfaces/${request.params.name}`, group(request));
  const { machine, nic, nicId } = place;
  if (machine.powerState !== "running") return nicNotAttached(nicId);
  return operate({ value: effectiveRouteResponse(routesOf(machine.spec, nic)) }, request, machine, azure);
};

/** IP flow verify: whether one connection is allowed, and by which rule. */
export const verifyFlow: Handler = (request, azure) => {
  const machine = azure.machines.find(
    ({ location }) => request.params.name?.toLowerCase() === `networkwatcher_${location}`,
  );
  if (!machine || !azure.world.networkAnswers.watcher) {
    return resourceNotFound(`Microsoft.Network/networkWatchers/${request.params.name}`, group(request));
  }
  const asked = FlowRequest.safeParse(request.body);
  if (!asked.success) return invalidRequestContent(z.prettifyError(asked.error));
  const { targetResourceId, targetNicResourceId, localIPAddress, localPort, remoteIPAddress, remotePort } = asked.data;
  const isOutbound = asked.data.direction === "outbound";
  const target = azure.machines.find(({ key }) => key === targetResourceId.toLowerCase());
  const place = target && nicOf(targetNicResourceId ?? target.nicIds[0] ?? "", azure);
  if (!place) return resourceNotFound(targetResourceId, group(request));
  const { spec } = place.machine;
  // Worlds have no outbound rules: the default ones let everything out.
  if (isOutbound) {
    const ruleName = responseName("AllowInternetOutBound");
    return operate({ access: "Allow", ruleName }, request, place.machine, azure);
  }
  const groups = effectiveGroups(spec, place.nic, azure.world.networkAnswers.stale);
  const { access, rule } = decideFlow(
    { admin: spec.network.adminRules.map(oracleAdminRule), groups: groups.map((one) => one.rules.map(oracleRule)) },
    {
      source: remoteIPAddress,
      destination: localIPAddress,
      port: portOf(localPort),
      sourcePort: portOf(remotePort),
    },
    sourceWordsOf(spec),
  );
  return operate({ access, ruleName: rule ? responseName(rule.name) : "" }, request, place.machine, azure);
};

/** The Network Watchers of a subscription, one for each region with a virtual network; clients look for theirs here. */
export const listNetworkWatchers: Handler = ({ params }, azure) => {
  const subscription = params.subscription?.toLowerCase() ?? "";
  const own = azure.machines.filter((one) => one.subscriptionId.toLowerCase() === subscription);
  const regions = azure.world.networkAnswers.watcher ? [...new Set(own.map(({ location }) => location))] : [];
  const value = regions.map((location) => ({
    name: `NetworkWatcher_${location}`,
    id: `/subscriptions/${subscription}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/NetworkWatcher_${location}`,
    type: "Microsoft.Network/networkWatchers",
    location,
    properties: { provisioningState: "Succeeded", runningOperationIds: [] },
  }));
  return jsonReply({ value });
};

const FlowRequest = z.object({
  targetResourceId: z.string(),
  targetNicResourceId: z.string().optional(),
  // ARM compares such words without regard to case; the Azure CLI writes Tcp.
  direction: z
    .string()
    .toLowerCase()
    .pipe(z.enum(["inbound", "outbound"])),
  protocol: z.string().toLowerCase().pipe(z.literal("tcp", "The sandbox verifies TCP alone")),
  localPort: z.string().regex(/^(\d+|\*)$/),
  remotePort: z.string().regex(/^(\d+|\*)$/),
  localIPAddress: z.ipv4(),
  remoteIPAddress: z.ipv4(),
});

/** `*` means any port: one that no rule singles out stands for it. */
function portOf(text: string): number {
  return text === "*" ? 60_000 : Number(text);
}

/** The effective security admin rules of a virtual network. */
export const listAdminRules: Handler = ({ params, path }, azure) => {
  const networkId = path.replace(/\/[^/]+$/, "").toLowerCase();
  const machine = azure.machines.find(
    ({ spec }) => idOf(spec, "virtualNetworks", spec.network.name).toLowerCase() === networkId,
  );
  if (!machine) return resourceNotFound(`Microsoft.Network/virtualNetworks/${params.name}`, params.resourceGroup ?? "");
  return jsonReply({ value: machine.spec.network.adminRules.map((rule) => adminRuleResponse(rule, machine)) });
};

function nicOf(id: string, { machines }: Azure) {
  for (const machine of machines) {
    const index = nicIdsOf(machine.spec).findIndex((one) => one.toLowerCase() === id.toLowerCase());
    const nic = machine.spec.network.nics[index];
    if (nic) return { machine, nic, nicId: machine.nicIds[index] ?? id };
  }
  return null;
}

function group({ params }: ArmRequest): string {
  return params.resourceGroup ?? "";
}

/** 202 Accepted: the client fetches the result from another URL when the operation has ended. */
function operate(output: object, { apiVersion }: ArmRequest, machine: Machine, azure: Azure): Reply {
  const { seconds, fails } = azure.world.networkAnswers;
  const failed = { ok: false, code: "InternalServerError", message: "An error occurred." } as const;
  const work = waitSeconds(azure.clock, seconds, azure.closing).then(
    (): OperationEnd => (fails ? failed : { ok: true, output }),
  );
  const { id } = azure.operations.begin(
    { location: machine.location, subscription: machine.subscriptionId, vm: machine.key },
    work,
  );
  const path = `/subscriptions/${machine.subscriptionId}/providers/Microsoft.Network/locations/${machine.location}/operationResults/${id}`;
  return {
    status: 202,
    headers: {
      location: `${azure.origin}${path}?api-version=${apiVersion}`,
      ...retryAfter(seconds > 0 ? comeBackSeconds : 0),
    },
  };
}

/** The value of Retry-After, in seconds. */
const comeBackSeconds = 1;

export const getOperationResult: Handler = async ({ params, path }, azure) => {
  const operation = azure.operations.find(params.operation ?? "");
  if (!operation) return resourceNotFound(path, "");
  if (!operation.end) await azure.clock.waited(comeBackSeconds * 1000);
  if (!operation.end)
    return { status: 202, headers: { location: `${azure.origin}${path}`, "retry-after": String(comeBackSeconds) } };
  const { end } = operation;
  return end.ok ? jsonReply(end.output) : jsonReply({ error: { code: end.code, message: end.message } }, 500);
};
