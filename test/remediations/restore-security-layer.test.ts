import { describe, expect, test } from "vitest";
import type { RegistryData, RegistryValueId } from "../../lib/core/registry-value.ts";
import { requireNetworkLevelAuthentication } from "../../lib/remediations/require-network-level-authentication.ts";
import { requireTls } from "../../lib/remediations/require-tls.ts";
import { restoreSecurityLayer } from "../../lib/remediations/restore-security-layer.ts";
import { dword, evidenceWith, forced, notForced, restart } from "./evidence-with.ts";

function withValues(values: Partial<Record<RegistryValueId, RegistryData | null>>) {
  return evidenceWith((guest) => Object.assign(guest.registry, values));
}

describe("restore-security-layer", () => {
  test("replaces what Windows does not know, of whatever type, by what Azure's own repair writes", () => {
    const text = { type: "string", data: "1" } as const;
    const evidence = withValues({
      "rdp-tcp/SecurityLayer": dword(7),
      "rdp-tcp/UserAuthentication": text,
      "rdp-tcp/MinEncryptionLevel": dword(0),
    });
    expect(restoreSecurityLayer.plan(evidence, notForced)).toEqual([
      { kind: "set-registry-value", value: "rdp-tcp/SecurityLayer", to: dword(2), was: dword(7) },
      { kind: "set-registry-value", value: "rdp-tcp/UserAuthentication", to: dword(1), was: text },
      { kind: "set-registry-value", value: "rdp-tcp/MinEncryptionLevel", to: dword(3), was: dword(0) },
      restart,
    ]);
  });

  test.each([
    ["SecurityLayer", [0, 1, 2]],
    ["UserAuthentication", [0, 1]],
    ["MinEncryptionLevel", [1, 2, 3, 4]],
  ] as const)("leaves every %s that Windows knows, even when it is forced", (name, known) => {
    for (const data of known) {
      expect(restoreSecurityLayer.plan(withValues({ [`rdp-tcp/${name}`]: dword(data) }), forced)).toEqual([]);
    }
    expect(restoreSecurityLayer.plan(withValues({ [`rdp-tcp/${name}`]: null }), forced)).toEqual([]);
  });

  test("refuses what group policy holds, and names the place", () => {
    const refused = {
      refused: expect.stringContaining(
        "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services\\SecurityLayer",
      ),
    };
    const evidence = withValues({ "policy/SecurityLayer": dword(7) });
    expect(restoreSecurityLayer.plan(evidence, notForced)).toEqual(refused);
    expect(restoreSecurityLayer.plan(evidence, forced)).toEqual(refused);
  });

  test("leaves a local value alone that a good policy overrides", () => {
    const evidence = withValues({ "rdp-tcp/SecurityLayer": dword(7), "policy/SecurityLayer": dword(2) });
    expect(restoreSecurityLayer.plan(evidence, notForced)).toEqual([]);
  });
});

describe.each([
  { remediation: requireNetworkLevelAuthentication, name: "UserAuthentication", to: 1 },
  { remediation: requireTls, name: "SecurityLayer", to: 2 },
] as const)("$remediation.id", ({ remediation, name, to }) => {
  test("raises the value, and leaves one that is as high or absent", () => {
    const value = `rdp-tcp/${name}` as const;
    const evidence = withValues({ [value]: dword(0) });
    expect(remediation.plan(evidence, notForced)).toEqual([
      { kind: "set-registry-value", value, to: dword(to), was: dword(0) },
      restart,
    ]);
    expect(remediation.plan(withValues({ [value]: dword(to) }), forced)).toEqual([]);
    expect(remediation.plan(withValues({ [value]: null }), forced)).toEqual([]);
  });

  test("refuses where group policy decides", () => {
    const evidence = withValues({ [`policy/${name}`]: dword(0) });
    expect(remediation.plan(evidence, notForced)).toEqual({ refused: expect.stringContaining("owner of the policy") });
  });
});
