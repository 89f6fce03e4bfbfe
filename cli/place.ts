import type { CommandPlace } from "./render/next-steps.ts";
import type { Terminal } from "./terminal.ts";

/** The variables by which `sandbox` marks the terminals that use its world. */
export const worldVariable = "RDP_SANDBOX_WORLD";
export const guestVariable = "RDP_SANDBOX_GUEST";

/** The place of a command without a sandbox of its own: the real Azure, or the sandbox that another terminal keeps open. */
export function placeOf({ program, environment }: Pick<Terminal, "program" | "environment">): CommandPlace {
  const world = environment[worldVariable];
  if (!world) return { program, sandbox: null };
  const guest = environment[guestVariable] === "pwsh" ? "pwsh" : "modelled";
  return { program, sandbox: null, keptOpen: { world, guest } };
}
