import { expect, test } from "vitest";
import { rdpServicesAreRunning } from "../../lib/checks/rdp-services-are-running.ts";
import type { ServiceFacts } from "../../lib/core/guest-evidence.ts";
import type { RdpService } from "../../lib/core/windows.ts";
import { fixtureTime } from "../fixtures/evidence.ts";
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

test("a service that is pending right after the start of Windows does not hang yet", () => {
  const pending = judgedWith("TermService", { state: "Start Pending" }, (guest) => {
    guest.system.bootTime = new Date(Date.parse(fixtureTime) - 60_000).toISOString();
  });
  expectUnknown(pending, "Look again");
  const withoutBootTime = judgedWithout(rdpServicesAreRunning, ["system", "handshake"], (guest) => {
    service(guest, "TermService").state = "Start Pending";
  });
  expectFaulty(withoutBootTime, ["restart-rdp-services"], "hangs");
});
