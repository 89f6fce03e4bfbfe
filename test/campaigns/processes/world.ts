import type { Banner } from "../../../sandbox/banner.ts";
import { sandboxSubscription } from "../../../sandbox/world.ts";
import { readWorld } from "../../fixtures/sandbox-service.ts";

/** So many VMs with Remote Desktop switched off. */
export function brokenVms(
  count: number,
  more: { readonly seconds?: number; readonly faults?: readonly object[] } = {},
) {
  const { seconds = 0.3, faults = [] } = more;
  const world = readWorld("enable-remote-desktop");
  const vms = Array.from({ length: count }, (_, number) => ({ ...world.vms[0], name: `vm-app-${number}` }));
  return { ...world, vms, faults, runCommand: { ...world.runCommand, seconds } };
}

/** The settings of a service before this Azure, whose limits are wide enough for a campaign. */
export function settingsFor({ env }: Banner, more: Record<string, string>): Record<string, string> {
  return {
    ...env,
    RDP_REMEDIATION_ALERT_SCOPES: `/subscriptions/${sandboxSubscription}`,
    RDP_REMEDIATION_ALERT_UNTAGGED: "repair",
    RDP_REMEDIATION_ALERT_VMS_PER_HOUR: "1000",
    RDP_REMEDIATION_ALERT_RUNS_PER_VM: "100",
    RDP_REMEDIATION_ALERT_COOL_DOWN_MINUTES: "1",
    RDP_REMEDIATION_RUNS_PER_CALLER: "10000",
    ...more,
  };
}
