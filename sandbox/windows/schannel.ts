import type { z } from "zod";
import { policySuites } from "../../lib/core/cipher-policy.ts";
import type { SchannelSection } from "../../lib/core/guest-evidence.ts";
import type { WindowsAdapter } from "./adapter.ts";
import { firstBuildWithTls13, knownCurves } from "./builds.ts";
import { type Machine, registryNumber, registryValue } from "./machine.ts";

/** Makes the policy's list of suites effective, when this Windows reads it at that moment. */
export function readCipherPolicy(machine: Machine, moment: "service-start" | "boot"): void {
  const { schannel } = machine.state;
  if (moment !== "boot" && schannel.readsCipherPolicyAt !== moment) return;
  const policy = registryValue(machine, "cipher-policy/Functions");
  schannel.policyInEffect = policy && policySuites(policy);
}

/**
 * Whether suites with ECDHE can be used, by the listener and by clients on this VM alike: a policy of curves that names
 * none that Windows has leaves none.
 */
export function hasCurves(machine: Machine): boolean {
  const policy = registryValue(machine, "cipher-policy/EccCurves");
  return !policy || policySuites(policy).some((curve) => knownCurves.includes(curve.toLowerCase()));
}

/** The TLS protocols that a client on this VM offers, and those that its Client keys forbid. */
export function clientProtocols({ state: { registry, system } }: Machine): { offered: string[]; forbidden: string[] } {
  const known = ["TLS 1.0", "TLS 1.1", "TLS 1.2", ...(system.build >= firstBuildWithTls13 ? ["TLS 1.3"] : [])];
  const forbidden = ["TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"].filter(
    (protocol) => registry[`${protocols}\\${protocol}\\Client\\Enabled`]?.data === 0,
  );
  return { offered: known.filter((protocol) => !forbidden.includes(protocol)), forbidden };
}

/** The suites that Windows offers now, in their order. */
export function offeredSuites({ state: { schannel } }: Machine): string[] {
  return schannel.policyInEffect?.filter((suite) => schannel.suites.includes(suite)) ?? schannel.suites;
}

/** Whether TLS 1.2 is on for servers. Without a setting it is on. [TLS] */
export function isTls12On(machine: Machine): boolean {
  return (
    registryNumber(machine, "tls12-server/Enabled", 1) !== 0 &&
    registryNumber(machine, "tls12-server/DisabledByDefault", 0) === 0
  );
}

const protocols = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols";
const tls13 = `${protocols}\\TLS 1.3\\Server`;

/**
 * Whether the listener supports TLS 1.3, which Windows has from Server 2022 on, and on by default (MS-RDPBCGR 5.4.5; TLS
 * protocol version support, learn.microsoft.com). A simplification: beside TLS 1.2 only when it was turned on explicitly,
 * so that suites show that fit no client of TLS 1.2, which most clients of Remote Desktop are.
 */
export function isTls13On(machine: Machine): boolean {
  const { registry, system } = machine.state;
  const enabled = registry[`${tls13}\\Enabled`];
  const disabled = registry[`${tls13}\\DisabledByDefault`];
  if (system.build < firstBuildWithTls13 || (disabled?.type === "dword" && disabled.data !== 0)) return false;
  return enabled?.type === "dword" ? enabled.data !== 0 : !isTls12On(machine);
}

const protocolValue =
  /^HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\([^\\]+)\\Server\\(Enabled|DisabledByDefault)$/;

/** What a suite needs, by a part of its name, and the key below SCHANNEL that turns that on and off. */
const needs: readonly { readonly part: RegExp; readonly key: string }[] = [
  { part: /_WITH_AES_128_/, key: "Ciphers\\AES 128/128" },
  { part: /_WITH_AES_256_/, key: "Ciphers\\AES 256/256" },
  { part: /_SHA256$/, key: "Hashes\\SHA256" },
  { part: /_SHA384$/, key: "Hashes\\SHA384" },
  { part: /^TLS_DHE_/, key: "KeyExchangeAlgorithms\\Diffie-Hellman" },
  { part: /^TLS_ECDHE_/, key: "KeyExchangeAlgorithms\\ECDH" },
  { part: /^TLS_RSA_/, key: "KeyExchangeAlgorithms\\PKCS" },
];

function algorithmData({ state: { registry } }: Machine, key: string): number | null {
  const value = registry[`${protocols.replace(/Protocols$/, key)}\\Enabled`];
  return value?.type === "dword" && value.data !== 0xffffffff ? value.data : null;
}

/**
 * Whether Schannel's keys leave what a suite of TLS 1.2 needs. Sources: Restrict the use of certain cryptographic algorithms
 * and protocols in Schannel.dll, learn.microsoft.com (0 is off, 0xffffffff is on); that 1 is not on: a report,
 * 0x6d69636b/windows_hardening issue 95.
 */
export function leavesAlgorithms(machine: Machine, suite: string): boolean {
  return needs.every(({ part, key }) => !part.test(suite) || algorithmData(machine, key) === null);
}

export function schannelFunctions(
  machine: Machine,
): Pick<WindowsAdapter, "Get-AlgorithmsOff" | "Get-ServerProtocols" | "Get-TlsSuiteNames"> {
  return {
    "Get-AlgorithmsOff": () =>
      needs.flatMap(({ key }) => {
        const data = algorithmData(machine, key);
        return data === null ? [] : [`${key} ${data}`];
      }),
    "Get-TlsSuiteNames": () => offeredSuites(machine),
    "Get-ServerProtocols": () => {
      const protocols: z.infer<typeof SchannelSection>["protocols"] = [];
      for (const [path, value] of Object.entries(machine.state.registry)) {
        const [, protocol, name] = protocolValue.exec(path) ?? [];
        if (!protocol || value.type !== "dword") continue;
        const known = protocols.find((one) => one.protocol === protocol);
        const entry = known ?? { protocol, enabled: null, disabledByDefault: null };
        entry[name === "Enabled" ? "enabled" : "disabledByDefault"] = value.data;
        if (!known) protocols.push(entry);
      }
      return protocols;
    },
  };
}
