import { z } from "zod";
import { NetworkEvidence } from "./network-evidence.ts";
import { Problem } from "./problem.ts";
import { ScaleSetPolicy } from "./scale-set.ts";
import { Spot } from "./spot.ts";
import { parseVmId } from "./vm-id.ts";
import { traitsOf, type VmTraits } from "./vm-kinds.ts";

/*
 * What Azure says about the VM and its network, limited to what the checks need. lib/azure builds it from ARM's
 * responses, so its shape is trusted.
 */

/**
 * What runs Run Commands inside the VM, in a state in which it may not: the handler of managed ones
 * (`RunCommandHandlerWindows`), or handler or extension of action ones (`RunCommandWindows`). `state` is Azure's word,
 * e.g. `Not Ready`, `Failed`, `Deleting`; `message` is what the handler says.
 */
export const BrokenExtension = z.strictObject({ type: z.string(), state: z.string(), message: z.string() });
export type BrokenExtension = z.infer<typeof BrokenExtension>;

export const AzureEvidence = z.strictObject({
  vm: z.strictObject({
    /** The resource id; absent in runs of earlier versions. */
    id: z.string().optional(),
    /**
     * The GUID that Azure gave this machine and gives no other; absent: Azure did not say, and in runs of earlier versions. A
     * machine that is made again under the same resource id has another one.
     */
    uniqueId: z.string().optional(),
    location: z.string(),
    osType: z.enum(["Windows", "Linux"]),
    /** As the agent reports them, e.g. `10.0.20348.2113`; absent while it does not, and in runs of earlier versions. */
    osName: z.string().optional(),
    osVersion: z.string().optional(),
    /** Last word of the `PowerState/...` status, e.g. `running`; `unknown` when Azure gave none. */
    powerState: z.string(),
    /** `Succeeded`, `Updating`, `Failed`, ... */
    provisioningState: z.string(),
    /** `null`: Azure did not say. That also happens with healthy agents, so it means unknown, not dead. */
    agent: z.strictObject({ status: z.string(), version: z.string() }).nullable(),
    /** Absent: none is, or Azure did not say. */
    brokenExtensions: z.array(BrokenExtension).optional(),
    /** Absent: it is no Spot VM, or Azure did not say; and in runs of earlier versions. */
    spot: Spot.optional(),
    /** The agent of an Arc-enabled server has Run Command on its blocklist; absent: not, or unknown. */
    blocksRunCommand: z.literal(true).optional(),
    scaleSetId: z.string().nullable(),
    /** Of an instance of a uniform scale set; absent: it is none, or its policy was not read. */
    scaleSet: z.union([ScaleSetPolicy, z.strictObject({ unreadable: z.string() })]).optional(),
    tags: z.record(z.string(), z.string()),
  }),
  /**
   * `unreadable` when not even the NICs could be read: the network verdict is then unknown. `outside`: the machine's
   * network is not one of Azure, so that there is no verdict; the text says where it is.
   */
  network: z.union([
    NetworkEvidence,
    z.strictObject({ unreadable: z.string() }),
    z.strictObject({ outside: z.string() }),
  ]),
  /** Why a part of the network is unreadable, when another read may succeed. */
  passing: Problem.optional(),
});
export type AzureEvidence = z.infer<typeof AzureEvidence>;

/** The network that was read; `null` when none could be, or Azure has none of this machine. */
export function networkOf({ network }: Pick<AzureEvidence, "network">): NetworkEvidence | null {
  return "interfaces" in network ? network : null;
}

/** What Azure has for this kind of machine. In runs of earlier versions every machine is a VM. */
export function traitsOfEvidence({ vm }: Pick<AzureEvidence, "vm">): VmTraits {
  const read = parseVmId(vm.id ?? "");
  return traitsOf(read.ok ? read.value : {});
}
