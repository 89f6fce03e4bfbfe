import type { AzureEvidence } from "./azure-evidence.ts";

/*
 * The tags by which a VM's owner tells this service what is wanted here.
 */

/** What an alert may set off on the VM: `off`, `report` or `repair`. */
export const modeTag = "rdp-remediation";

/** `closed`: Remote Desktop is shut here on purpose, and nothing is to open it. */
export const accessTag = "rdp-access";

/** A tag's value; `undefined` where the VM has no such tag. Azure compares the names of tags without regard to case. */
export function tagOf({ tags }: AzureEvidence["vm"], tag: typeof modeTag | typeof accessTag): string | undefined {
  return Object.entries(tags)
    .find(([name]) => name.toLowerCase() === tag)?.[1]
    .trim()
    .toLowerCase();
}

export function isClosedOnPurpose({ vm }: AzureEvidence): boolean {
  return tagOf(vm, accessTag) === "closed";
}
