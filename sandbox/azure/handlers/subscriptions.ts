import type { Azure } from "../azure.ts";
import { jsonReply } from "../http.ts";
import type { Handler } from "../route.ts";

export const listTenants: Handler = (_, { tenantId }) =>
  jsonReply({
    value: [
      {
        id: `/tenants/${tenantId}`,
        tenantId,
        countryCode: "NL",
        displayName: "RDP Remediation sandbox",
        defaultDomain: "sandbox.invalid",
        domains: ["sandbox.invalid"],
        tenantCategory: "Home",
        tenantType: "AAD",
      },
    ],
  });

export const listSubscriptions: Handler = (_, azure) =>
  jsonReply({ value: subscriptionIds(azure).map((id) => describeSubscription(id, azure)) });

// The server checks that the subscription and the group exist before it calls a handler.
export const getSubscription: Handler = ({ params }, azure) =>
  jsonReply(describeSubscription((params.subscription ?? "").toLowerCase(), azure));

export const listResourceGroups: Handler = ({ params }, azure) =>
  jsonReply({
    value: groupsOf(azure, params.subscription ?? "").map(([name, location]) =>
      describeGroup(params.subscription ?? "", name, location),
    ),
  });

export const getResourceGroup: Handler = ({ params }, azure) => {
  const { subscription = "", resourceGroup = "" } = params;
  const [found] = groupsOf(azure, subscription).filter(([name]) => name.toLowerCase() === resourceGroup.toLowerCase());
  return jsonReply(describeGroup(subscription, found?.[0] ?? resourceGroup, found?.[1] ?? ""));
};

export function subscriptionIds({ machines }: Azure): string[] {
  return [...new Set(machines.map((one) => one.subscriptionId.toLowerCase()))];
}

/** Name and location of each group of the subscription. */
export function groupsOf({ machines, world }: Azure, subscription: string): [string, string][] {
  const groups = machines
    .filter((one) => one.subscriptionId.toLowerCase() === subscription.toLowerCase())
    .flatMap(({ resourceGroup, location, spec }): [string, string][] => [
      [resourceGroup, location],
      [spec.network.resourceGroup ?? resourceGroup, location],
      // Azure creates this group, with a Network Watcher in it, with the first virtual network of a region.
      ...(world.networkAnswers.watcher ? ([["NetworkWatcherRG", location]] as [string, string][]) : []),
    ]);
  return [...new Map(groups.toReversed().map((one) => [one[0].toLowerCase(), one])).values()].toReversed();
}

function describeSubscription(id: string, { tenantId, world }: Azure): object {
  return {
    id: `/subscriptions/${id}`,
    subscriptionId: id,
    tenantId,
    displayName: `Sandbox world ${world.name}`,
    state: "Enabled",
    authorizationSource: "RoleBased",
    managedByTenants: [],
    subscriptionPolicies: {
      locationPlacementId: "Public_2014-09-01",
      quotaId: "PayAsYouGo_2014-09-01",
      spendingLimit: "Off",
    },
  };
}

function describeGroup(subscription: string, name: string, location: string): object {
  return {
    id: `/subscriptions/${subscription}/resourceGroups/${name}`,
    name,
    type: "Microsoft.Resources/resourceGroups",
    location,
    properties: { provisioningState: "Succeeded" },
  };
}
