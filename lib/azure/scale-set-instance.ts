import { z } from "zod";
import type { ScaleSetPolicy } from "../core/scale-set.ts";
import type { Spot } from "../core/spot.ts";
import { nameParts, scaleSetIdOf, type VmId } from "../core/vm-id.ts";
import { parseResponse } from "./call-azure.ts";
import type { Clients } from "./clients.ts";
import { spotOf } from "./spot.ts";

/*
 * Instances of uniform scale sets: the compute provider has resources and operations of their own for them, with the members
 * of a VM. A flexible set has ordinary VMs.
 */

type Tags = Readonly<Record<string, string>>;

const ScaleSet = z.object({
  tags: z.record(z.string(), z.string()).nullish(),
  orchestrationMode: z.string().nullish(),
  upgradePolicy: z
    .object({
      mode: z.string().nullish(),
      automaticOSUpgradePolicy: z.object({ enableAutomaticOSUpgrade: z.boolean().nullish() }).nullish(),
    })
    .nullish(),
  virtualMachineProfile: z.unknown().optional(),
  automaticRepairsPolicy: z.object({ enabled: z.boolean().nullish(), repairAction: z.string().nullish() }).nullish(),
});

const OwnPolicy = z.object({
  tags: z.record(z.string(), z.string()).nullish(),
  latestModelApplied: z.boolean().nullish(),
  protectionPolicy: z
    .object({ protectFromScaleIn: z.boolean().nullish(), protectFromScaleSetActions: z.boolean().nullish() })
    .nullish(),
});

export function isScaleSetInstance(vm: VmId): boolean {
  return scaleSetIdOf(vm) !== null;
}

/** The instance as the SDK gives it, with its instance view. Needs the right `virtualMachineScaleSets/virtualMachines/read`. */
export function getInstance(clients: Clients, vm: VmId): Promise<unknown> {
  const [set, instance = ""] = nameParts(vm);
  const instances = clients.compute(vm.subscriptionId).virtualMachineScaleSetVMs;
  return instances.get(vm.resourceGroup, set, instance, { expand: "instanceView" });
}

/** What is known of the scale set of an instance. */
export interface SetOfInstance {
  readonly isFlexible: boolean;
  readonly policy: ScaleSetPolicy;
  /** An instance has none of its own. */
  readonly spot: { spot?: Spot };
  /** They count for all of its instances. */
  readonly tags: Tags;
}

/** Needs the right `virtualMachineScaleSets/read`. @throws what the SDKs throw */
export async function readSetOf(clients: Clients, vm: VmId, instance: unknown): Promise<SetOfInstance> {
  const [name] = nameParts(vm);
  const answer = await clients.compute(vm.subscriptionId).virtualMachineScaleSets.get(vm.resourceGroup, name);
  const set = parseResponse(ScaleSet, answer, "scale set");
  const own = parseResponse(OwnPolicy, instance, "instance of a scale set");
  return {
    isFlexible: set.orchestrationMode === "Flexible",
    policy: policyOf(set, own),
    spot: spotOf(set.virtualMachineProfile),
    tags: set.tags ?? {},
  };
}

function policyOf(set: z.infer<typeof ScaleSet>, own: z.infer<typeof OwnPolicy>): ScaleSetPolicy {
  const { mode, automaticOSUpgradePolicy } = set.upgradePolicy ?? {};
  const { enabled, repairAction } = set.automaticRepairsPolicy ?? {};
  const { protectFromScaleIn, protectFromScaleSetActions } = own.protectionPolicy ?? {};
  return {
    upgradeMode: mode ?? null,
    upgradesImages: automaticOSUpgradePolicy?.enableAutomaticOSUpgrade ?? false,
    // Azure's default action.
    repairAction: enabled ? (repairAction ?? "Replace") : null,
    isLatestModel: own.latestModelApplied ?? null,
    protection: protectFromScaleSetActions ? "scale-set-actions" : protectFromScaleIn ? "scale-in" : "none",
  };
}

/** The tags of the instance and of its set; of two with one name that of the instance. */
export function mergeTags(ofSet: Tags, own: Tags): Record<string, string> {
  const names = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  return { ...Object.fromEntries(Object.entries(ofSet).filter(([name]) => !names.has(name.toLowerCase()))), ...own };
}

/** The tags that count for an instance. @throws what the SDKs throw */
export async function tagsOfInstance(clients: Clients, vm: VmId): Promise<Tags> {
  const instance = await getInstance(clients, vm);
  const { tags } = parseResponse(OwnPolicy, instance, "instance of a scale set");
  return mergeTags((await readSetOf(clients, vm, instance)).tags, tags ?? {});
}
