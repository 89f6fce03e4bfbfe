import { createHash } from "node:crypto";
import { computeVersions, networkVersions, securityVersions } from "../api-versions.ts";
import { resourceNotFound } from "../arm-error.ts";
import type { Azure } from "../azure.ts";
import { jsonReply } from "../http.ts";
import type { Handler } from "../route.ts";

/*
 * What ARM itself says about a subscription: resource providers, management locks, role assignments.
 */

const providers: Readonly<Record<string, { types: readonly string[]; apiVersions: readonly string[] }>> = {
  "Microsoft.Compute": { types: ["virtualMachines", "virtualMachines/runCommands"], apiVersions: computeVersions },
  "Microsoft.Network": {
    types: ["networkInterfaces", "networkSecurityGroups", "virtualNetworks", "networkWatchers"],
    apiVersions: networkVersions,
  },
  "Microsoft.Security": { types: ["locations/jitNetworkAccessPolicies"], apiVersions: securityVersions },
};

export const listProviders: Handler = ({ params }, azure) =>
  jsonReply({ value: Object.keys(providers).map((name) => describeProvider(name, params.subscription ?? "", azure)) });

export const getProvider: Handler = ({ params }, azure) => {
  const asked = params.namespace?.toLowerCase();
  const name = Object.keys(providers).find((one) => one.toLowerCase() === asked);
  return name
    ? jsonReply(describeProvider(name, params.subscription ?? "", azure))
    : resourceNotFound(`Microsoft.Resources/providers/${params.namespace}`, "");
};

function describeProvider(namespace: string, subscription: string, { world, machines }: Azure): object {
  const { types = [], apiVersions = [] } = providers[namespace] ?? {};
  const served = world.apiVersions[namespace] ?? apiVersions;
  const locations = [...new Set(machines.map(({ location }) => location))];
  return {
    id: `/subscriptions/${subscription}/providers/${namespace}`,
    namespace,
    registrationPolicy: "RegistrationRequired",
    registrationState: "Registered",
    resourceTypes: types.map((resourceType) => ({
      resourceType,
      locations,
      apiVersions: [...served].toReversed(),
      capabilities: "None",
    })),
  };
}

/** Locks at the scope, above it and below it. This Azure has them on VMs alone. */
export const listLocks: Handler = ({ path }, { machines }) => {
  const scope = scopeOf(path);
  const locked = machines.filter(({ spec, key }) => spec.lock && isRelated(key, scope));
  return jsonReply({
    value: locked.map(({ id, spec }) => ({
      id: `${id}/providers/Microsoft.Authorization/locks/of-the-world`,
      type: "Microsoft.Authorization/locks",
      name: "of-the-world",
      properties: { level: spec.lock },
    })),
  });
};

/** Role assignments of the service's identity at the scope, above it and below it; `$filter` by principal is obeyed. */
export const listRoleAssignments: Handler = ({ path, params, query }, { assignments }) => {
  const scope = scopeOf(path);
  const [, principal] = /(?:principalId eq|assignedTo\()\s*'([^']+)'/i.exec(query.get("$filter") ?? "") ?? [];
  const found = assignments
    .filter((one) => isRelated(one.scope, scope))
    .filter((one) => principal === undefined || one.principalId.toLowerCase() === principal.toLowerCase());
  return jsonReply({
    value: found.map(({ role, scope: at, principalId }) => {
      const name = guidOf(`${at.toLowerCase()} ${principalId} ${role}`);
      return {
        id: `${at === "/" ? "" : at}/providers/Microsoft.Authorization/roleAssignments/${name}`,
        type: "Microsoft.Authorization/roleAssignments",
        name,
        properties: {
          roleDefinitionId: `/subscriptions/${params.subscription}/providers/Microsoft.Authorization/roleDefinitions/${guidOf(role)}`,
          principalId,
          principalType: "ServicePrincipal",
          scope: at,
        },
      };
    }),
  });
};

function scopeOf(path: string): string {
  return path.replace(/\/providers\/Microsoft\.Authorization\/.*$/i, "");
}

/** Whether one scope is the other, or contains it. */
function isRelated(one: string, other: string): boolean {
  const [a = "", b = ""] = [one, other].map((id) => `${id.toLowerCase().replace(/\/+$/, "")}/`);
  return a.startsWith(b) || b.startsWith(a);
}

/** The same GUID for the same text. */
function guidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
