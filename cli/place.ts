import type { CommandPlace } from "./render/next-steps.ts";
import type { Request } from "./request.ts";

/** The variables by which `sandbox` marks the terminals that use its world. */
export const worldVariable = "RDP_SANDBOX_WORLD";
export const guestVariable = "RDP_SANDBOX_GUEST";

/** The place of a command without a sandbox of its own: the real Azure, or the sandbox that another terminal keeps open. */
export function placeOf({ terminal, options }: Pick<Request, "terminal" | "options">): CommandPlace {
  const flags = [
    ...(options.service === undefined ? [] : [`--service ${options.service}`]),
    ...(options.profile === undefined ? [] : [`--profile ${options.profile}`]),
  ];
  const { program, environment } = terminal;
  const world = environment[worldVariable];
  const place = { program, sandbox: null, showsAll: options.all, flags };
  if (!world) return place;
  const guest = environment[guestVariable] === "pwsh" ? "pwsh" : "modelled";
  return { ...place, keptOpen: { world, guest } };
}
