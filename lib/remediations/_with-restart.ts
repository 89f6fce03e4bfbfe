import type { Change } from "../core/change.ts";
import { type Refusal, refuse } from "../core/remediation.ts";
import type { Section } from "./_plan-from.ts";

/** The changes inside the restart that makes them count: services stop before the first and start after the last. */
export function withRestart(changes: readonly Change[], { TermService }: Section<"services">): Change[] | Refusal {
  if (!TermService) {
    return refuse("This Windows has no service TermService. Repair Windows from its installation media first.");
  }
  return [...changes, { kind: "restart-rdp-services", was: { TermService: TermService.state } }];
}
