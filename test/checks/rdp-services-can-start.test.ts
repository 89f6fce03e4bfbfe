import { expect, test } from "vitest";
import { rdpServicesCanStart } from "../../lib/checks/rdp-services-can-start.ts";
import { type ReadableGuest, service } from "../remediations/evidence-with.ts";
import { expectFaulty, expectHealthy, expectNoted, expectUnknown, judged, judgedWithout } from "./judged.ts";

const check = rdpServicesCanStart;
type Obstacle = ReadableGuest["supportingServices"]["obstacles"][number];

function stopped(obstacle: Omit<Obstacle, "service">) {
  return (guest: ReadableGuest) => {
    service(guest, "TermService").state = "Stopped";
    guest.handshake = { result: "failed", stage: "connect", error: "Refused." };
    guest.supportingServices.obstacles = [{ service: "TermService", ...obstacle }];
  };
}
const running = (obstacle: Omit<Obstacle, "service">) => (guest: ReadableGuest) => {
  guest.supportingServices.obstacles = [{ service: "TermService", ...obstacle }];
};

const wrapper = { path: "C:\\Program Files\\RDP Wrapper\\rdpwrap.dll", exists: true, company: "Stas'M Corp." };

test("Windows' own libraries are healthy, and what could not be read is unknown", () => {
  expectHealthy(judged(check));
  expectUnknown(judgedWithout(check, ["supportingServices"]), "supportingServices");
});

test("a library that is gone is a fault with a remedy", () => {
  const gone = stopped({ library: { ...wrapper, exists: false, company: null }, exitCode: 126 });
  expectFaulty(judged(check, gone), ["restore-termservice-library"], "the file is missing");
  expect(judged(check, gone).evidence).toMatchObject({ exitCode: 126 });
});

test("a library that exists is set back by name alone, and is noted where Remote Desktop works", () => {
  expectFaulty(judged(check, stopped({ library: wrapper })), [], "by name: restore-termservice-library");
  expectNoted(judged(check, running({ library: wrapper })), "of Stas'M Corp.");
});

test("a wrapper without a company is known by its file's name", () => {
  expectNoted(judged(check, running({ library: { ...wrapper, company: null } })), "RDP wrapper rdpwrap");
});

test("Windows' own library that is missing is restored by Windows", () => {
  const library = { path: "C:\\Windows\\System32\\termsrv.dll", exists: false, company: null };
  expectFaulty(judged(check, stopped({ library })), [], "sfc /scannow");
});

test("another program, a dependency and an exit code are told", () => {
  expectFaulty(judged(check, stopped({ image: "C:\\Own\\host.exe" })), [], "instead of Windows' svchost.exe");
  expectFaulty(judged(check, stopped({ blockedBy: [{ name: "TermDD", problem: "disabled" }] })), [], "TermDD");
  expectFaulty(judged(check, stopped({ blockedBy: [{ name: "Gone", problem: "missing" }] })), [], "DependOnService");
  expectFaulty(judged(check, stopped({ exitCode: 1069 })), [], "1069 (its account could not log on)");
  expectFaulty(judged(check, stopped({ exitCode: 1066, specificCode: 5 })), [], "1066, service-specific 5");
});

test("a privilege that a policy took is told with the rights to give back", () => {
  expectFaulty(judged(check, stopped({ exitCode: 1297 })), [], "Adjust memory quotas for a process");
});

test("the same obstacles harm nothing where Remote Desktop works", () => {
  expectNoted(judged(check, running({ blockedBy: [{ name: "TermDD", problem: "disabled" }] })));
});
