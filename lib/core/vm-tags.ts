import type { AzureEvidence } from "./azure-evidence.ts";

/*
 * The tags with which a VM's owner tells this service what is wanted on this VM.
 */

/** What an alert may set off on the VM: `off`, `report` or `repair`. */
export const modeTag = "rdp-remediation";

/** `closed`: Remote Desktop is closed on purpose, and nothing may open it. */
export const accessTag = "rdp-access";

/** A tag's value; `undefined` when the VM has no such tag. Azure compares tag names case-insensitively. */
export function tagOf({ tags }: AzureEvidence["vm"], tag: typeof modeTag | typeof accessTag): string | undefined {
  return Object.entries(tags)
    .find(([name]) => name.toLowerCase() === tag)?.[1]
    .trim()
    .toLowerCase();
}

export function isClosedOnPurpose({ vm }: AzureEvidence): boolean {
  return tagOf(vm, accessTag) === "closed";
}
