import { z } from "zod";

/*
 * What decides how long a repair of an instance of a uniform scale set lasts: the set may give it a new disk, or delete it.
 */

/**
 * Members of the instance and of its set (VirtualMachineScaleSetVM and VirtualMachineScaleSet of Microsoft.Compute).
 * Sources: learn.microsoft.com, azure/virtual-machine-scale-sets: virtual-machine-scale-sets-upgrade-policy,
 * -automatic-upgrade, -automatic-instance-repairs, -instance-protection.
 */
export const ScaleSetPolicy = z.strictObject({
  /** `Manual`, `Automatic` or `Rolling`; `null`: Azure did not say. */
  upgradeMode: z.string().nullable(),
  /** A new version of the image replaces the disk. */
  upgradesImages: z.boolean(),
  /** What happens to an instance that its health probe calls unhealthy: `Replace`, `Reimage` or `Restart`; `null`: nothing. */
  repairAction: z.string().nullable(),
  /** Whether the instance has the newest model of its set; `null`: Azure did not say. */
  isLatestModel: z.boolean().nullable(),
  /** `scale-set-actions`: the set neither upgrades, reimages nor scales the instance in. */
  protection: z.enum(["none", "scale-in", "scale-set-actions"]),
});
export type ScaleSetPolicy = z.infer<typeof ScaleSetPolicy>;

/**
 * Why the set itself may give this instance a new disk, or delete it, without anybody asking for it; empty: only people and
 * autoscale do. An instance with either protection is not repaired automatically.
 */
export function replacedBy({ upgradeMode, upgradesImages, repairAction, protection }: ScaleSetPolicy): string[] {
  if (protection === "scale-set-actions") return [];
  return [
    ...(upgradeMode && upgradeMode !== "Manual" ? [`its upgrade policy is ${upgradeMode}`] : []),
    ...(upgradesImages ? ["it upgrades the image by itself"] : []),
    ...(/^(Replace|Reimage)$/i.test(repairAction ?? "") && protection === "none"
      ? [`it answers a failed health probe with ${repairAction}`]
      : []),
  ];
}

/** What the evidence says of the scale set of a machine. */
interface InScaleSet {
  readonly scaleSetId: string | null;
  /** Absent: it is none of a uniform set. */
  readonly scaleSet?: ScaleSetPolicy | { readonly unreadable: string } | undefined;
}

export function nameOfSet({ scaleSetId }: Pick<InScaleSet, "scaleSetId">): string {
  return scaleSetId?.split("/").at(-1) ?? "";
}

/** How long a repair of this machine lasts, as sentences with the most important one first; empty: it is no instance. */
export function lifeOf(vm: InScaleSet): string[] {
  const { scaleSetId, scaleSet } = vm;
  if (scaleSetId === null) return [];
  const set = nameOfSet(vm);
  const advice = "Correct the image or the model too.";
  if (scaleSet === undefined || "unreadable" in scaleSet) {
    return [`A repair of an instance of scale set ${set} is lost when the set replaces it.`, advice];
  }
  if (scaleSet.protection === "scale-set-actions") {
    return [
      `The instance is protected from actions of scale set ${set}: only a reimage or a deletion of this very instance ends a repair.`,
    ];
  }
  const mode = scaleSet.upgradeMode ?? "unknown";
  const reasons = replacedBy(scaleSet);
  return [
    scaleSet.protection === "scale-in"
      ? `A repair of an instance of scale set ${set} (upgrade policy ${mode}) is lost when it is reimaged; it is protected from scale-in.`
      : `A repair of an instance of scale set ${set} (upgrade policy ${mode}) is lost when it is reimaged or scaled in.`,
    ...(reasons.length > 0 ? [`The set may do that by itself: ${reasons.join(", and ")}.`] : []),
    advice,
    ...(scaleSet.isLatestModel === false ? ["It does not have the newest model of the set yet."] : []),
  ];
}
