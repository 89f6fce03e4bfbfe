import { type Check, type CheckResult, faulty, healthy, noted } from "../core/check.ts";
import type { Finding } from "../core/finding.ts";
import type { RegistrySection } from "../core/guest-evidence.ts";
import { isOutside, type SecuritySetting, securitySettings } from "../core/security-settings.ts";
import { type Effective, effectiveSetting } from "./_registry.ts";
import { judgeFrom, worstResult } from "./_section.ts";
import { unlessWorking } from "./_works.ts";

/**
 * Layer 0 is RDP's own encryption, 1 negotiates, 2 is TLS; level 1 is the lowest; NLA is UserAuthentication. Every
 * value that Windows accepts is a supported configuration, and a choice. Windows does not clamp an invalid value: it
 * then agrees with no client on a layer. [CON][WMI][ADMX]
 */
export const securityLayerIsConsistent: Check = {
  id: "security-layer-is-consistent",
  title: "Security layer, encryption level and NLA have values that Windows knows",
  run: judgeFrom(["registry"], ({ registry }, { evidence }) => {
    const settings = securitySettings.map((setting) => ({ setting, now: effectiveSetting(registry, setting) }));
    const facts = Object.fromEntries(settings.map(({ setting, now }) => [setting, spell(now)]));
    const fault = worstResult(settings.flatMap((one) => judgeOutside(one.setting, registry, facts) ?? []));
    if (fault) return unlessWorking(fault, evidence);
    const found = settings.map(({ setting }) => `${setting} ${facts[setting]}`).join(", ");
    const notes = settings.flatMap(({ setting, now }) => weakness(setting, now) ?? []);
    if (notes.length > 0) return noted(`A choice, and no fault: ${notes.join(", ")}.`, facts);
    return healthy(`Windows knows these values: ${found}.`, facts);
  }),
};

function judgeOutside(
  setting: SecuritySetting,
  registry: RegistrySection,
  facts: Finding["evidence"],
): CheckResult | null {
  const now = effectiveSetting(registry, setting);
  if (!isOutside(setting, now.data)) return null;
  const because = `${now.source}, which Windows does not know: it agrees with no client.`;
  if (now.byPolicy)
    return faulty(
      `Group policy: ${now.source.split("\\").slice(-2).join("\\")}, which Windows does not know. ${now.advice}`,
      [],
      facts,
    );
  return faulty(because, ["restore-security-layer"], facts);
}

/** The protection that a value leaves out, and the remediation that would add it by name. */
function weakness(setting: SecuritySetting, now: Effective): string | null {
  const is = `${setting} ${spell(now)}`;
  if (setting === "UserAuthentication" && now.value === 0) {
    return `network level authentication is off (${is}; by name: require-network-level-authentication)`;
  }
  if (setting === "SecurityLayer" && now.value === 0) {
    return `connections go without TLS (${is}; by name: require-tls)`;
  }
  if (setting === "SecurityLayer" && now.value === 1) return `clients may choose RDP's own security (${is})`;
  if (setting === "MinEncryptionLevel" && now.value === 1) return `the lowest encryption is allowed (${is})`;
  return null;
}

function spell({ data, value, byPolicy }: Effective): string {
  if (data === null) return "absent (default)";
  return `${value ?? "no number"} (${byPolicy ? "policy" : "local"})`;
}
