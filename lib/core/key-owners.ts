import type { KeysSection } from "./guest-evidence.ts";
import { knownContainers } from "./windows.ts";

/**
 * Who depends on the keys in MachineKeys other than that of Remote Desktop. One line for each key: its owner, its
 * container, provider and file, and the services that use it.
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
