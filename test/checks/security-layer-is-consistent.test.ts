import { expect, test } from "vitest";
import { securityLayerIsConsistent } from "../../lib/checks/security-layer-is-consistent.ts";
import type { RegistryData, RegistryValueId } from "../../lib/core/registry-value.ts";
import { dword, type ReadableGuest } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, expectNoted, judged, judgedBroken } from "./judged.ts";

type Values = Partial<Record<RegistryValueId, number | RegistryData | null>>;

function withValues(values: Values) {
  return (guest: ReadableGuest) => {
    for (const [id, data] of Object.entries(values)) {
      guest.registry[id as RegistryValueId] = typeof data === "number" ? dword(data) : (data ?? null);
    }
  };
}

test.each<[string, Values]>([
  ["TLS, NLA, client compatible", {}],
  ["FIPS level", { "rdp-tcp/MinEncryptionLevel": 4 }],
  [
    "defaults",
    { "rdp-tcp/SecurityLayer": null, "rdp-tcp/MinEncryptionLevel": null, "rdp-tcp/UserAuthentication": null },
  ],
  ["a policy that puts a weak local value right", { "rdp-tcp/SecurityLayer": 0, "policy/SecurityLayer": 2 }],
])("healthy: %s", (_, values) => {
  expectHealthy(judged(securityLayerIsConsistent, withValues(values)));
});

test.each<[string, Values, string]>([
  ["no TLS", { "rdp-tcp/SecurityLayer": 0 }, "by name: require-tls"],
  ["negotiation", { "rdp-tcp/SecurityLayer": 1 }, "clients may choose"],
  ["no NLA", { "rdp-tcp/UserAuthentication": 0 }, "by name: require-network-level-authentication"],
  ["TLS with the lowest level", { "rdp-tcp/MinEncryptionLevel": 1 }, "lowest encryption"],
  ["no NLA by policy", { "policy/UserAuthentication": 0 }, "(UserAuthentication 0 (policy)"],
])(
  "a configuration that Windows knows is somebody's choice, whether or not a handshake completes: %s",
  (_, values, word) => {
    expectNoted(judged(securityLayerIsConsistent, withValues(values)), word);
    expectNoted(judgedBroken(securityLayerIsConsistent, withValues(values)), word);
  },
);

test.each<[string, Values, string]>([
  ["layer", { "rdp-tcp/SecurityLayer": 3 }, "RDP-Tcp\\SecurityLayer is 3"],
  ["NLA", { "rdp-tcp/UserAuthentication": 5 }, "UserAuthentication is 5"],
  ["level 0", { "rdp-tcp/MinEncryptionLevel": 0 }, "MinEncryptionLevel is 0"],
  ["level 5", { "rdp-tcp/MinEncryptionLevel": 5 }, "MinEncryptionLevel is 5"],
  ["a text", { "rdp-tcp/SecurityLayer": { type: "string", data: "2" } }, 'SecurityLayer is "2" (string)'],
])("a value that Windows does not know is a fault beside a handshake that fails: %s", (_, values, word) => {
  expectFaulty(judgedBroken(securityLayerIsConsistent, withValues(values)), ["restore-security-layer"], word);
  expectNoted(judged(securityLayerIsConsistent, withValues(values)), "works nevertheless");
});

test("one of policy's is for the owner of the policy, beside a local one that could be restored and would not help", () => {
  const values = { "policy/UserAuthentication": 7, "rdp-tcp/SecurityLayer": 9 };
  expectFaulty(
    judgedBroken(securityLayerIsConsistent, withValues(values)),
    [],
    "Terminal Services\\UserAuthentication",
  );
});

test("the facts name value and owner", () => {
  const values = { "policy/SecurityLayer": 1, "rdp-tcp/UserAuthentication": null };
  expect(judged(securityLayerIsConsistent, withValues(values)).evidence).toEqual({
    SecurityLayer: "1 (policy)",
    UserAuthentication: "absent (default)",
    MinEncryptionLevel: "2 (local)",
  });
});
