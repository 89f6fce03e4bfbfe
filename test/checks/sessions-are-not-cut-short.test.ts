import { expect, test } from "vitest";
import { sessionsAreNotCutShort } from "../../lib/checks/sessions-are-not-cut-short.ts";
import { dword, type ReadableGuest } from "../remediations/evidence-with.ts";
import { expectHealthy, expectNoted, expectUnknown, judged, judgedWithout } from "./judged.ts";

const check = sessionsAreNotCutShort;

function limits(name: "MaxConnectionTime" | "MaxIdleTime", ms: number) {
  return (guest: ReadableGuest) => {
    guest.registry[`policy/${name}`] = dword(ms);
  };
}

function program(data: string) {
  return (guest: ReadableGuest) => {
    guest.registry["policy/InitialProgram"] = { type: "string", data };
  };
}

function switches(policy: number | null, local: number) {
  return (guest: ReadableGuest) => {
    guest.registry["policy/fDenyTSConnections"] = policy === null ? null : dword(policy);
    guest.registry["terminal-server/fDenyTSConnections"] = dword(local);
  };
}

test("no limit, none by 0, and the 15 minutes of baselines are healthy", () => {
  expectHealthy(judged(check));
  expectHealthy(judged(check, limits("MaxIdleTime", 0)));
  expectHealthy(judged(check, limits("MaxIdleTime", 900_000)));
  expectHealthy(judged(check, limits("MaxConnectionTime", 28_800_000)));
  expectHealthy(judged(check, program(" ")));
  expectUnknown(judgedWithout(check, ["registry"]), "registry");
});

test("a limit of a minute is told with the policy that sets it", () => {
  expectNoted(judged(check, limits("MaxConnectionTime", 60_000)), "Every session ends after 60 s");
  const idle = judged(check, limits("MaxIdleTime", 60_000));
  expectNoted(idle, "A session without input ends after 60 s");
  expect(idle.evidence).toEqual({ MaxIdleTime: 60_000 });
});

test("a program in place of the desktop is told", () => {
  expectNoted(judged(check, program("C:\\ERP\\erp.exe")), "Each session starts C:\\ERP\\erp.exe");
});

test("a local switch that is off counts while a policy that is on is applied again", () => {
  expectNoted(judged(check, switches(0, 1)), "a refresh of Group Policy may end all sessions");
  expectHealthy(judged(check, switches(0, 0)));
  expectHealthy(judged(check, switches(null, 1)));
  expectHealthy(judged(check, switches(1, 1)));
});
