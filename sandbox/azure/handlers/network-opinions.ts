import { z } from "zod";
import type { WorldAdminRule, WorldRule } from "../../world-network.ts";
import { invalidRequestContent, nicNotAttached, resourceNotFound } from "../arm-error.ts";
import type { Azure } from "../azure.ts";
import { json, type Reply } from "../http.ts";
import type { Machine } from "../machine.ts";
import { decideFlow, type OracleWords } from "../network-oracle.ts";
import { idOf, nicIdsOf } from "../network-resources.ts";
import { type OperationEnd, retryAfter } from "../operations.ts";
import { pause } from "../pause.ts";
import type { ArmRequest, Handler } from "../route.ts";
import {
  type GroupInEffect,
  groupsInEffect,
  list,
  oracleAdminRule,
  oracleRule,
  wordOf,
  wordsOf,
} from "../rules-in-effect.ts";
import { defaultRules } from "../security-groups.ts";

/** The rules in effect at a NIC, as a long-running operation, for a running VM alone. */
export const listEffectiveRules: Handler = (request, azure) => {
  const place = nicOf(request.path.replace(/\/[^/]+$/, ""), azure);
  if (!place) return resourceNotFound(`Microsoft.Network/networkInterfaces/${request.params.name}`, group(request));
  const { machine, nic, nicId } = place;
  if (machine.powerState !== "running") return nicNotAttached(nicId);
  const words = wordsOf(machine.spec);
  const value = groupsInEffect(machine.spec, nic, azure.world.networkAnswers.stale).map((one) =>
    showGroup(one, machine, nicId, nic.subnet, words),
  );
  return operate({ value }, request, machine, azure);
};

/** Whether one connection gets through, and by which rule. */
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
  const target = azure.machines.find(({ key }) => key === targetResourceId.toLowerCase());
  const place = target && nicOf(targetNicResourceId ?? target.nicIds[0] ?? "", azure);
  if (!place) return resourceNotFound(targetResourceId, group(request));
  const { spec } = place.machine;
  const groups = groupsInEffect(spec, place.nic, azure.world.networkAnswers.stale);
  const { access, rule } = decideFlow(
    { admin: spec.network.adminRules.map(oracleAdminRule), groups: groups.map((one) => one.rules.map(oracleRule)) },
    {
      source: remoteIPAddress,
      destination: localIPAddress,
      port: Number(localPort),
      sourcePort: Number(remotePort),
    },
    wordsOf(spec),
  );
  return operate({ access, ruleName: rule ? shownName(rule.name) : "" }, request, place.machine, azure);
};

const FlowRequest = z.object({
  targetResourceId: z.string(),
  targetNicResourceId: z.string().optional(),
  direction: z.literal("Inbound"),
  protocol: z.literal("TCP"),
  localPort: z.string().regex(/^\d+$/),
  remotePort: z.string().regex(/^\d+$/),
  localIPAddress: z.ipv4(),
  remoteIPAddress: z.ipv4(),
});

/** The security admin rules in effect on a virtual network. */
export const listAdminRules: Handler = ({ params, path }, azure) => {
  const networkId = path.replace(/\/[^/]+$/, "").toLowerCase();
  const machine = azure.machines.find(
    ({ spec }) => idOf(spec, "virtualNetworks", spec.network.name).toLowerCase() === networkId,
  );
  if (!machine) return resourceNotFound(`Microsoft.Network/virtualNetworks/${params.name}`, params.resourceGroup ?? "");
  return json({ value: machine.spec.network.adminRules.map((rule) => showAdminRule(rule, machine)) });
};

function showAdminRule(rule: WorldAdminRule, { spec }: Machine): object {
  const prefixes = (value: string | readonly string[]) =>
    list(value).map((addressPrefix) => ({
      addressPrefix,
      addressPrefixType: /^[\d*]|:/.test(addressPrefix) ? "IPPrefix" : "ServiceTag",
    }));
  return {
    kind: "Custom",
    id: `${idOf(spec, "networkManagers", "manager")}/securityAdminConfigurations/baseline/ruleCollections/rdp/rules/${rule.name}`,
    configurationDescription: "",
    ruleCollectionDescription: "",
    ruleCollectionAppliesToGroups: [],
    ruleGroups: [],
    properties: {
      protocol: rule.protocol,
      sources: prefixes(rule.source),
      destinations: prefixes(rule.destination),
      sourcePortRanges: ["0-65535"],
      destinationPortRanges: list(rule.ports).map(asRange),
      access: rule.access,
      priority: rule.priority,
      direction: rule.direction,
      provisioningState: "Succeeded",
    },
  };
}

function nicOf(id: string, { machines }: Azure) {
  for (const machine of machines) {
    const index = nicIdsOf(machine.spec).findIndex((one) => one.toLowerCase() === id.toLowerCase());
    const nic = machine.spec.network.nics[index];
    if (nic) return { machine, nic, nicId: machine.nicIds[index] ?? id };
  }
  return null;
}

function showGroup(one: GroupInEffect, { spec }: Machine, nicId: string, subnet: string, words: OracleWords): object {
  const subnetId = `${idOf(spec, "virtualNetworks", spec.network.name)}/subnets/${subnet}`;
  return {
    networkSecurityGroup: { id: idOf(spec, "networkSecurityGroups", one.group.name) },
    association: one.at === "subnet" ? { subnet: { id: subnetId } } : { networkInterface: { id: nicId } },
    effectiveSecurityRules: one.rules.map((rule) => showRule(rule, words)),
  };
}

function showRule(rule: WorldRule, words: OracleWords): object {
  return {
    name: shownName(rule.name),
    protocol: rule.protocol === "*" ? "All" : rule.protocol,
    sourcePortRange: "0-65535",
    ...numbered("destinationPortRange", "destinationPortRanges", list(rule.ports).map(asRange)),
    ...shownPrefixes("source", rule.sourceGroups, rule.source, words),
    ...shownPrefixes("destination", rule.destinationGroups, rule.destination, words),
    access: rule.access,
    priority: rule.priority,
    direction: rule.direction,
  };
}

function shownName(name: string): string {
  return `${defaultRules.some((rule) => rule.name === name) ? "defaultSecurityRules" : "securityRules"}/${name}`;
}

/** Addresses as they are written, `*` as all of them, and what words stand for where this Azure knows it. */
function shownPrefixes(
  side: "source" | "destination",
  groups: readonly string[],
  value: string | readonly string[],
  words: OracleWords,
): object {
  const written = groups.length > 0 ? [] : list(value).map((one) => (one === "*" ? "0.0.0.0/0" : withLength(one)));
  const meant = [...groups.map(wordOf), ...written].flatMap((word) => meaningOf(word, words));
  const expanded = side === "source" ? "expandedSourceAddressPrefix" : "expandedDestinationAddressPrefix";
  return {
    ...numbered(`${side}AddressPrefix`, `${side}AddressPrefixes`, written),
    ...(meant.length > 0 && { [expanded]: meant.map(withLength) }),
  };
}

function meaningOf(word: string, { inside, words }: OracleWords): readonly string[] {
  if (/^virtualnetwork$/i.test(word)) return [...inside, "168.63.129.16"];
  if (/^azureloadbalancer$/i.test(word)) return ["168.63.129.16"];
  return words[word.toLowerCase()] ?? [];
}

function withLength(prefix: string): string {
  if (!/^[\d.]+$|^[0-9a-f:]*:[0-9a-f:]*$/i.test(prefix)) return prefix;
  return `${prefix}/${prefix.includes(":") ? 128 : 32}`;
}

function numbered(single: string, plural: string, values: readonly string[]): object {
  return values.length === 1 ? { [single]: values[0] } : { [plural]: values };
}

function asRange(port: string): string {
  if (port === "*") return "0-65535";
  return port.includes("-") ? port : `${port}-${port}`;
}

function group({ params }: ArmRequest): string {
  return params.resourceGroup ?? "";
}

/** Accepted: the result is fetched from another address, once there is one. */
function operate(output: object, { apiVersion }: ArmRequest, machine: Machine, azure: Azure): Reply {
  const { seconds, fails } = azure.world.networkAnswers;
  const failed = { ok: false, code: "InternalServerError", message: "An error occurred." } as const;
  const work = pause(seconds, azure.closing).then((): OperationEnd => (fails ? failed : { ok: true, output }));
  const { id } = azure.operations.begin(
    { location: machine.location, subscription: machine.subscriptionId, vm: machine.key },
    work,
  );
  const path = `/subscriptions/${machine.subscriptionId}/providers/Microsoft.Network/locations/${machine.location}/operationResults/${id}`;
  return {
    status: 202,
    headers: { location: `${azure.origin}${path}?api-version=${apiVersion}`, ...retryAfter(seconds > 0 ? 1 : 0) },
  };
}

export const getOperationResult: Handler = ({ params, path }, azure) => {
  const operation = azure.operations.find(params.operation ?? "");
  if (!operation) return resourceNotFound(path, "");
  if (!operation.end) return { status: 202, headers: { location: `${azure.origin}${path}`, "retry-after": "1" } };
  const { end } = operation;
  return end.ok ? json(end.output) : json({ error: { code: end.code, message: end.message } }, 500);
};
