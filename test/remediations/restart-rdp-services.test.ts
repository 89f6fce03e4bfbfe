import { expect, test } from "vitest";
import { restartRdpServices } from "../../lib/remediations/restart-rdp-services.ts";
import { fixtureTime } from "../fixtures/evidence.ts";
import { dword, evidenceWith, forced, notForced, type ReadableGuest, restart, service } from "./evidence-with.ts";

const stopped = { kind: "restart-rdp-services", was: { TermService: "Stopped" } };

test("starts what is stopped", () => {
  const evidence = evidenceWith((guest) => {
    service(guest, "TermService").state = "Stopped";
  });
  expect(restartRdpServices.plan(evidence, notForced)).toEqual([stopped]);
});

test("a disabled service becomes Manual before it is started", () => {
  const evidence = evidenceWith((guest) => {
    Object.assign(service(guest, "TermService"), { state: "Stopped", startMode: "Disabled" });
  });
  const was = { account: "NT AUTHORITY\\NetworkService", startMode: "Disabled", type: "share" };
  expect(restartRdpServices.plan(evidence, notForced)).toEqual([
    { kind: "configure-service", service: "TermService", to: { ...was, startMode: "Manual" }, was },
    stopped,
  ]);
});

test("SessionEnv may be stopped and UmRdpService disabled", () => {
  const evidence = evidenceWith((guest) => {
    service(guest, "SessionEnv").state = "Stopped";
    Object.assign(service(guest, "UmRdpService"), { state: "Stopped", startMode: "Disabled" });
  });
  expect(restartRdpServices.plan(evidence, notForced)).toEqual([]);
});

test("a start mode that works is kept", () => {
  const evidence = evidenceWith((guest) => {
    service(guest, "TermService").startMode = "Auto";
  });
  expect(restartRdpServices.plan(evidence, notForced)).toEqual([]);
});

test("a wrong account is put right", () => {
  const evidence = evidenceWith((guest) => {
    service(guest, "SessionEnv").account = ".\\operator";
  });
  const was = { account: ".\\operator", startMode: "Manual", type: "share" };
  expect(restartRdpServices.plan(evidence, notForced)).toEqual([
    { kind: "configure-service", service: "SessionEnv", to: { ...was, account: "LocalSystem" }, was },
    restart,
  ]);
});

for (const account of ["NT Authority\\NETWORK SERVICE", "nt authority\\networkservice"]) {
  test(`${account} is the account of TermService in another spelling`, () => {
    const evidence = evidenceWith((guest) => {
      service(guest, "TermService").account = account;
    });
    expect(restartRdpServices.plan(evidence, notForced)).toEqual([]);
  });
}

test("TermService gets a process of its own when it hangs", () => {
  const evidence = evidenceWith((guest) => {
    service(guest, "TermService").state = "Start Pending";
  });
  const was = { account: "NT AUTHORITY\\NetworkService", startMode: "Manual", type: "share" };
  expect(restartRdpServices.plan(evidence, notForced)).toEqual([
    { kind: "configure-service", service: "TermService", to: { ...was, type: "own" }, was },
    { kind: "restart-rdp-services", was: { TermService: "Start Pending" } },
  ]);
});

test("restarts when nobody listens, or when the handshake fails", () => {
  const silent = evidenceWith((guest) => {
    guest.listener.owner = null;
  });
  const failing = evidenceWith((guest) => {
    guest.handshake = { result: "failed", stage: "negotiate", error: "The connection was reset." };
  });
  expect(restartRdpServices.plan(silent, notForced)).toEqual([restart]);
  expect(restartRdpServices.plan(failing, notForced)).toEqual([restart]);
});

test("restarts a listener that presents an expired certificate, or RDP's own security", () => {
  const stale = evidenceWith((guest) => {
    guest.handshake = { ...guest.handshake, notAfter: fixtureTime } as ReadableGuest["handshake"];
  });
  const own = evidenceWith((guest) => {
    guest.handshake = { result: "rdp-security" };
  });
  expect(restartRdpServices.plan(stale, notForced)).toEqual([restart]);
  expect(restartRdpServices.plan(own, notForced)).toEqual([restart]);
});

test("refuses when another process holds the port", () => {
  const evidence = evidenceWith((guest) => {
    guest.listener.owner = { process: "intruder.exe", services: [] };
  });
  expect(restartRdpServices.plan(evidence, notForced)).toEqual({ refused: expect.stringContaining("intruder.exe") });
});

test("a service host whose services could not be told may be TermService's own", () => {
  const evidence = evidenceWith((guest) => {
    guest.listener.owner = { process: "svchost.exe", services: [] };
    guest.handshake = { result: "failed", stage: "negotiate", error: "The connection was reset." };
  });
  expect(restartRdpServices.plan(evidence, notForced)).toEqual([restart]);
});

test("refuses when Windows lacks the service", () => {
  const evidence = evidenceWith((guest) => {
    guest.services.TermService = null;
  });
  expect(restartRdpServices.plan(evidence, forced)).toEqual({ refused: expect.stringContaining("TermService") });
});

test("restarts services in good order only when forced", () => {
  expect(
    restartRdpServices.plan(
      evidenceWith(() => {}),
      forced,
    ),
  ).toEqual([restart]);
});

test("leaves services as they are while a policy turns Remote Desktop off, unless it is asked for by force", () => {
  const closed = evidenceWith((guest) => {
    guest.registry["policy/fDenyTSConnections"] = dword(1);
    Object.assign(service(guest, "TermService"), { state: "Stopped", startMode: "Disabled" });
    Object.assign(service(guest, "SessionEnv"), { state: "Stopped", startMode: "Disabled" });
  });
  expect(restartRdpServices.plan(closed, notForced)).toEqual({ refused: expect.stringContaining("A policy") });
  expect(restartRdpServices.plan(closed, forced)).toContainEqual(stopped);
});

test("leaves a service that lacks a privilege, which no restart gives it", () => {
  const lacking = evidenceWith((guest) => {
    service(guest, "TermService").state = "Stopped";
    guest.supportingServices.obstacles = [{ service: "TermService", exitCode: 1297 }];
  });
  const refused = expect.stringContaining("lacks a privilege");
  expect(restartRdpServices.plan(lacking, notForced)).toEqual({ refused });
});
