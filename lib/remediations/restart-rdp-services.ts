import type { Change } from "../core/change.ts";
import { type GuestEvidence, isUnreadable } from "../core/guest-evidence.ts";
import { foreignHolder, hasDefaultAccount, isHttpSys, isHung } from "../core/rdp-services.ts";
import { type Remediation, refuse } from "../core/remediation.ts";
import { lacksPrivilege } from "../core/supporting-services.ts";
import { type RdpService, rdpServiceDefaults, rdpServices } from "../core/windows.ts";
import { planFrom, type Section } from "./_plan-from.ts";
import { policyCloses } from "./_policy-closes.ts";
import { withRestart } from "./_with-restart.ts";

/** The services that every connection needs. UmRdpService only redirects devices, and may be disabled on purpose. */
const needed = ["SessionEnv", "TermService"] as const satisfies readonly RdpService[];

/** Starts stopped or hung services, after correcting the settings that prevent their start. */
export const restartRdpServices: Remediation = {
  id: "restart-rdp-services",
  title: "Restart the services behind Remote Desktop",
  restores: [
    "rdp-services-are-running",
    "rdp-listener-is-listening",
    "machine-keys-permissions-are-default",
    "rdp-handshake-succeeds",
  ],
  risk: "interrupts-sessions",
  mayNeedRestart: false,
  touches: [{ kind: "configure-service" }, { kind: "restart-rdp-services" }],
  sources: ["TS", "GT"],
  plan: planFrom(["services"], ({ services }, { at, guest, force }) => {
    const obstacle = force ? null : (closedByPolicy(guest) ?? obstacleOf(guest, services));
    if (obstacle) return refuse(obstacle);
    const settings = needed.flatMap((name) => configure(name, services));
    const idle = rdpServices.some((name) => isIdle(name, services));
    if (settings.length > 0 || idle || force) return withRestart(settings, services);
    const intruder = foreignHolder(guest);
    if (intruder) {
      return refuse(
        isHttpSys(intruder)
          ? "A web site of http.sys (process System) holds the RDP port, which a restart does not free. Move that site to another port."
          : `The process ${intruder} holds the RDP port, which a restart does not free. Stop it or move it to another port.`,
      );
    }
    return answers(guest, at) ? [] : withRestart([], services);
  }),
};

/**
 * Services that run open nothing while a policy turns Remote Desktop off, and baselines that close it disable them too
 * (CIS, level 2 of workstations): they stay as they are until its owner opens it.
 */
function closedByPolicy({ registry }: GuestEvidence): string | null {
  if (isUnreadable(registry) || !policyCloses(registry)) return null;
  return "A policy turns Remote Desktop off, and its services open nothing before its owner changes it.";
}

/** What keeps TermService from starting and is still there after a restart; `null`: nothing is known. */
function obstacleOf({ supportingServices }: GuestEvidence, { TermService }: Section<"services">): string | null {
  if (isUnreadable(supportingServices) || TermService?.state === "Running") return null;
  const found = supportingServices.obstacles.find(({ service }) => service === "TermService");
  if (found?.library?.exists) {
    return `TermService would start with ${found.library.path} again. Name restore-termservice-library, or uninstall the product.`;
  }
  if (found?.exitCode === lacksPrivilege) {
    return "The account of TermService lacks a privilege, which a restart does not give it. Correct its user rights first.";
  }
  const [blocker] = found?.blockedBy ?? [];
  if (!blocker) return null;
  return `TermService depends on ${blocker.name}, which is ${blocker.problem}. Correct that first.`;
}

/** Whether a service does not do its work. SessionEnv starts on demand, so Stopped is no fault. [RS] */
function isIdle(service: RdpService, services: Section<"services">): boolean {
  const facts = services[service];
  if (!facts) return false;
  if (service === "UmRdpService") return isHung(facts);
  return facts.state !== "Running" && !(service === "SessionEnv" && facts.state === "Stopped");
}

function configure(service: RdpService, services: Section<"services">): Change[] {
  const facts = services[service];
  if (!facts) return [];
  const { account, startMode, type } = facts;
  const to = {
    account: hasDefaultAccount(service, facts) ? account : rdpServiceDefaults[service].account,
    startMode: startMode === "Disabled" ? rdpServiceDefaults[service].startMode : startMode,
    // A hung service that has its own process can be ended without the other services. [TS]
    type: service === "TermService" && isHung(facts) ? "own" : type,
  } as const;
  if (to.account === account && to.startMode === startMode && to.type === type) return [];
  return [{ kind: "configure-service", service, to, was: { account, startMode, type } }];
}

/**
 * Whether the port has a listener, and a handshake completed with a certificate in date: a listener may still present
 * what it read when it started. A section that could not be read is no reason to restart.
 */
function answers({ listener, handshake }: GuestEvidence, at: string): boolean {
  if (!isUnreadable(listener) && !listener.owner) return false;
  if (isUnreadable(handshake)) return true;
  return handshake.result === "completed" && Date.parse(at) < Date.parse(handshake.notAfter);
}
