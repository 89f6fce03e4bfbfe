import { type Check, type CheckResult, faulty, healthy, noted, unknown } from "../core/check.ts";
import type { RegistrySection } from "../core/guest-evidence.ts";
import type { DomainSection } from "../core/log-on.ts";
import { declaredValues, type RegistryValueId } from "../core/registry-value.ts";
import { requiresNla } from "../core/security-settings.ts";
import { numberAt } from "./_registry.ts";
import { judgeFrom, readable } from "./_section.ts";

type Join = DomainSection["join"] | null;

/** A policy that shuts somebody out. Each is a supported configuration, and does not prove that a user was refused. */
interface Policy {
  readonly id: RegistryValueId;
  /** Security baselines (CIS, Microsoft) ask for the data that shut somebody out: then it is told, and not noted. */
  readonly isBaseline: boolean;
  /** Who is shut out at this number; `null` when nobody is. */
  readonly shutsOut: (data: number, join: Join) => string | null;
}

function isMember(join: Join): boolean {
  return join === "domain" || join === "hybrid";
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
    shutsOut: (data, join) => {
      if (data === 2)
        return "local accounts, and clients that connect by an IP address, cannot use network level authentication: they need NTLM";
      return data === 1 && isMember(join)
        ? "domain accounts of clients that connect by an IP address are refused: they need NTLM"
        : null;
    },
  },
  {
    // [PKU][ESI] CIS 2.3.11.3 asks for 0. A web account of the client (RDS AAD Auth) does not need PKU2U.
    id: "pku2u/AllowOnlineID",
    isBaseline: false,
    shutsOut: (data, join) =>
      data === 0 && (join === "entra" || join === "hybrid")
        ? "accounts of Microsoft Entra cannot use network level authentication, unless the client signs in by a web account (enablerdsaadauth:i:1). Set it to 1 where its policy is"
        : null,
  },
  {
    // [SCF]
    id: "system-policies/scforceoption",
    isBaseline: false,
    shutsOut: (data) =>
      data === 1 ? "a password alone is refused: every user needs a smart card or Windows Hello for Business" : null,
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
    shutsOut: (data, join) =>
      isMember(join) && (data & 0x18) !== 0 && (data & 0x4) === 0
        ? "accounts without AES keys (a password that is older than the domain's AES support) cannot use Kerberos"
        : null,
  },
];

/**
 * Policies of authentication, with whom each shuts out. A policy alone does not prove that a user was refused, unless it
 * leaves nobody.
 */
export const authenticationPoliciesAdmitClients: Check = {
  id: "authentication-policies-admit-clients",
  title: "The authentication policies admit the clients",
  run: judgeFrom(["registry"], ({ registry }, { guest }) => {
    const join = readable(guest.domain)?.join ?? null;
    const shut = judgeNtlm(registry, join);
    if (shut) return shut;
    const found = policies.flatMap((policy) => judge(policy, registry, join));
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

/**
 * In a workgroup every account is a local one, network level authentication checks it by NTLM, and nobody is left when the
 * VM refuses that. [NTLM][NBL]
 */
function judgeNtlm(registry: RegistrySection, join: Join): CheckResult | null {
  const id = "ntlm/RestrictReceivingNTLMTraffic";
  if (numberAt(registry, id) !== 2 || !requiresNla(registry)) return null;
  const because = `${declaredValues[id].name} is 2, and network level authentication, which is required, checks a local account by NTLM`;
  if (join === null) return unknown(`${because}; whether the VM has other accounts could not be read.`);
  if (join !== "workgroup") return null;
  return faulty(
    `${because}: in no domain that shuts everybody out. Allow it where the policy is: "Restrict NTLM: Incoming NTLM traffic" of Group Policy, Intune or the local policy.`,
    [],
    { [id]: 2 },
  );
}

function judge({ id, isBaseline, shutsOut }: Policy, registry: RegistrySection, join: Join) {
  const data = numberAt(registry, id);
  const who = data === null ? null : shutsOut(data, join);
  if (who === null || data === null) return [];
  const { name } = declaredValues[id];
  return [{ id, name, isBaseline, data, sentence: `${name} is ${data}: ${who}.` }];
}
