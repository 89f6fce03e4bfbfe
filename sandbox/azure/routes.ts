import {
  authorizationVersions,
  computeVersions,
  hybridVersions,
  networkVersions,
  resourceGraphVersions,
  resourcesVersions,
  scaleSetNetworkVersions,
  securityVersions,
} from "./api-versions.ts";
import type { ComputePolicy } from "./budget.ts";
import { actionRunCommand } from "./handlers/action-run-command.ts";
import { alertRoutes } from "./handlers/alerts.ts";
import { getArcMachine, listArcMachines } from "./handlers/arc-machines.ts";
import { listJitPolicies } from "./handlers/jit-policies.ts";
import { initiateJitAccess } from "./handlers/jit-requests.ts";
import {
  deleteRunCommand,
  getRunCommand,
  listRunCommands,
  patchRunCommand,
  putRunCommand,
} from "./handlers/managed-run-commands.ts";
import { getProvider, listLocks, listProviders, listRoleAssignments } from "./handlers/management.ts";
import {
  getInstanceNetwork,
  getNetworkResource,
  listInstanceNetwork,
  listNetworkResources,
} from "./handlers/network.ts";
import {
  getOperationResult,
  listAdminRules,
  listEffectiveRoutes,
  listEffectiveRules,
  listNetworkWatchers,
  verifyFlow,
} from "./handlers/network-cross-checks.ts";
import { getOperation } from "./handlers/operations.ts";
import { queryResources } from "./handlers/resource-graph.ts";
import { getInstance, getScaleSet, listInstances } from "./handlers/scale-sets.ts";
import { deleteSecurityRule, getSecurityRule, putSecurityRule } from "./handlers/security-rules.ts";
import {
  getResourceGroup,
  getSubscription,
  listResourceGroups,
  listSubscriptions,
  listTenants,
} from "./handlers/subscriptions.ts";
import {
  getInstanceView,
  getVirtualMachine,
  listVirtualMachines,
  restartVirtualMachine,
} from "./handlers/virtual-machines.ts";
import type { Handler, Route } from "./route.ts";

const subscription = "/subscriptions/{subscription}";
const group = `${subscription}/resourceGroups/{resourceGroup}`;
const vm = `${group}/providers/Microsoft.Compute/virtualMachines/{vm}`;
const scaleSet = `${group}/providers/Microsoft.Compute/virtualMachineScaleSets/{scaleSet}`;
const instance = `${scaleSet}/virtualMachines/{vm}`;
const arc = `${group}/providers/Microsoft.HybridCompute/machines/{vm}`;

/** All routes of this ARM, each with the action that it needs. */
export const routes: readonly Route[] = [
  resources("/tenants", null, listTenants),
  resources("/subscriptions", null, listSubscriptions),
  resources(subscription, null, getSubscription),
  resources(
    `${subscription}/resourceGroups`,
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    listResourceGroups,
  ),
  resources(group, "Microsoft.Resources/subscriptions/resourceGroups/read", getResourceGroup),

  compute(
    "GET",
    `${subscription}/providers/Microsoft.Compute/virtualMachines`,
    "virtualMachines/read",
    "HighCostGet",
    listVirtualMachines,
  ),
  compute(
    "GET",
    `${group}/providers/Microsoft.Compute/virtualMachines`,
    "virtualMachines/read",
    "HighCostGet",
    listVirtualMachines,
  ),
  compute("GET", vm, "virtualMachines/read", "LowCostGetVM", getVirtualMachine),
  compute("GET", `${vm}/instanceView`, "virtualMachines/instanceView/read", "LowCostGetVM", getInstanceView),
  compute("POST", `${vm}/restart`, "virtualMachines/restart/action", "UpdateVM", restartVirtualMachine),
  compute("POST", `${vm}/runCommand`, "virtualMachines/runCommand/action", "UpdateVM", actionRunCommand),
  compute("GET", `${vm}/runCommands`, "virtualMachines/runCommands/read", "LowCostGetVM", listRunCommands),
  compute("GET", `${vm}/runCommands/{runCommand}`, "virtualMachines/runCommands/read", "LowCostGetVM", getRunCommand),
  compute("PUT", `${vm}/runCommands/{runCommand}`, "virtualMachines/runCommands/write", "UpdateVM", putRunCommand),
  compute("PATCH", `${vm}/runCommands/{runCommand}`, "virtualMachines/runCommands/write", "UpdateVM", patchRunCommand),
  compute(
    "DELETE",
    `${vm}/runCommands/{runCommand}`,
    "virtualMachines/runCommands/delete",
    "UpdateVM",
    deleteRunCommand,
  ),
  compute(
    "GET",
    `${subscription}/providers/Microsoft.Compute/locations/{location}/operations/{operation}`,
    "locations/operations/read",
    "GetOperation",
    getOperation,
  ),

  ofScaleSet("GET", scaleSet, "read", getScaleSet),
  ofScaleSet("GET", `${scaleSet}/virtualMachines`, "virtualMachines/read", listInstances),
  ofScaleSet("GET", instance, "virtualMachines/read", getInstance),
  ofScaleSet("GET", `${instance}/instanceView`, "virtualMachines/instanceView/read", getInstanceView),
  ofScaleSet("POST", `${instance}/restart`, "virtualMachines/restart/action", restartVirtualMachine),
  ofScaleSet("GET", `${instance}/runCommands`, "virtualMachines/runCommands/read", listRunCommands),
  ofScaleSet("GET", `${instance}/runCommands/{runCommand}`, "virtualMachines/runCommands/read", getRunCommand),
  ofScaleSet("PUT", `${instance}/runCommands/{runCommand}`, "virtualMachines/runCommands/write", putRunCommand),
  ofScaleSet("PATCH", `${instance}/runCommands/{runCommand}`, "virtualMachines/runCommands/write", patchRunCommand),
  ofScaleSet("DELETE", `${instance}/runCommands/{runCommand}`, "virtualMachines/runCommands/delete", deleteRunCommand),
  ...["networkInterfaces", "networkInterfaces/{nic}/ipConfigurations/{configuration}/publicIPAddresses"].flatMap(
    (type) => ofInstanceNetwork(type),
  ),

  hybrid("GET", `${subscription}/providers/Microsoft.HybridCompute/machines`, "machines/read", listArcMachines),
  hybrid("GET", `${group}/providers/Microsoft.HybridCompute/machines`, "machines/read", listArcMachines),
  hybrid("GET", arc, "machines/read", getArcMachine),
  hybrid("GET", `${arc}/runCommands`, "machines/runCommands/read", listRunCommands),
  hybrid("GET", `${arc}/runCommands/{runCommand}`, "machines/runCommands/read", getRunCommand),
  hybrid("PUT", `${arc}/runCommands/{runCommand}`, "machines/runCommands/write", putRunCommand),
  hybrid("PATCH", `${arc}/runCommands/{runCommand}`, "machines/runCommands/write", patchRunCommand),
  hybrid("DELETE", `${arc}/runCommands/{runCommand}`, "machines/runCommands/delete", deleteRunCommand),

  resources(`${subscription}/providers`, "Microsoft.Resources/subscriptions/providers/read", listProviders),
  resources(`${subscription}/providers/{namespace}`, "Microsoft.Resources/subscriptions/providers/read", getProvider),
  ...[subscription, group, vm].flatMap((scope) => [
    authorization(scope, "locks", listLocks),
    authorization(scope, "roleAssignments", listRoleAssignments),
  ]),

  ...network("networkInterfaces"),
  ...network("networkSecurityGroups"),
  ...network("publicIPAddresses"),
  ...network("virtualNetworks"),
  ...network("virtualNetworks/{parent}/subnets"),
  ...network("loadBalancers"),
  ...network("bastionHosts"),
  ...network("routeTables"),
  networkAction("networkInterfaces", "effectiveNetworkSecurityGroups", listEffectiveRules),
  networkAction("networkInterfaces", "effectiveRouteTable", listEffectiveRoutes),
  networkAction("virtualNetworks", "listNetworkManagerEffectiveSecurityAdminRules", listAdminRules),
  {
    method: "GET",
    path: `${subscription}/providers/Microsoft.Network/networkWatchers`,
    action: "Microsoft.Network/networkWatchers/read",
    apiVersions: networkVersions,
    handle: listNetworkWatchers,
  },
  networkAction("networkWatchers", "ipFlowVerify", verifyFlow),
  {
    method: "GET",
    path: `${subscription}/providers/Microsoft.Network/locations/{location}/operationResults/{operation}`,
    action: "Microsoft.Network/locations/operationResults/read",
    apiVersions: networkVersions,
    handle: getOperationResult,
  },
  {
    method: "GET",
    path: `${group}/providers/Microsoft.Security/locations/{location}/jitNetworkAccessPolicies`,
    action: "Microsoft.Security/locations/jitNetworkAccessPolicies/read",
    apiVersions: securityVersions,
    handle: listJitPolicies,
  },
  {
    method: "POST",
    path: `${group}/providers/Microsoft.Security/locations/{location}/jitNetworkAccessPolicies/{policy}/initiate`,
    action: "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action",
    apiVersions: securityVersions,
    handle: initiateJitAccess,
  },
  securityRule("GET", "read", getSecurityRule),
  securityRule("PUT", "write", putSecurityRule),
  securityRule("DELETE", "delete", deleteSecurityRule),

  ...alertRoutes,

  {
    method: "POST",
    path: "/providers/Microsoft.ResourceGraph/resources",
    action: "Microsoft.ResourceGraph/resources/read",
    apiVersions: resourceGraphVersions,
    handle: queryResources,
  },
];

function resources(path: string, action: string | null, handle: Handler): Route {
  return { method: "GET", path, action, apiVersions: resourcesVersions, handle };
}

/** The route that lists what Microsoft.Authorization has at a scope. */
function authorization(scope: string, type: string, handle: Handler): Route {
  return {
    method: "GET",
    path: `${scope}/providers/Microsoft.Authorization/${type}`,
    action: `Microsoft.Authorization/${type}/read`,
    apiVersions: authorizationVersions,
    handle,
  };
}

function compute(method: Route["method"], path: string, action: string, policy: ComputePolicy, handle: Handler): Route {
  return { method, path, action: `Microsoft.Compute/${action}`, apiVersions: computeVersions, policy, handle };
}

/** A route of scale sets, for which the compute provider has buckets of their own; they are not simulated. */
function ofScaleSet(method: Route["method"], path: string, action: string, handle: Handler): Route {
  const full = `Microsoft.Compute/virtualMachineScaleSets/${action}`;
  return { method, path, action: full, apiVersions: computeVersions, handle };
}

/** The routes that read one network resource below an instance, and list them: Microsoft.Network answers them. */
function ofInstanceNetwork(type: string): Route[] {
  const path = `${instance}/${type}`;
  const action = `Microsoft.Compute/virtualMachineScaleSets/virtualMachines/${type.replace(/\{\w+\}\//g, "")}/read`;
  const route = { method: "GET" as const, action, apiVersions: scaleSetNetworkVersions };
  return [
    { ...route, path, handle: listInstanceNetwork },
    { ...route, path: `${path}/{name}`, handle: getInstanceNetwork },
  ];
}

/** A route of Azure Arc, whose provider has limits of its own; they are not published, and not simulated. */
function hybrid(method: Route["method"], path: string, action: string, handle: Handler): Route {
  return { method, path, action: `Microsoft.HybridCompute/${action}`, apiVersions: hybridVersions, handle };
}

/** The routes that read one resource of a type, and list those of a group or network. */
function network(type: string): Route[] {
  const action = `Microsoft.Network/${type.replace(/\{\w+\}\//, "")}/read`;
  const path = `${group}/providers/Microsoft.Network/${type}`;
  return [
    { method: "GET", path, action, apiVersions: networkVersions, handle: listNetworkResources },
    { method: "GET", path: `${path}/{name}`, action, apiVersions: networkVersions, handle: getNetworkResource },
  ];
}

/** The routes of one rule of a security group. The remediator itself never changes rules. */
function securityRule(method: Route["method"], operation: string, handle: Handler): Route {
  return {
    method,
    path: `${group}/providers/Microsoft.Network/networkSecurityGroups/{parent}/securityRules/{name}`,
    action: `Microsoft.Network/networkSecurityGroups/securityRules/${operation}`,
    apiVersions: networkVersions,
    handle,
  };
}

/** The route of a POST action on a resource. */
function networkAction(type: string, operation: string, handle: Handler): Route {
  return {
    method: "POST",
    path: `${group}/providers/Microsoft.Network/${type}/{name}/${operation}`,
    action: `Microsoft.Network/${type}/${operation}/action`,
    apiVersions: networkVersions,
    handle,
  };
}
