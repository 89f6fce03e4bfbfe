import { expect, test } from "vitest";
import { authenticationPoliciesAdmitClients } from "../../lib/checks/authentication-policies-admit-clients.ts";
import type { DomainSection } from "../../lib/core/log-on.ts";
import type { RegistryValueId } from "../../lib/core/registry-value.ts";
import { dword, type ReadableGuest } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, expectNoted, expectUnknown, judged, judgedWithout } from "./judged.ts";

function withPolicy(id: RegistryValueId, data: number, join: DomainSection["join"] = "domain") {
  return judged(authenticationPoliciesAdmitClients, (guest) => {
    guest.registry[id] = dword(data);
    guest.domain = { join, netlogon: "Running Auto", channel: 0, dns: [] };
  });
}

test("no policy, and policies that shut nobody out, are healthy", () => {
  expectHealthy(judged(authenticationPoliciesAdmitClients), "No policy");
  expectHealthy(withPolicy("credssp/AllowEncryptionOracle", 1), "No policy");
  expectHealthy(withPolicy("credssp/AllowEncryptionOracle", 2), "No policy");
  expectHealthy(withPolicy("lsa/LmCompatibilityLevel", 3), "No policy");
  expectHealthy(withPolicy("kerberos/SupportedEncryptionTypes", 0x1c), "No policy");
});

test.each([
  ["credssp/AllowEncryptionOracle", 0, "CredSSP update"],
  ["lsa/LmCompatibilityLevel", 5, "NTLM"],
  ["lsa/disabledomaincreds", 1, "saved passwords"],
  ["kerberos/SupportedEncryptionTypes", 0x18, "AES keys"],
  ["lsa/DisableRestrictedAdmin", 1, "0xe09"],
] as const)("%s as %d is what baselines ask for, and told", (id, data, word) => {
  expectHealthy(withPolicy(id, data), word);
});

test("Restricted Admin mode is told in the evidence: it is off unless its value is 0", () => {
  const mode = (data: number | null) =>
    (data === null ? judged(authenticationPoliciesAdmitClients) : withPolicy("lsa/DisableRestrictedAdmin", data))
      .evidence?.["Restricted Admin mode"];
  expect([mode(null), mode(1), mode(0)]).toEqual(["not allowed", "not allowed", "allowed"]);
});

test("incoming NTLM that is denied is noted with whom it shuts out", () => {
  expectNoted(withPolicy("ntlm/RestrictReceivingNTLMTraffic", 2), "IP address");
  expectNoted(withPolicy("ntlm/RestrictReceivingNTLMTraffic", 1), "domain accounts");
  expectHealthy(withPolicy("ntlm/RestrictReceivingNTLMTraffic", 1, "workgroup"));
});

test("in a workgroup with network level authentication, incoming NTLM that is denied shuts everybody out", () => {
  const ntlm = "ntlm/RestrictReceivingNTLMTraffic";
  const without = (edit: (guest: ReadableGuest) => void) =>
    judged(authenticationPoliciesAdmitClients, (guest) => {
      guest.registry[ntlm] = dword(2);
      guest.domain = { ...guest.domain, join: "workgroup" };
      edit(guest);
    });
  expectFaulty(withPolicy(ntlm, 2, "workgroup"), [], "in no domain that shuts everybody out");
  for (const join of ["domain", "entra", "hybrid"] as const) expectNoted(withPolicy(ntlm, 2, join), "IP address");
  expectNoted(
    without((guest) => {
      guest.registry["rdp-tcp/UserAuthentication"] = dword(0);
    }),
    "IP address",
  );
  expectFaulty(
    without((guest) => {
      guest.registry["rdp-tcp/UserAuthentication"] = dword(0);
      guest.registry["policy/UserAuthentication"] = dword(1);
    }),
    [],
    "network level authentication",
  );
  expectUnknown(
    judgedWithout(authenticationPoliciesAdmitClients, ["domain"], (guest) => {
      guest.registry[ntlm] = dword(2);
    }),
    "could not be read",
  );
});

test("PKU2U that is off shuts out accounts of Microsoft Entra, and nobody else", () => {
  expectNoted(withPolicy("pku2u/AllowOnlineID", 0, "entra"), "enablerdsaadauth:i:1");
  expectNoted(withPolicy("pku2u/AllowOnlineID", 0, "hybrid"), "accounts of Microsoft Entra");
  expectHealthy(withPolicy("pku2u/AllowOnlineID", 0, "domain"), "No policy");
  expectHealthy(withPolicy("pku2u/AllowOnlineID", 0, "workgroup"), "No policy");
  expectHealthy(withPolicy("pku2u/AllowOnlineID", 1, "entra"), "No policy");
});

test("a required smart card is noted: a password alone is refused", () => {
  expectNoted(withPolicy("system-policies/scforceoption", 1), "a password alone is refused");
  expectHealthy(withPolicy("system-policies/scforceoption", 0), "No policy");
});

test("what could not be read is unknown", () => {
  expectUnknown(judgedWithout(authenticationPoliciesAdmitClients, ["registry"]), "registry");
  expect(judgedWithout(authenticationPoliciesAdmitClients, ["domain"]).verdict).toBe("healthy");
});
