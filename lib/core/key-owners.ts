import type { KeysSection } from "./guest-evidence.ts";
import { knownContainers } from "./windows.ts";

/**
 * Who would miss the keys that lie in MachineKeys beside that of Remote Desktop, one line for each key: whose it is,
 * its container, provider and file, and who uses it.
 */
export function keyOwners({ containers, dependents }: Pick<KeysSection, "containers" | "dependents">): string[] {
  const services = containers.map((name) => {
    const known = Object.entries(knownContainers).find(([container]) => container === name)?.[1];
    return `${known?.service ?? "unknown"}: container ${name}${known ? `, file ${known.file}_*` : ""}`;
  });
  const certificates = dependents.map(({ subject, thumbprint, container, provider, file, usable, usedBy }) => {
    const where = `container ${container ?? "unknown"}, ${provider ?? "unknown provider"}, file ${file}`;
    const state = usable ? "" : ", does not open";
    return `${subject} (${thumbprint}): ${where}${state}, used by ${usedBy.join(", ") || "nobody known"}`;
  });
  return [...services, ...certificates];
}
