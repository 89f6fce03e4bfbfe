import { expect, test } from "vitest";
import { renameMachineKeysFolder } from "../../lib/remediations/rename-machine-keys-folder.ts";
import { renewRdpCertificate } from "../../lib/remediations/renew-rdp-certificate.ts";
import { renewRdpKey } from "../../lib/remediations/renew-rdp-key.ts";
import { fixtureThumbprint, fixtureTime } from "../fixtures/evidence.ts";
import { evidenceWith, forced, inUse, notForced, type ReadableGuest, restart } from "./evidence-with.ts";

function removes(thumbprint: string, notAfter: string) {
  return { kind: "remove-rdp-certificate", thumbprint, was: { notAfter } };
}

function expire(guest: ReadableGuest) {
  inUse(guest).notAfter = fixtureTime;
}

test("removes the expired certificate; the last moment of its validity is over", () => {
  expect(renewRdpCertificate.plan(evidenceWith(expire), notForced)).toEqual([
    removes(fixtureThumbprint, fixtureTime),
    restart,
  ]);
});

test.each([renewRdpCertificate, renewRdpKey, renameMachineKeysFolder])(
  "$id refuses while SYSTEM may not write the store: Windows could save no new certificate",
  (remediation) => {
    const evidence = evidenceWith((guest) => {
      expire(guest);
      guest.certificate.writeDenied = [{ key: "SOFTWARE\\Store", inherited: true }];
    });
    for (const options of [notForced, forced]) {
      expect(remediation.plan(evidence, options)).toMatchObject({
        refused: expect.stringContaining("SYSTEM is denied to write HKLM\\SOFTWARE\\Store"),
      });
    }
  },
);

test("removes useless leftovers along with it, each by its thumbprint, and keeps the others", () => {
  const evidence = evidenceWith((guest) => {
    const using = inUse(guest);
    const twin = (letter: string, edit: object) => ({ ...using, thumbprint: letter.repeat(40), ...edit });
    guest.certificate.others = [
      twin("B", { notAfter: "2026-01-01T00:00:00.000Z" }),
      twin("C", { subject: "CN=OLD-NAME" }),
      twin("D", {}),
      twin("E", { selfSigned: false, subject: "CN=OLD-NAME" }),
      // An administrator's own, whose key has another container.
      twin("0", { notAfter: "2026-01-01T00:00:00.000Z", key: { ...using.key, container: "own" } }),
      twin("F", { key: { ...using.key, present: false, usable: false } }),
    ];
    expire(guest);
  });
  const plan = renewRdpCertificate.plan(evidence, notForced);
  expect(plan).toEqual([
    removes(fixtureThumbprint, fixtureTime),
    removes("B".repeat(40), "2026-01-01T00:00:00.000Z"),
    removes("F".repeat(40), "2027-03-02T00:00:00.000Z"),
    restart,
  ]);
});

test("a pointer that leads nowhere needs a restart alone, though a certificate in memory still serves", () => {
  const evidence = evidenceWith((guest) => {
    guest.certificate.inUse = null;
  });
  expect(renewRdpCertificate.plan(evidence, notForced)).toEqual([restart]);
});

test("a certificate that only the handshake shows is left alone while it is in date", () => {
  const withoutPointer = (guest: ReadableGuest) => {
    guest.certificate.inUse = null;
    guest.registry["winstations/SelfSignedCertificate"] = null;
  };
  expect(renewRdpCertificate.plan(evidenceWith(withoutPointer), notForced)).toEqual([]);
  const evidence = evidenceWith((guest) => {
    withoutPointer(guest);
    guest.handshake = { ...guest.handshake, notAfter: fixtureTime } as ReadableGuest["handshake"];
  });
  expect(renewRdpCertificate.plan(evidence, notForced)).toEqual([restart]);
});

test("leftovers beside a good certificate are no reason to restart", () => {
  const evidence = evidenceWith((guest) => {
    guest.certificate.others = [{ ...inUse(guest), thumbprint: "B".repeat(40), notAfter: fixtureTime }];
  });
  expect(renewRdpCertificate.plan(evidence, notForced)).toEqual([]);
});

for (const subject of ["CN=vm-app-01", "CN=VM-APP-01.corp.example"]) {
  test(`${subject} names VM-APP-01`, () => {
    const evidence = evidenceWith((guest) => {
      inUse(guest).subject = subject;
    });
    expect(renewRdpCertificate.plan(evidence, notForced)).toEqual([]);
  });
}

test("a certificate of another name stays: clients warn, and connect", () => {
  const evidence = evidenceWith((guest) => {
    inUse(guest).subject = "CN=VM-APP-02";
  });
  expect(renewRdpCertificate.plan(evidence, notForced)).toEqual([]);
});

test("renews a good certificate only when forced", () => {
  expect(
    renewRdpCertificate.plan(
      evidenceWith(() => {}),
      forced,
    ),
  ).toEqual([removes(fixtureThumbprint, "2027-03-02T00:00:00.000Z"), restart]);
});

test("refuses to remove a certificate that an administrator chose", () => {
  const evidence = evidenceWith((guest) => {
    expire(guest);
    Object.assign(guest.certificate, { origin: "custom" });
  });
  expect(renewRdpCertificate.plan(evidence, forced)).toEqual({ refused: expect.stringContaining("issued again") });
});
