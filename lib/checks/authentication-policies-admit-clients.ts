import { type Check, healthy, noted } from "../core/check.ts";
import type { RegistrySection } from "../core/guest-evidence.ts";
import { declaredValues, type RegistryValueId } from "../core/registry-value.ts";
import { numberAt } from "./_registry.ts";
import { judgeFrom, readable } from "./_section.ts";

/** A policy that shuts somebody out. Each is a supported configuration, and none proves that a user was refused. */
interface Policy {
  readonly id: RegistryValueId;
  /** Security baselines (CIS, Microsoft) ask for the data that shut somebody out: then it is told, and not noted. */
  readonly isBaseline: boolean;
  /** Who is shut out at this number; `null` when nobody is. */
  readonly shutsOut: (data: number, isMember: boolean) => string | null;
}

const policies: readonly Policy[] = [
  {
    // [CSSP] The server side: 0 force updated clients, 1 mitigated, 2 vulnerable.
    id: "credssp/AllowEncryptionOracle",
    isBaseline: true,
    shutsOut: (data) =>
      data === 0
        ? "clients without the CredSSP update of 2018 are refused (an authentication error, CredSSP encryption oracle remediation)"
        : null,
  },
  {
    // [NTLM] 0 allows all, 1 denies domain accounts, 2 denies all accounts.
    id: "ntlm/RestrictReceivingNTLMTraffic",
    isBaseline: false,
    shutsOut: (data, isMember) => {
      if (data === 2)
        return "local accounts, and clients that connect by an IP address, cannot use network level authentication: they need NTLM";
      return data === 1 && isMember
        ? "domain accounts of clients that connect by an IP address are refused: they need NTLM"
        : null;
    },
  },
  {
    id: "lsa/LmCompatibilityLevel",
    isBaseline: true,
    shutsOut: (data) => (data === 5 ? "clients that send only LM or NTLM (not version 2) are refused" : null),
  },
  {
    // [AU]
    id: "lsa/disabledomaincreds",
    isBaseline: true,
    shutsOut: (data) =>
      data === 1
        ? "no credentials for the network are stored: scheduled tasks and saved passwords of domain accounts fail"
        : null,
  },
  {
    // 0 allows Restricted Admin mode and Remote Credential Guard; absent and 1 do not. [RCG]
    id: "lsa/DisableRestrictedAdmin",
    isBaseline: true,
    shutsOut: (data) =>
      data === 0 ? null : "clients that ask for Restricted Admin mode or Remote Credential Guard are refused (0xe09)",
  },
  {
    // Types as bits: 1 and 2 DES, 4 RC4, 8 AES128, 16 AES256. [KET]
    id: "kerberos/SupportedEncryptionTypes",
    isBaseline: true,
    shutsOut: (data, isMember) =>
      isMember && (data & 0x18) !== 0 && (data & 0x4) === 0
        ? "accounts without AES keys (a password that is older than the domain's AES support) cannot use Kerberos"
        : null,
  },
];

/** Policies of authentication, with whom each shuts out. A policy alone does not prove that a user was refused. */
export const authenticationPoliciesAdmitClients: Check = {
  id: "authentication-policies-admit-clients",
  title: "The authentication policies admit the clients",
  run: judgeFrom(["registry"], ({ registry }, { guest }) => {
    const domain = readable(guest.domain);
    const isMember = domain?.join === "domain" || domain?.join === "hybrid";
    const found = policies.flatMap((policy) => judge(policy, registry, isMember));
    // Absent it is off, as Windows is installed: no finding by itself, but what a client with 0xe09 asks for.
    const restrictedAdmin = numberAt(registry, "lsa/DisableRestrictedAdmin") === 0 ? "allowed" : "not allowed";
    const mode = { "Restricted Admin mode": restrictedAdmin };
    if (found.length === 0) return healthy("No policy of NTLM, CredSSP or Kerberos shuts a client out.", mode);
    // A finding has room for two of these sentences.
    const told = found.length > 2 ? 1 : 2;
    const sentences = found.slice(0, told).map(({ sentence }) => sentence);
    const others = found.slice(told).map(({ name }) => name);
    const because = [...sentences, ...(others.length > 0 ? [`Also set: ${others.join(", ")}.`] : [])].join(" ");
    const facts = { ...mode, ...Object.fromEntries(found.map(({ id, data }) => [id, data])) };
    return found.every(({ isBaseline }) => isBaseline) ? healthy(because, facts) : noted(because, facts);
  }),
};

function judge({ id, isBaseline, shutsOut }: Policy, registry: RegistrySection, isMember: boolean) {
  const data = numberAt(registry, id);
  const who = data === null ? null : shutsOut(data, isMember);
  if (who === null || data === null) return [];
  const { name } = declaredValues[id];
  return [{ id, name, isBaseline, data, sentence: `${name} is ${data}: ${who}.` }];
}
