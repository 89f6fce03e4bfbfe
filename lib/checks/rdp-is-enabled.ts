import { type Check, type CheckResult, faulty, healthy, noted, unknown } from "../core/check.ts";
import { registryPath } from "../core/registry-value.ts";
import { type Effective, effectiveSetting, missingRoleKey, numberAt } from "./_registry.ts";
import { type Context, fitting, judgeFrom, readable } from "./_section.ts";
import { handshakeWorks, unlessWorking } from "./_works.ts";

export const rdpIsEnabled: Check = {
  id: "rdp-is-enabled",
  title: "Remote Desktop is enabled",
  run: judgeFrom(["registry"], ({ registry }, context) => {
    const missing = missingRoleKey(readable(context.guest.listener));
    if (missing) return unlessWorking(faulty(missing, []), context.evidence);
    const denies = effectiveSetting(registry, "fDenyTSConnections");
    const refused = denies.value === 0 ? null : judgeRefusal(denies, context);
    if (refused) return refused;
    if (numberAt(registry, "terminal-server/TSUserEnabled")) {
      const path = registryPath("terminal-server/TSUserEnabled");
      return faulty(`Log-ons are forbidden: ${path} is not 0.`, ["enable-remote-desktop"]);
    }
    if (numberAt(registry, "rdp-tcp/fEnableWinStation") === 0) {
      return faulty(`The listener is turned off: ${registryPath("rdp-tcp/fEnableWinStation")} is 0.`, [
        "enable-remote-desktop",
      ]);
    }
    return healthy(`Remote Desktop is on (${denies.byPolicy ? "group policy" : "local value"}): ${denies.source}.`);
  }),
};

/**
 * Any value but the number 0 refuses connections. So does an absent value: with the value deleted, a running Windows
 * Server stopped listening. [CON] A listener of TermService proves the contrary.
 */
function judgeRefusal({ data, byPolicy, source, advice }: Effective, { evidence, guest }: Context): CheckResult | null {
  const listener = readable(guest.listener);
  const listens = listener?.owner?.services.includes("TermService") ?? false;
  if (listens && (data === null || handshakeWorks(evidence)))
    return noted(`${source}, which turns Remote Desktop off, and TermService listens nevertheless.`);
  if (byPolicy) return faulty(byPolicyOf(guest, source, advice), []);
  if (data === null && !listener) return unknown(`${source}, and whether TermService listens could not be read.`);
  return faulty(`Remote Desktop is turned off: ${source}.`, ["enable-remote-desktop"]);
}

/**
 * Whose policy it is, as far as the VM tells: one of device management (Intune) is written to the same key as one of a
 * domain, and is set again at its next sync. [MDM]
 */
function byPolicyOf(guest: Context["guest"], source: string, advice: string): string {
  const { domainJoined = null } = readable(guest.system) ?? {};
  const join = readable(guest.domain)?.join ?? null;
  if (domainJoined === false && join === "workgroup") {
    return fitting(
      `The VM's own policy turns Remote Desktop off: ${source}, in no domain.`,
      "Change it with gpedit.msc (GroupPolicy\\Machine\\Registry.pol), or by name: allow-rdp-in-local-policy.",
    );
  }
  if (domainJoined === false) {
    const whose = join === "entra" ? "A member of Microsoft Entra" : "The VM is in no domain";
    return fitting(
      `A policy turns Remote Desktop off: ${source}.`,
      `${whose}: if Intune manages the VM, change it there, because each sync sets it again.`,
      "If it is the VM's own: allow-rdp-in-local-policy by name.",
    );
  }
  const whose = join === "hybrid" ? "Group policy, or Intune," : "Group policy";
  return fitting(`${whose} turns Remote Desktop off: ${source}.`, advice);
}
