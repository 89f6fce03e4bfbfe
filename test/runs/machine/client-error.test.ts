import { expect, test } from "vitest";
import { isUnreadable } from "../../../lib/core/guest-evidence.ts";
import { RunOptions } from "../../../lib/core/run.ts";
import { healthyGuestEvidence } from "../../fixtures/evidence.ts";
import { FakeVm } from "../../fixtures/fake-vm.ts";
import { disabledRdp, drive, newRun } from "../rig.ts";

async function diagnosed(clientError: RunOptions["clientError"], guest = healthyGuestEvidence()) {
  const fake = new FakeVm();
  fake.guest = guest;
  const { run } = await drive(newRun("diagnose", clientError === undefined ? {} : { clientError }), fake);
  return run;
}

function expiredCertificate() {
  const guest = healthyGuestEvidence();
  if (isUnreadable(guest.certificate) || !guest.certificate.inUse) throw new Error("the fixture has a certificate");
  guest.certificate.inUse.notAfter = "2026-11-01T00:00:00.000Z";
  guest.handshake = { result: "failed", stage: "tls", error: "The connection was reset." };
  return guest;
}

test("of a healthy VM the outcome says what is excluded and what is not", async () => {
  const run = await diagnosed("0x904/0x7");
  expect(run.outcome?.kind).toBe("healthy");
  expect(run.outcome?.summary).toMatch(
    /You saw 0x904\/0x7 \(the socket was closed; the server denied the connection\)\. Of its usual causes, rdp-key-is-usable, .*found no fault\. Not excluded by this run: A tunnel/,
  );
});

test("of a faulty VM the outcome says that the error fits the fault, or that it does not", async () => {
  const fits = await diagnosed("Error code: 0x904 Extended error code: 0x7", expiredCertificate());
  expect(fits.outcome?.summary).toMatch(/it fits the faults? of .*rdp-certificate-is-valid/);
  const other = await diagnosed("0x807", expiredCertificate());
  expect(other.outcome?.summary).toMatch(
    /You saw 0x807 \(the log-on failed\)\..*Not excluded by this run: The password/,
  );
});

test("a note that fits is named", async () => {
  const guest = expiredCertificate();
  guest.handshake = healthyGuestEvidence().handshake;
  expect((await diagnosed("0x904/0x7", guest)).outcome?.summary).toMatch(
    /notes of rdp-certificate-is-valid may explain it/,
  );
});

test("a healthy finding whose setting explains the very error is told as that, and not as excluded", async () => {
  const guest = healthyGuestEvidence();
  if (isUnreadable(guest.registry)) throw new Error("the fixture has a registry");
  guest.registry["credssp/AllowEncryptionOracle"] = { type: "dword", data: 0 };
  const text = "This could be due to CredSSP encryption oracle remediation";
  const summary = (await diagnosed(text, guest)).outcome?.summary;
  expect(summary).toMatch(/authentication-policies-admit-clients may explain it.*AllowEncryptionOracle is 0/);
  expect(summary).not.toMatch(/authentication-policies-admit-clients[^:]*found no fault/);
  expect(summary).not.toMatch(/Not excluded.*lacks the CredSSP update/);
  expect((await diagnosed(text)).outcome?.summary).toMatch(/authentication-policies-admit-clients found no fault/);
  expect((await diagnosed("0xe09")).outcome?.summary).toMatch(/authentication-policies-admit-clients may explain it/);
});

test("no check is named twice", async () => {
  const guest = healthyGuestEvidence();
  guest.rights = { held: { r: "BA" }, members: 14 };
  const text = "The connection was denied because the user account is not authorized for remote login";
  expect((await diagnosed(text, guest)).outcome?.summary).toMatch(/notes of log-on-rights-allow-rdp may explain it/);
});

test("the findings of the error's causes come first, and no verdict changes", async () => {
  const plain = await diagnosed(undefined);
  const hinted = await diagnosed({ code: 0x204, extendedCode: 0 });
  const key = (run: typeof plain) =>
    run.findings.map(({ check, verdict, because }) => `${check} ${verdict} ${because}`);
  expect(key(hinted).toSorted()).toEqual(key(plain).toSorted());
  expect(hinted.findings.slice(0, 3).map(({ check }) => check)).toEqual([
    "nsg-allows-rdp",
    "vm-is-running",
    "windows-firewall-allows-rdp",
  ]);
  expect(plain.findings[0]?.check).not.toBe("nsg-allows-rdp");
});

test("whatever the hint says, the plan and the outcome's kind come from the evidence", async () => {
  const hints = [undefined, "0x904/0x7", "0x204", "2825", "0xd07", "banana", { code: 0x3, extendedCode: 0x11 }];
  for (const guest of [disabledRdp, expiredCertificate, healthyGuestEvidence]) {
    const runs = await Promise.all(hints.map((hint) => diagnosed(hint, guest())));
    expect(new Set(runs.map(({ plan }) => plan?.hash)).size).toBe(1);
    expect(new Set(runs.map(({ outcome }) => outcome?.kind)).size).toBe(1);
  }
});

test("an error that says nothing is told as such", async () => {
  expect((await diagnosed("banana")).outcome?.summary).toMatch(
    /The client's error "banana" says nothing about the cause\./,
  );
  expect((await diagnosed(undefined)).outcome?.summary).not.toMatch(/client's error|You saw/);
});

test("a repair words its outcome too, and the log names the error", async () => {
  const fake = new FakeVm();
  fake.guest = disabledRdp();
  fake.repaired = healthyGuestEvidence();
  const { run } = await drive(newRun("repair", { clientError: "516" }), fake);
  expect(run.log[0]?.message).toContain("The client shows 0x204.");
  expect(run.outcome?.summary).toMatch(/You saw 0x204 .*it fits the fault of rdp-is-enabled\./);
});

test.each([
  [{ clientError: "0x904\u0000" }, false],
  [{ clientError: "\u202e0x904" }, false],
  [{ clientError: "" }, false],
  [{ clientError: "x".repeat(301) }, false],
  [{ clientError: "x".repeat(300) }, true],
  [{ clientError: { code: 0x904, extendedCode: 7 } }, true],
])("a run keeps a bounded text without control characters: %j", (options, accepted) => {
  expect(RunOptions.safeParse(options).success).toBe(accepted);
});
