import { expect, test } from "vitest";
import { weakenNetworkLevelAuthentication } from "../../lib/remediations/weaken-network-level-authentication.ts";
import { weakenSecurityLayer } from "../../lib/remediations/weaken-security-layer.ts";
import { dword, evidenceWith, forced, notForced, restart } from "./evidence-with.ts";

const hour = { ...notForced, weakenMinutes: 60 };
const well = evidenceWith(() => {});

test.each([
  [weakenNetworkLevelAuthentication, "rdp-tcp/UserAuthentication", 1, 0],
  [weakenSecurityLayer, "rdp-tcp/SecurityLayer", 2, 1],
] as const)("$id weakens its value only, for as long as the caller says", (remediation, value, was, to) => {
  expect(remediation.plan(well, hour)).toEqual([
    { kind: "weaken-registry-value", value, to: dword(to), was: dword(was), minutes: 60 },
    restart,
  ]);
  const absent = evidenceWith((guest) => {
    guest.registry[value] = null;
  });
  expect(remediation.plan(absent, { ...forced, weakenMinutes: 5 })).toEqual([
    { kind: "weaken-registry-value", value, to: dword(to), was: null, minutes: 5 },
    restart,
  ]);
});

test("what is as weak already stays", () => {
  const weak = evidenceWith((guest) => {
    guest.registry["rdp-tcp/UserAuthentication"] = dword(0);
    guest.registry["rdp-tcp/SecurityLayer"] = dword(0);
  });
  expect(weakenNetworkLevelAuthentication.plan(weak, hour)).toEqual([]);
  expect(weakenSecurityLayer.plan(weak, hour)).toEqual([]);
});

test.each([
  [weakenNetworkLevelAuthentication, "policy/UserAuthentication"],
  [weakenSecurityLayer, "policy/SecurityLayer"],
] as const)("$id never fights group policy, whatever it says", (remediation, policy) => {
  for (const data of [0, 1, 2]) {
    const evidence = evidenceWith((guest) => {
      guest.registry[policy] = dword(data);
    });
    const refused = { refused: expect.stringContaining("policy") };
    expect(remediation.plan(evidence, { ...forced, weakenMinutes: 60 })).toEqual(refused);
  }
});

test("what could not be restored is not weakened", () => {
  const evidence = evidenceWith((guest) => {
    guest.registry["rdp-tcp/UserAuthentication"] = { type: "string", data: "1" };
    guest.registry["rdp-tcp/SecurityLayer"] = dword(5);
  });
  const refused = { refused: expect.stringContaining("restored") };
  expect(weakenNetworkLevelAuthentication.plan(evidence, hour)).toEqual(refused);
  expect(weakenSecurityLayer.plan(evidence, hour)).toEqual(refused);
});

test("nothing is weakened without a deadline, forced or not", () => {
  const refused = { refused: expect.stringContaining("deadline") };
  expect(weakenNetworkLevelAuthentication.plan(well, notForced)).toEqual(refused);
  expect(weakenSecurityLayer.plan(well, forced)).toEqual(refused);
});
