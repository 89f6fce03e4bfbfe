import { expect, test } from "vitest";
import { isUnreadable } from "../../lib/core/guest-evidence.ts";
import {
  certificateOwner,
  dependsOnRdpKey,
  isOutOfDate,
  isWindowsMade,
  namesComputer,
} from "../../lib/core/rdp-certificate.ts";
import { healthyGuestEvidence } from "../fixtures/evidence.ts";

const { certificate } = healthyGuestEvidence();
if (isUnreadable(certificate) || !certificate.inUse) throw new Error("The fixture presents no certificate.");
const { inUse } = certificate;

test("a certificate is in date from its first moment, and out of date at its last", () => {
  const outOfDate = (at: string) => isOutOfDate(inUse, at, at);
  expect(outOfDate(inUse.notBefore)).toBe(false);
  expect(outOfDate("2026-08-31T23:59:59.999Z")).toBe(true);
  expect(outOfDate(inUse.notAfter)).toBe(true);
});

test("a certificate that was made by a clock ahead of ours is in date", () => {
  expect(isOutOfDate(inUse, "2026-08-31T23:59:00.000Z", "2026-09-01T00:01:00.000Z")).toBe(false);
});

test.each([
  ["CN=VM-APP-01", "VM-APP-01", true],
  ["CN=vm-app-01.corp.example", "VM-APP-01", true],
  ["CN=VM-APP-01, O=Example", "VM-APP-01", true],
  ["CN=a-host-name-of-twenty", "A-HOST-NAME-OF-", true],
  ["CN=VM-APP-010", "VM-APP-01", false],
  ["O=VM-APP-01", "VM-APP-01", false],
  ["", "VM-APP-01", false],
])("%s for %s: %s", (subject, computer, named) => {
  expect(namesComputer({ ...inUse, subject }, computer)).toBe(named);
});

test("Windows made what is self-signed and lies in its own store", () => {
  expect(isWindowsMade(inUse)).toBe(true);
  expect(isWindowsMade({ ...inUse, selfSigned: false })).toBe(false);
  expect(isWindowsMade({ ...inUse, store: "My" })).toBe(false);
});

test("a certificate leans on the RDP key by the file of its key, or by the container where the file is unknown", () => {
  const withKey = (key: Partial<typeof inUse.key>) => ({ ...inUse, key: { ...inUse.key, ...key } });
  expect(dependsOnRdpKey(inUse)).toBe(true);
  expect(dependsOnRdpKey(withKey({ file: null }))).toBe(true);
  expect(dependsOnRdpKey(withKey({ container: null }))).toBe(true);
  expect(dependsOnRdpKey(withKey({ file: null, container: "other" }))).toBe(false);
  expect(dependsOnRdpKey(withKey({ file: "7a436fe8_x", container: "other" }))).toBe(false);
});

test("an administrator's own self-signed certificate is told by its container", () => {
  expect(isWindowsMade(inUse)).toBe(true);
  const own = { ...inUse, key: { ...inUse.key, container: "own" } };
  expect(isWindowsMade(own)).toBe(false);
  expect(certificateOwner({ ...certificate, inUse: own })).toBe("custom");
});

test("whose certificate it is: what Windows says, else what the certificate shows", () => {
  expect(certificateOwner(certificate)).toBeNull();
  expect(certificateOwner({ ...certificate, origin: "policy" })).toBe("policy");
  expect(certificateOwner({ ...certificate, origin: "custom", inUse: null })).toBe("custom");
  expect(certificateOwner({ ...certificate, origin: null, inUse: { ...inUse, store: "My" } })).toBe("custom");
  expect(certificateOwner({ ...certificate, origin: "invalid", inUse: null })).toBeNull();
});
