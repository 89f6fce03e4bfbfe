import { checks } from "../../lib/checks/registry.ts";
import type { Change } from "../../lib/core/change.ts";
import type { Evidence } from "../../lib/core/evidence.ts";
import type { Finding } from "../../lib/core/finding.ts";
import type { GuestEvidence } from "../../lib/core/guest-evidence.ts";
import { registryPath } from "../../lib/core/registry-value.ts";
import type { Remediation } from "../../lib/core/remediation.ts";
import { machineKeysFolder, rdpKeyPrefix } from "../../lib/core/windows.ts";
import { remediations } from "../../lib/remediations/registry.ts";
import { planRepair } from "../../lib/runs/planning/planner.ts";
import type { FaultName } from "../../sandbox/windows/faults.ts";
import type { WindowsState } from "../../sandbox/windows/state.ts";
import { healthyEvidence } from "../fixtures/evidence.ts";
import type { Scenario } from "./scenarios.ts";
import { rigTime } from "./scenarios-rig.ts";

/*
 * Each remediation with a Windows that calls for it: the evidence is judged by the real checks and planned by the real
 * planner, so that what the guest is asked for is what a run would ask for.
 */

/** None where a remediation is asked for by name alone. */
export const called: Record<string, FaultName[]> = {
  "enable-log-on": ["log-ons-disabled", "remote-log-ons-disabled", "drain-mode", "session-limit-reached"],
  "restore-log-on-rights": [
    "rdp-log-on-denied",
    "rdp-log-on-for-nobody",
    "network-log-on-denied",
    "local-log-on-denied",
  ],
  "enable-remote-desktop": ["remote-desktop-disabled"],
  "enable-tls12": ["tls12-disabled"],
  "open-windows-firewall": ["firewall-group-disabled", "firewall-blocks-all"],
  "weaken-network-level-authentication": [],
  "weaken-security-layer": [],
  "rename-machine-keys-folder": ["machine-keys-folder-corrupt"],
  "renew-rdp-certificate": ["certificate-expired"],
  "renew-rdp-key": ["key-corrupt"],
  "remove-certificate-binding": ["custom-certificate-gone"],
  "repair-key-permissions": ["machine-keys-permissions-broken", "key-permissions-denied"],
  "reset-cipher-policy": ["cipher-policy-ecdsa-only"],
  "enable-crypto-services": ["keyiso-disabled"],
  "restore-termservice-library": ["termservice-library-gone"],
  "restart-rdp-services": ["termservice-disabled"],
  "require-network-level-authentication": ["security-layer-weak"],
  "require-tls": ["security-layer-weak"],
  "reset-rdp-port": ["rdp-port-out-of-range"],
  "allow-rdp-in-local-policy": ["policy-disables-remote-desktop", "remote-desktop-disabled"],
  "restore-security-layer": ["security-layer-out-of-range"],
};

/** What a run would know of a healthy Azure around this guest. */
export function evidenceOf(guest: GuestEvidence, at: string = rigTime.toISOString()): Evidence {
  return { ...healthyEvidence(), at, guest };
}

/** What every check says. */
export function findingsOf(evidence: Evidence): Finding[] {
  return checks.map((check) => ({ evidence: {}, restoredBy: [], ...check.run(evidence), check: check.id }));
}

/** The changes of this remediation alone; none when the evidence does not call for it. */
export function plannedFor({ id }: Remediation, evidence: Evidence): Change[] {
  const options = { remediations: [id], force: false, weakenMinutes: 60 };
  const plan = planRepair(evidence, findingsOf(evidence), options);
  if (!plan.ok) throw new Error(plan.problem.message);
  return plan.value.changes;
}

/** The checks that it restores and that find a fault. */
function faultsOf({ restores }: Remediation, evidence: Evidence): string[] {
  const faulty = findingsOf(evidence).filter(({ verdict }) => verdict === "faulty");
  return faulty.map(({ check }) => check).filter((check) => restores.includes(check));
}

export const remedied: readonly (Scenario & { remediation: Remediation })[] = remediations.map((remediation) => ({
  name: remediation.id,
  remediation,
  faults: called[remediation.id] ?? [],
  ...(remediation.risk === "weakens-security" && { weakens: true }),
  changes: (guest) => plannedFor(remediation, evidenceOf(guest)),
  cured: (guest) => {
    const evidence = evidenceOf(guest);
    // What cures no fault has worked when there is nothing left of it to do.
    if (!remediation.onlyByName) return faultsOf(remediation, evidence).length === 0;
    return plannedFor(remediation, evidence).length === 0;
  },
}));

function keyFile(state: WindowsState) {
  const [, file] = Object.entries(state.files).find(([path]) => path.includes(rdpKeyPrefix)) ?? [];
  return file ?? {};
}

/** Makes a precondition of this change untrue, as somebody else does who works on the VM as well. */
export function disturb(state: WindowsState, change: Change): void {
  switch (change.kind) {
    case "set-registry-value":
    case "remove-registry-value":
    case "weaken-registry-value":
      state.registry[registryPath(change.value)] = { type: "string", data: "somebody else's" };
      return;
    case "grant-key-access":
      Object.assign(change.target === "rdp-key" ? keyFile(state) : (state.files[machineKeysFolder] ?? {}), {
        sddl: "D:PAI(A;;FA;;;SY)",
      });
      return;
    case "rename-rdp-key":
      Object.assign(keyFile(state), { bytes: change.was.bytes + 1 });
      return;
    case "rename-machine-keys-folder":
      for (const path of Object.keys(state.files)) if (path.includes("\\6de9cb26")) delete state.files[path];
      return;
    case "remove-rdp-certificate": {
      const certificate = state.certificates["Remote Desktop"][change.thumbprint];
      Object.assign(certificate ?? {}, { notAfter: "2027-06-06T06:06:06.000Z" });
      return;
    }
    case "configure-service":
      Object.assign(state.services[change.service] ?? {}, { account: "CORP\\operator" });
      return;
    case "set-log-on-right": {
      // A right has two states: somebody else has done the same already.
      const { held } = state.logOn.rights;
      const others = (held[change.right] ?? "").split(" ").filter((code) => code && code !== change.account);
      held[change.right] = [change.to ? change.account : "", ...others].filter(Boolean).join(" ");
      return;
    }
    case "enable-firewall-group":
      Object.assign(state.firewall.rules.find((rule) => rule.group) ?? {}, { enabled: true });
      return;
    case "set-firewall-inbound":
      Object.assign(state.firewall.profiles.find(({ name }) => name === change.profile) ?? {}, { managedBy: "policy" });
      return;
    case "restart-rdp-services": {
      const service = state.services.TermService;
      Object.assign(service ?? {}, { state: service?.state === "Running" ? "Stopped" : "Running" });
      if (service?.state === "Stopped") Object.assign(state.services.UmRdpService ?? {}, { state: "Stopped" });
    }
  }
}
