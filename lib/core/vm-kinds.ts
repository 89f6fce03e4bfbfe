/*
 * The kinds of machine that this service works on, and what Azure has for each. Code asks this table, and never which kind
 * a machine is.
 */

export const vmKinds = ["virtual-machine", "arc-machine"] as const;
export type VmKind = (typeof vmKinds)[number];

export interface VmTraits {
  /** For sentences. */
  readonly noun: string;
  /** The type of the resource, whose name follows it in a resource id. */
  readonly type: string;
  /** Whether Azure has its network: NICs, security groups, routes, effective rules, just-in-time access. */
  readonly hasNetwork: boolean;
  /** Whether Azure can restart it, and knows whether it is powered on. */
  readonly hasPower: boolean;
  /** What its agent's status is while it takes Run Commands. */
  readonly readyStatus: string;
  /** What its agent is called. */
  readonly agent: string;
  /** The group of the Azure CLI for its managed Run Commands, and the option that names the machine. */
  readonly cli: { readonly group: string; readonly nameOption: string };
  /** Whether a read of a Run Command has to ask for its instance view. */
  readonly expandsInstanceView: boolean;
}

/**
 * Sources: Azure Arc: learn.microsoft.com, azure/azure-arc/servers/run-command, and the operations of
 * Microsoft.HybridCompute/machines in its REST API, which has none that restarts a machine; Status is that of
 * `MachineProperties` there (Connected, Disconnected, Error).
 */
const traits: Readonly<Record<VmKind, VmTraits>> = {
  "virtual-machine": {
    noun: "VM",
    type: "Microsoft.Compute/virtualMachines",
    hasNetwork: true,
    hasPower: true,
    readyStatus: "Ready",
    agent: "VM agent",
    cli: { group: "az vm run-command", nameOption: "--vm-name" },
    expandsInstanceView: true,
  },
  "arc-machine": {
    noun: "Arc-enabled server",
    type: "Microsoft.HybridCompute/machines",
    hasNetwork: false,
    hasPower: false,
    readyStatus: "Connected",
    agent: "Connected Machine agent",
    cli: { group: "az connectedmachine run-command", nameOption: "--machine-name" },
    expandsInstanceView: false,
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
