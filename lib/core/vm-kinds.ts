/*
 * The kinds of machine that this service works on, and what Azure has for each. Code asks this table, and never which kind
 * a machine is.
 */

export const vmKinds = ["virtual-machine", "arc-machine", "scale-set-instance"] as const;
export type VmKind = (typeof vmKinds)[number];

/** The type of a scale set, whose instances may be machines of their own kind. */
export const scaleSetType = "Microsoft.Compute/virtualMachineScaleSets";

export interface VmTraits {
  /** For sentences, with its article. */
  readonly noun: string;
  /** The type of the resource. Its parts and those of the name alternate in a resource id. */
  readonly type: string;
  /** Whether Azure has its network: NICs, security groups, routes. */
  readonly hasNetwork: boolean;
  /** Whether Azure answers what is in effect at its NICs: rules, routes, IP flow verify. */
  readonly hasCrossChecks: boolean;
  /** Whether just-in-time access of Defender for Cloud can be requested for it. */
  readonly hasJustInTimeAccess: boolean;
  /** Whether Azure can restart it, and knows whether it is powered on. */
  readonly hasPower: boolean;
  /** Whether Azure gives the name of a deleted one to a new one, unasked. */
  readonly reusesNames: boolean;
  /** What its agent's status is while it takes Run Commands. */
  readonly readyStatus: string;
  /** What its agent is called. */
  readonly agent: string;
  /** Whether `az vm repair`, `az vm boot-diagnostics` and `az serial-console` work on it, with its names. */
  readonly hasOfflineRepair: boolean;
  /** The group of the Azure CLI for its managed Run Commands, and the options that name the machine, one for each part. */
  readonly cli: { readonly group: string; readonly nameOptions: readonly string[] };
  /** Where the machine logs why it did not run a managed Run Command. */
  readonly handlerLog: string;
  /** Whether settings on the machine itself may forbid Run Commands, as `azcmagent config` shows them. */
  readonly hasOwnBlocklist: boolean;
  /** Whether a read of a Run Command has to ask for its instance view. */
  readonly expandsInstanceView: boolean;
}

/**
 * Sources: instances of uniform scale sets: learn.microsoft.com, azure/role-based-access-control/permissions/compute, which
 * has actions for the rules and routes in effect at their NICs; but no published operation of the REST API needs them
 * (@azure/arm-network 39.0.0 has none), and IP flow verify is documented for VMs alone. `az vm repair` takes VMs alone.
 * Numbers of instances that are used again: azure/virtual-machine-scale-sets/virtual-machine-scale-sets-instance-ids.
 * Just-in-time access: learn.microsoft.com, azure/defender-for-cloud/just-in-time-access-usage, whose supported machines and
 * rights (`Microsoft.Compute/virtualMachines/read`) are those of VMs; no page names an instance.
 * Azure Arc: learn.microsoft.com, azure/azure-arc/servers/run-command, and the operations of
 * Microsoft.HybridCompute/machines in its REST API, which has none that restarts a machine; Status is that of
 * `MachineProperties` there (Connected, Disconnected, Error). Blocklists of its agent: azure/azure-arc/servers/run-command;
 * logs of its handlers: azure/azure-arc/servers/troubleshoot-vm-extensions.
 */
const traits: Readonly<Record<VmKind, VmTraits>> = {
  "virtual-machine": {
    noun: "a VM",
    type: "Microsoft.Compute/virtualMachines",
    hasNetwork: true,
    hasCrossChecks: true,
    hasJustInTimeAccess: true,
    hasPower: true,
    reusesNames: false,
    readyStatus: "Ready",
    agent: "VM agent",
    hasOfflineRepair: true,
    cli: { group: "az vm run-command", nameOptions: ["--vm-name"] },
    handlerLog: "C:\\WindowsAzure\\Logs\\Plugins\\Microsoft.CPlat.Core.RunCommandHandlerWindows",
    hasOwnBlocklist: false,
    expandsInstanceView: true,
  },
  "arc-machine": {
    noun: "an Arc-enabled server",
    type: "Microsoft.HybridCompute/machines",
    hasNetwork: false,
    hasCrossChecks: false,
    hasJustInTimeAccess: false,
    hasPower: false,
    reusesNames: false,
    readyStatus: "Connected",
    agent: "Connected Machine agent",
    hasOfflineRepair: false,
    cli: { group: "az connectedmachine run-command", nameOptions: ["--machine-name"] },
    handlerLog: "C:\\ProgramData\\GuestConfig\\extension_logs\\Microsoft.CPlat.Core.RunCommandHandlerWindows",
    hasOwnBlocklist: true,
    expandsInstanceView: false,
  },
  "scale-set-instance": {
    noun: "an instance of a scale set",
    type: `${scaleSetType}/virtualMachines`,
    hasNetwork: true,
    hasCrossChecks: false,
    hasJustInTimeAccess: false,
    hasPower: true,
    reusesNames: true,
    readyStatus: "Ready",
    agent: "VM agent",
    hasOfflineRepair: false,
    cli: { group: "az vmss run-command", nameOptions: ["--vmss-name", "--instance-id"] },
    handlerLog: "C:\\WindowsAzure\\Logs\\Plugins\\Microsoft.CPlat.Core.RunCommandHandlerWindows",
    hasOwnBlocklist: false,
    expandsInstanceView: true,
  },
};

/** The traits of a machine; an ordinary VM is named without its kind. */
export function traitsOf({ kind = "virtual-machine" }: { readonly kind?: VmKind | undefined }): VmTraits {
  return traits[kind];
}

/** The kind whose resources have this type, in any case; `null` for every other type. */
export function kindOfType(type: string): VmKind | null {
  return vmKinds.find((kind) => traits[kind].type.toLowerCase() === type.toLowerCase()) ?? null;
}
