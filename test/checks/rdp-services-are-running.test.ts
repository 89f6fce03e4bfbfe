import { describe, expect, test } from "vitest";
import { rdpCertificateIsValid } from "../../lib/checks/rdp-certificate-is-valid.ts";
import { rdpHandshakeSucceeds } from "../../lib/checks/rdp-handshake-succeeds.ts";
import { rdpListenerIsListening } from "../../lib/checks/rdp-listener-is-listening.ts";
import { rdpServicesAreRunning } from "../../lib/checks/rdp-services-are-running.ts";
import { windowsFirewallAllowsRdp } from "../../lib/checks/windows-firewall-allows-rdp.ts";
import type { ServiceFacts } from "../../lib/core/guest-evidence.ts";
import type { RdpService } from "../../lib/core/windows.ts";
import { type ReadableGuest, service } from "../remediations/evidence-with.ts";
import {
  expectFaulty,
  expectHealthy,
  expectNoted,
  expectUnknown,
  judged,
  judgedBroken,
  judgedWithout,
} from "./judged.ts";

function judgedWith(name: RdpService, facts: Partial<ServiceFacts>, edit: (guest: ReadableGuest) => void = () => {}) {
  return judgedBroken(rdpServicesAreRunning, (guest) => {
    Object.assign(service(guest, name), facts);
    edit(guest);
  });
}

test.each<[string, RdpService, Partial<ServiceFacts>]>([
  ["start mode Auto", "TermService", { startMode: "Auto" }],
  ["a process of its own", "TermService", { type: "own" }],
  ["the account in another spelling", "TermService", { account: "NT Authority\\NETWORK SERVICE" }],
  ["SessionEnv waiting to be wanted", "SessionEnv", { state: "Stopped" }],
])("healthy: %s", (_, name, facts) => {
  const result = judgedWith(name, facts);
  expectHealthy(result, `${name} is ${facts.state ?? "Running"}`);
});

test.each<[RdpService, Partial<ServiceFacts>, string]>([
  ["TermService", { state: "Stopped" }, "TermService is Stopped (start mode Manual)"],
  ["TermService", { state: "Paused" }, "Paused"],
  ["TermService", { state: "Stopped", startMode: "Disabled" }, "Disabled"],
  ["TermService", { account: "LocalSystem" }, "LocalSystem instead of NT AUTHORITY\\NetworkService"],
  ["TermService", { state: "Start Pending" }, "hangs"],
  ["SessionEnv", { state: "Stopped", startMode: "Disabled" }, "Disabled"],
  ["SessionEnv", { account: ".\\operator" }, ".\\operator"],
  ["UmRdpService", { state: "Stop Pending" }, "hangs"],
])("faulty: %s %j", (name, facts, word) => {
  expectFaulty(judgedWith(name, facts), ["restart-rdp-services"], word);
});

test("UmRdpService disabled is noted: devices are not redirected", () => {
  expectNoted(judgedWith("UmRdpService", { state: "Stopped", startMode: "Disabled" }), "not redirected");
});

test("SessionEnv disabled: when Windows' own certificate ends, and that nobody renews it then", () => {
  const disabled = { state: "Stopped", startMode: "Disabled" } as const;
  expectNoted(
    judged(rdpServicesAreRunning, (guest) => Object.assign(service(guest, "SessionEnv"), disabled)),
    "ends on 2027-03-02, and nobody renews it then",
  );
  const chosen = judged(rdpServicesAreRunning, (guest) => {
    Object.assign(service(guest, "SessionEnv"), disabled);
    guest.certificate.origin = "custom";
  });
  expect(chosen.because).not.toContain("ends on");
});

test("beside a handshake that completes, settings that would keep a service from starting are noted", () => {
  const facts: [RdpService, Partial<ServiceFacts>][] = [
    ["TermService", { startMode: "Disabled" }],
    ["TermService", { account: "LocalSystem" }],
    ["SessionEnv", { state: "Stopped", startMode: "Disabled" }],
    ["UmRdpService", { state: "Stop Pending" }],
  ];
  for (const [name, edit] of facts) {
    const result = judged(rdpServicesAreRunning, (guest) => Object.assign(service(guest, name), edit));
    expectNoted(result, "Remote Desktop works nevertheless");
  }
});

test("a service that Windows lacks cannot be restarted, whatever else is wrong", () => {
  const result = judgedWith("TermService", { state: "Stopped" }, (guest) => {
    guest.services.SessionEnv = null;
  });
  expectFaulty(result, [], "no service SessionEnv");
  expect(
    judged(rdpServicesAreRunning, (guest) => {
      guest.services.UmRdpService = null;
    }).verdict,
  ).toBe("healthy");
});

test("no state is no fault", () => {
  expectUnknown(judgedWith("TermService", { state: "Unknown" }), "no state");
});

describe("while Windows is still starting", () => {
  const startedMinutesAgo =
    (minutes: number, pendingReboot = false) =>
    (guest: ReadableGuest): void => {
      guest.system.bootTime = new Date(Date.parse(guest.collectedAt) - minutes * 60_000).toISOString();
      guest.system.pendingReboot = pendingReboot;
    };

  test.each<[RdpService, Partial<ServiceFacts>]>([
    ["TermService", { state: "Start Pending" }],
    ["TermService", { state: "Stopped" }],
    ["TermService", { state: "Stopped", startMode: "Auto" }],
    ["UmRdpService", { state: "Start Pending" }],
  ])("%s %j starts by itself", (name, facts) => {
    expectUnknown(judgedWith(name, facts, startedMinutesAgo(1)), "look again in 4 minutes");
  });

  test.each<[RdpService, Partial<ServiceFacts>]>([
    ["TermService", { state: "Stopped", startMode: "Disabled" }],
    ["TermService", { state: "Stopped", account: "LocalSystem" }],
    ["TermService", { state: "Paused" }],
    ["SessionEnv", { state: "Stopped", startMode: "Disabled" }],
  ])("%s %j does not", (name, facts) => {
    expectFaulty(judgedWith(name, facts, startedMinutesAgo(1)), ["restart-rdp-services"], name);
  });

  test("an update that is not finished makes the start longer", () => {
    const stopped = { state: "Stopped" } as const;
    expectFaulty(judgedWith("TermService", stopped, startedMinutesAgo(6)), ["restart-rdp-services"], "TermService");
    expectUnknown(judgedWith("TermService", stopped, startedMinutesAgo(6, true)), "look again in 9 minutes");
    expectFaulty(
      judgedWith("TermService", stopped, startedMinutesAgo(15, true)),
      ["restart-rdp-services"],
      "TermService",
    );
  });

  test("when it started is not known: no time is given", () => {
    const withoutBootTime = judgedWithout(rdpServicesAreRunning, ["system", "handshake"], (guest) => {
      service(guest, "TermService").state = "Start Pending";
    });
    expectFaulty(withoutBootTime, ["restart-rdp-services"], "hangs");
  });

  test("nobody listens yet, no certificate is made, the firewall is not up: all of it starts by itself", () => {
    const edit = (guest: ReadableGuest) => {
      startedMinutesAgo(1)(guest);
      guest.listener.owner = null;
      guest.certificate.inUse = null;
      guest.certificate.others = [];
      guest.firewall.service = "Start Pending";
      guest.registry["winstations/SelfSignedCertificate"] = null;
      guest.handshake = { result: "failed", stage: "connect", error: "Refused." };
    };
    for (const check of [
      rdpListenerIsListening,
      rdpCertificateIsValid,
      rdpHandshakeSucceeds,
      windowsFirewallAllowsRdp,
    ]) {
      expectUnknown(judged(check, edit), "Windows is still starting (for 1 minute): look again in 4 minutes.");
    }
  });

  test("a firewall that is disabled does not come by itself, and neither does a port of another process", () => {
    const firewall = judged(windowsFirewallAllowsRdp, (guest) => {
      startedMinutesAgo(1)(guest);
      guest.firewall.service = "Stopped";
      guest.firewall.startup = {
        startMode: "Disabled",
        engine: { state: "Running", startMode: "Auto" },
        loopbackApps: null,
        failures: [],
      };
    });
    expectFaulty(firewall, [], "It is disabled");
    const port = judged(rdpListenerIsListening, (guest) => {
      startedMinutesAgo(1)(guest);
      guest.listener.owner = { process: "evil.exe", services: [] };
    });
    expectFaulty(port, [], "evil.exe");
  });
});

test("services that die again and again are noted, though they run when somebody looks", () => {
  const crashed = (count: number, id = 7034) =>
    judged(rdpServicesAreRunning, (guest) => {
      guest.events = [{ provider: "ServiceControlManager", id, status: null, count, last: guest.collectedAt }];
    });
  expectNoted(crashed(12), "ended unexpectedly 12 times in 24 hours");
  expectNoted(crashed(3, 7031), "event 1000");
  expectHealthy(crashed(1));
  expectHealthy(crashed(40, 7023));
});
