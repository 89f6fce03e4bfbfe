import type { Change } from "../core/change.ts";
import { mayStart } from "../core/rdp-services.ts";
import { type Refusal, refuse } from "../core/remediation.ts";
import { rdpServices } from "../core/windows.ts";
import type { Section } from "./_plan-from.ts";

/**
 * The changes inside a restart of the services, which makes them take effect: services stop before the first change and
 * start after the last. Refuses when a running service would not start again: a restart must not end a working service.
 */
export function withRestart(changes: readonly Change[], services: Section<"services">): Change[] | Refusal {
  const { TermService } = services;
  if (!TermService) {
    return refuse("This Windows has no service TermService. Repair Windows from its installation media first.");
  }
  const stuck = rdpServices.find((name) => {
    const facts = services[name];
    const isSet = changes.some((change) => change.kind === "configure-service" && change.service === name);
    return facts?.state === "Running" && !isSet && !mayStart(name, facts);
  });
  if (stuck) {
    return refuse(
      `The service ${stuck} runs, but its start mode or account would not let it start again after a restart. Set them back to those of Windows first.`,
    );
  }
  return [...changes, { kind: "restart-rdp-services", was: { TermService: TermService.state } }];
}
