import { expect, test } from "vitest";
import { restoreSecurityLayer } from "../../lib/remediations/restore-security-layer.ts";
import { dword, evidenceWith, forced, notForced, restart } from "./evidence-with.ts";

test("goes towards secure in all three settings", () => {
  const evidence = evidenceWith((guest) => {
    guest.registry["rdp-tcp/SecurityLayer"] = dword(0);
    guest.registry["rdp-tcp/UserAuthentication"] = dword(0);
    guest.registry["rdp-tcp/MinEncryptionLevel"] = dword(1);
  });
  expect(restoreSecurityLayer.plan(evidence, notForced)).toEqual([
    { kind: "set-registry-value", value: "rdp-tcp/SecurityLayer", to: dword(2), was: dword(0) },
    { kind: "set-registry-value", value: "rdp-tcp/UserAuthentication", to: dword(1), was: dword(0) },
    { kind: "set-registry-value", value: "rdp-tcp/MinEncryptionLevel", to: dword(2), was: dword(1) },
    restart,
  ]);
});

test("keeps negotiation, higher levels, and what is absent", () => {
  const evidence = evidenceWith((guest) => {
    guest.registry["rdp-tcp/SecurityLayer"] = dword(1);
    guest.registry["rdp-tcp/UserAuthentication"] = null;
    guest.registry["rdp-tcp/MinEncryptionLevel"] = dword(4);
  });
  expect(restoreSecurityLayer.plan(evidence, notForced)).toEqual([]);
});

test("an encryption level that does not go with TLS is raised, and left where TLS is negotiated", () => {
  const evidence = (layer: number) =>
    evidenceWith((guest) => {
      guest.registry["rdp-tcp/SecurityLayer"] = dword(layer);
      guest.registry["rdp-tcp/MinEncryptionLevel"] = dword(1);
    });
  expect(restoreSecurityLayer.plan(evidence(2), notForced)).toEqual([
    { kind: "set-registry-value", value: "rdp-tcp/MinEncryptionLevel", to: dword(2), was: dword(1) },
    restart,
  ]);
  expect(restoreSecurityLayer.plan(evidence(1), notForced)).toEqual([]);
});

test("refuses what group policy holds, and names the place", () => {
  const evidence = evidenceWith((guest) => {
    guest.registry["policy/SecurityLayer"] = dword(0);
  });
  const refused = {
    refused: expect.stringContaining(
      "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services\\SecurityLayer",
    ),
  };
  expect(restoreSecurityLayer.plan(evidence, notForced)).toEqual(refused);
  expect(restoreSecurityLayer.plan(evidence, forced)).toEqual(refused);
});

test("leaves a local value alone that a good policy overrides", () => {
  const evidence = evidenceWith((guest) => {
    guest.registry["rdp-tcp/SecurityLayer"] = dword(0);
    guest.registry["policy/SecurityLayer"] = dword(2);
  });
  expect(restoreSecurityLayer.plan(evidence, notForced)).toEqual([]);
});
