import { expect, test } from "vitest";
import { securityLayerIsConsistent } from "../../lib/checks/security-layer-is-consistent.ts";
import type { RegistryValueId } from "../../lib/core/registry-value.ts";
import { dword } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, judged } from "./judged.ts";

function judgedWith(values: Partial<Record<RegistryValueId, number | null>>) {
  return judged(securityLayerIsConsistent, (guest) => {
    for (const [id, data] of Object.entries(values)) {
      guest.registry[id as RegistryValueId] = typeof data === "number" ? dword(data) : null;
    }
  });
}

test.each<[string, Partial<Record<RegistryValueId, number | null>>]>([
  ["TLS, NLA, client compatible", {}],
  ["negotiation", { "rdp-tcp/SecurityLayer": 1 }],
  ["negotiation with the lowest level", { "rdp-tcp/SecurityLayer": 1, "rdp-tcp/MinEncryptionLevel": 1 }],
  ["FIPS level", { "rdp-tcp/MinEncryptionLevel": 4 }],
  [
    "defaults",
    { "rdp-tcp/SecurityLayer": null, "rdp-tcp/MinEncryptionLevel": null, "rdp-tcp/UserAuthentication": null },
  ],
  ["a policy that puts a weak local value right", { "rdp-tcp/SecurityLayer": 0, "policy/SecurityLayer": 2 }],
])("healthy: %s", (_, values) => {
  expectHealthy(judgedWith(values));
});

test.each<[string, Partial<Record<RegistryValueId, number | null>>, string]>([
  ["no TLS", { "rdp-tcp/SecurityLayer": 0 }, "RDP-Tcp\\SecurityLayer is 0"],
  ["no NLA", { "rdp-tcp/UserAuthentication": 0 }, "RDP-Tcp\\UserAuthentication is 0"],
  ["TLS with the lowest level", { "rdp-tcp/MinEncryptionLevel": 1 }, "MinEncryptionLevel is 1"],
  [
    "a local level against a layer of policy",
    { "policy/SecurityLayer": 2, "rdp-tcp/MinEncryptionLevel": 1 },
    "RDP-Tcp\\MinEncryptionLevel is 1",
  ],
])("faulty: %s", (_, values, word) => {
  expectFaulty(judgedWith(values), ["restore-security-layer"], word);
});

test.each<[string, Partial<Record<RegistryValueId, number | null>>, string]>([
  ["layer", { "policy/SecurityLayer": 0 }, "Terminal Services\\SecurityLayer is 0"],
  ["NLA", { "policy/UserAuthentication": 0 }, "Terminal Services\\UserAuthentication is 0"],
  ["level", { "policy/MinEncryptionLevel": 1 }, "Terminal Services\\MinEncryptionLevel is 1"],
  [
    "NLA, beside a local fault that could be restored and would not help",
    { "policy/UserAuthentication": 0, "rdp-tcp/SecurityLayer": 0 },
    "Terminal Services\\UserAuthentication is 0",
  ],
])("faulty, and the owner of the policy must act: %s", (_, values, word) => {
  expectFaulty(judgedWith(values), [], word);
});

test("the facts name value and owner", () => {
  expect(judgedWith({ "policy/SecurityLayer": 1, "rdp-tcp/UserAuthentication": null }).evidence).toEqual({
    layer: "1 (policy)",
    level: "2 (local)",
    nla: "absent (default)",
  });
});
