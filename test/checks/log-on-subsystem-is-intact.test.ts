import { test } from "vitest";
import { logOnSubsystemIsIntact } from "../../lib/checks/log-on-subsystem-is-intact.ts";
import type { SubsystemSection } from "../../lib/core/log-on.ts";
import { expectFaulty, expectHealthy, expectNoted, expectUnknown, judged, judgedWithout } from "./judged.ts";

function subsystem(edit: Partial<SubsystemSection>) {
  return judged(logOnSubsystemIsIntact, (guest) => {
    guest.subsystem = { ...guest.subsystem, ...edit };
  });
}

const userinit = { value: "Userinit", data: "C:\\x\\guard.exe,", own: true, missing: [] as string[] } as const;

test("is healthy as Windows makes it", () => {
  expectHealthy(judged(logOnSubsystemIsIntact));
});

test("an entry of Userinit or Shell that does not exist is a fault, and another program is noted", () => {
  expectFaulty(subsystem({ winlogon: [{ ...userinit, missing: ["C:\\x\\guard.exe"] }] }), [], "does not exist");
  expectFaulty(subsystem({ winlogon: [{ ...userinit, data: null, own: false, missing: [] }] }), [], "absent");
  expectNoted(subsystem({ winlogon: [{ ...userinit, missing: [] }] }), "another program");
});

const shell = { value: "Shell", data: "C:\\kiosk\\kiosk.exe", own: false, missing: [] as string[] } as const;

test("a shell that somebody chose and that exists is no fault; one whose file is gone is", () => {
  expectNoted(subsystem({ winlogon: [shell] }), "If nobody chose that, set it to explorer.exe");
  expectNoted(subsystem({ core: true, winlogon: [{ ...shell, data: "PowerShell.exe" }] }), "set it to cmd.exe");
  expectFaulty(subsystem({ winlogon: [{ ...shell, missing: [shell.data] }] }), [], "does not exist");
  expectFaulty(subsystem({ winlogon: [{ ...shell, data: "" }] }), [], "does not start Windows' own program");
  expectFaulty(
    subsystem({ winlogon: [{ ...shell, data: "explorer.exe", own: true, missing: ["explorer.exe"] }] }),
    [],
    "explorer.exe does not exist",
  );
});

test("a shell without a path may be in a user's own Path", () => {
  expectNoted(subsystem({ winlogon: [{ ...shell, data: "tool.exe -x", missing: ["tool.exe -x"] }] }), "App Paths");
  expectFaulty(
    subsystem({ winlogon: [{ ...userinit, data: "tool.exe", own: false, missing: ["tool.exe"] }] }),
    [],
    "tool.exe does not exist",
  );
});

test("setup mode is a fault when its command is gone", () => {
  expectFaulty(subsystem({ setup: { type: 2, command: "", exists: false } }), [], "setup mode");
  expectNoted(subsystem({ setup: { type: 1, command: "oobe\\windeploy.exe", exists: true } }), "setup mode");
});

test("temporary profiles and split RPC hosts are faults, a lost folder is noted", () => {
  expectNoted(subsystem({ profiles: { backup: 1, temporary: 0, missing: 0 } }), "twin .bak");
  expectFaulty(subsystem({ profiles: { backup: 0, temporary: 1, missing: 0 } }), [], "temporary");
  expectFaulty(subsystem({ profiles: { backup: 0, temporary: 1, missing: 0 } }), [], "FSLogix");
  expectNoted(subsystem({ profiles: { backup: 0, temporary: 0, missing: 2 } }), "lost their folder");
  expectFaulty(subsystem({ rpcSplit: true }), [], "RpcEptMapper");
});

test("policies that refuse Windows' own programs are faults", () => {
  const appLocker = (denies: boolean, allows: "everybody" | "administrators" | "nobody") =>
    subsystem({ appLocker: [{ collection: "Exe", denies, allows }] });
  expectFaulty(appLocker(true, "everybody"), [], "denies");
  expectFaulty(appLocker(false, "nobody"), [], "none allows");
  expectNoted(appLocker(false, "administrators"), "only Administrators");
  expectFaulty(subsystem({ restricted: { allows: false } }), [], "Disallowed");
  expectNoted(subsystem({ restricted: { allows: true } }), "a rule allows");
});

test("scripts that run before the desktop are noted", () => {
  expectNoted(subsystem({ scripts: 2 }), "2 start-up or log-on scripts");
});

test("what could not be read is unknown", () => {
  expectUnknown(judgedWithout(logOnSubsystemIsIntact, ["subsystem"]), "subsystem");
});
