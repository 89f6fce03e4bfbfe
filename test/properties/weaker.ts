import {
  declaredValues,
  type RegistryData,
  type RegistryValueId,
  registryPath,
} from "../../lib/core/registry-value.ts";
import { parseDacl } from "../../lib/core/sddl.ts";
import { machineKeysDefault, machineKeysFolder, rdpKeyPrefix } from "../../lib/core/windows.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import type { WindowsState } from "../../sandbox/windows/state.ts";
import { rdpKeyAsMade } from "../fixtures/evidence.ts";

type State = ReturnType<typeof comparableState>;

/**
 * In what a Windows is weaker than it was, one line each; none when it is not. It knows no remediation and no Change:
 *
 * - network level authentication, security layer and encryption level, as they are in effect, only rise;
 * - a TLS or SSL protocol is never turned on but for TLS 1.2, and that is never turned off;
 * - the firewall stays on, no profile lets in what no rule names, no rule is made or lets in more, and only rules of
 *   the Remote Desktop group are enabled;
 * - nobody gets access to a file beyond what he had or what Windows' own default gives;
 * - no service gets another account than its own, and no certificate of somebody, no policy and no choice is touched.
 */
export function weakenings(before: WindowsState, after: WindowsState): string[] {
  const [was, is] = [comparableState(before), comparableState(after)];
  return [
    ...settings(was, is),
    ...protocols(was, is),
    ...firewall(was, is),
    ...files(was, is),
    ...services(was, is),
    ...choices(was, is),
  ];
}

/** What Windows knows; with anything else nobody gets in, so that nothing is weaker than that. */
const known = { UserAuthentication: [0, 1], SecurityLayer: [0, 1, 2], MinEncryptionLevel: [1, 2, 3, 4] };

/** Policy wins; what is absent is Windows' own default. -1 for what Windows does not know. */
function inEffect(state: State, name: "UserAuthentication" | "SecurityLayer" | "MinEncryptionLevel"): number {
  const otherwise = { UserAuthentication: 1, SecurityLayer: 1, MinEncryptionLevel: 2 }[name];
  const value = state.registry[registryPath(`policy/${name}`)] ?? state.registry[registryPath(`rdp-tcp/${name}`)];
  if (!value) return otherwise;
  return value.type === "dword" && known[name].includes(value.data) ? value.data : -1;
}

function settings(was: State, is: State): string[] {
  return (["UserAuthentication", "SecurityLayer", "MinEncryptionLevel"] as const)
    .filter((name) => inEffect(is, name) < inEffect(was, name))
    .map((name) => `${name} was ${inEffect(was, name)} and is ${inEffect(is, name)}`);
}

const protocolValue = /\\SCHANNEL\\Protocols\\([^\\]+)\\(Server|Client)\\(Enabled|DisabledByDefault)$/;

function protocols(was: State, is: State): string[] {
  const paths = new Set([...Object.keys(was.registry), ...Object.keys(is.registry)]);
  return [...paths].flatMap((path) => {
    const [, protocol, side, name] = protocolValue.exec(path) ?? [];
    if (!protocol || JSON.stringify(was.registry[path]) === JSON.stringify(is.registry[path])) return [];
    const value = is.registry[path];
    const isOn = value?.type === "dword" && (name === "Enabled" ? value.data !== 0 : value.data === 0);
    if (protocol === "TLS 1.2" && side === "Server" && isOn) return [];
    return [`${protocol} ${side} ${name} was changed`];
  });
}

function firewall(was: State, is: State): string[] {
  const found: string[] = [];
  if (is.firewall.service !== was.firewall.service) found.push("the firewall's service changed");
  for (const profile of is.firewall.profiles) {
    const former = was.firewall.profiles.find(({ name }) => name === profile.name);
    // Blocking all is given up for blocking what no rule allows, and for nothing less.
    const rest = { ...profile, blockAll: former?.blockAll };
    if (JSON.stringify(rest) !== JSON.stringify(former)) found.push(`firewall profile ${profile.name} changed`);
    if (former?.blockAll && !profile.blockAll && (!profile.enabled || profile.managedBy === "policy")) {
      found.push(`firewall profile ${profile.name} was opened for nothing`);
    }
  }
  if (is.firewall.rules.length !== was.firewall.rules.length) found.push("a firewall rule was made or removed");
  for (const [at, rule] of is.firewall.rules.entries()) {
    const former = was.firewall.rules[at];
    const mayChange = rule.group && rule.managedBy === "local" && rule.enabled;
    const rest = mayChange ? { ...rule, enabled: former?.enabled } : rule;
    if (JSON.stringify(rest) !== JSON.stringify(former)) found.push(`firewall rule ${rule.name} changed`);
  }
  return found;
}

/** Who may do something, bit by bit. Without an access part everybody may do everything. */
function granted(sddl: string): Map<string, number> {
  if (sddl.includes("NO_ACCESS_CONTROL")) return new Map([["everybody", 0x1f01ff]]);
  const grants = new Map<string, number>();
  for (const { type, sid, mask } of parseDacl(sddl) ?? []) {
    if (type === "allow") grants.set(sid, (grants.get(sid) ?? 0) | mask);
  }
  return grants;
}

function files(was: State, is: State): string[] {
  const found: string[] = [];
  for (const [path, file] of Object.entries(is.files)) {
    const former = was.files[path];
    const isRdpKey = path.includes(rdpKeyPrefix);
    const isOurs = path === machineKeysFolder || isRdpKey;
    if (!isOurs && JSON.stringify(file) !== JSON.stringify(former)) found.push(`${path} changed`);
    const byDefault = granted(isRdpKey ? rdpKeyAsMade.sddl : machineKeysDefault.sddl);
    const before = granted(former?.sddl ?? "D:");
    for (const [sid, mask] of granted(file.sddl)) {
      const known = (before.get(sid) ?? 0) | (before.get("everybody") ?? 0) | (isOurs ? (byDefault.get(sid) ?? 0) : 0);
      if (mask & ~known) found.push(`${sid} has more access to ${path}`);
    }
  }
  const gone = Object.keys(was.files).filter((path) => !is.files[path] && !path.includes(rdpKeyPrefix));
  // What SYSTEM may not read, or is a link, stays in the folder that was put aside: only when that was asked for.
  return [...found, ...gone.map((path) => `${path} is gone`)];
}

const accounts: Record<string, string> = {
  SessionEnv: "LocalSystem",
  TermService: "NT AUTHORITY\\NetworkService",
  UmRdpService: "LocalSystem",
};

function services(was: State, is: State): string[] {
  return Object.entries(is.services).flatMap(([name, service]) => {
    const former = was.services[name as keyof State["services"]];
    const moved = service?.account !== former?.account && service?.account !== accounts[name];
    const disabled = service?.startMode === "Disabled" && former?.startMode !== "Disabled";
    return moved || disabled ? [`service ${name} has another account, or is disabled`] : [];
  });
}

/** What somebody chose: policies, the custom certificate, FIPS, ports, curves, and every certificate of others. */
function choices(was: State, is: State): string[] {
  const chosen = (Object.keys(declaredValues) as RegistryValueId[]).filter((id) => {
    return /^(policy|fips)\/|PortNumber|WdName|EccCurves|SSLCertificateSHA1Hash/.test(id);
  });
  const touched = chosen.filter(
    (id) =>
      JSON.stringify(was.registry[registryPath(id)]) !== JSON.stringify(is.registry[registryPath(id)]) &&
      !wasNoChoice(id, was, is.registry[registryPath(id)]),
  );
  const enrolled = Object.entries(was.certificates["Remote Desktop"]).filter(([, one]) => !one.selfSigned);
  const lost = enrolled.filter(([thumbprint]) => !is.certificates["Remote Desktop"][thumbprint]);
  const others = (["My", "WebHosting"] as const).filter(
    (store) => JSON.stringify(was.certificates[store]) !== JSON.stringify(is.certificates[store]),
  );
  return [
    ...touched.map((id) => `${id} was changed`),
    ...lost.map(([thumbprint]) => `certificate ${thumbprint} is gone`),
    ...others.map((store) => `store ${store} changed`),
  ];
}

/** Nobody chose a port that is none, which may become 3389, or a certificate that is in no store, whose name may go. */
function wasNoChoice(id: RegistryValueId, { registry, certificates }: State, to?: RegistryData): boolean {
  const former = registry[registryPath(id)];
  if (id === "rdp-tcp/PortNumber") {
    const isPort = !former || (former.type === "dword" && former.data >= 1 && former.data <= 65535);
    return !isPort && to?.type === "dword" && to.data === 3389;
  }
  if (id !== "rdp-tcp/SSLCertificateSHA1Hash" || !former || to) return false;
  return !Object.values(certificates).some((store) => former.type === "binary" && former.data in store);
}
