import { expect, test } from "vitest";
import { registryPath } from "../../lib/core/registry-value.ts";
import { withFaults } from "../../sandbox/windows/faults.ts";
import { healthyWindows } from "../../sandbox/windows/healthy.ts";
import { simulateWindows } from "../../sandbox/windows/simulator.ts";
import type { WindowsState } from "../../sandbox/windows/state.ts";

const nla = registryPath("rdp-tcp/UserAuthentication");

/** A Windows in which NLA is weakened and a task waits to restore it in an hour, and its clock. */
function weakened(state: WindowsState = healthyWindows()) {
  let now = Date.parse("2026-11-21T08:00:00.000Z");
  state.registry[nla] = { type: "dword", data: 0 };
  state.restoreTasks = [{ value: "UserAuthentication", weakened: 0, former: 1, until: "now+60m" }];
  const windows = simulateWindows(state, { now: () => new Date(now) });
  return {
    windows,
    pass: (minutes: number) => {
      now += minutes * 60_000;
    },
  };
}

test("a task runs at its time and not before, and is gone after that", () => {
  const { windows, pass } = weakened();
  expect(windows.state.restoreTasks[0]?.until).toBe("2026-11-21T09:00:00.000Z");
  pass(59);
  expect(windows.state.registry[nla]?.data).toBe(0);
  pass(1);
  expect(windows.state.registry[nla]?.data).toBe(1);
  expect(windows.state.restoreTasks).toEqual([]);
});

test("the services start anew for it, which ends sessions", () => {
  const { windows, pass } = weakened();
  windows.state.sessions.active = 2;
  pass(60);
  expect(windows.state.sessions).toEqual({ active: 0, disconnected: 0 });
  expect(windows.state.services.TermService?.state).toBe("Running");
  expect(windows.state.services.UmRdpService?.state).toBe("Running");
});

test("a script that looks at that time sees the value restored", () => {
  const { windows, pass } = weakened();
  const { adapter } = windows.startProcess();
  const value = {
    Key: "SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\WinStations\\RDP-Tcp",
    Name: "UserAuthentication",
  };
  expect(adapter["Get-RegistryData"](value)?.data).toBe(0);
  expect(adapter["Get-RestoreTask"]({ Value: "UserAuthentication" })).toMatchObject({ weakened: 0, former: 1 });
  pass(60);
  expect(adapter["Get-RegistryData"](value)?.data).toBe(1);
  expect(adapter["Get-RestoreTask"]({ Value: "UserAuthentication" })).toBeNull();
});

test("a task that cannot start TermService again stays, and tries once more", () => {
  const { windows, pass } = weakened(withFaults(healthyWindows(), ["termservice-disabled"]));
  pass(60);
  expect(windows.state.registry[nla]?.data).toBe(1);
  expect(windows.state.restoreTasks).toHaveLength(1);
  Object.assign(windows.state.services.TermService ?? {}, { startMode: "Manual" });
  expect(windows.state.services.TermService?.state).toBe("Running");
  expect(windows.state.restoreTasks).toEqual([]);
});

test("there is one task for a value, and to remove one that is gone is fine", () => {
  const { windows } = weakened();
  const { adapter } = windows.startProcess();
  const Until = "2026-11-21T10:00:00.000Z";
  const again = { Value: "UserAuthentication", Weakened: 0, Former: 1, Until } as const;
  expect(() => adapter["Register-RestoreTask"](again)).toThrow(/already/);
  adapter["Unregister-RestoreTask"]({ Value: "UserAuthentication" });
  expect(adapter["Unregister-RestoreTask"]({ Value: "UserAuthentication" })).toBeNull();
  expect(windows.state.restoreTasks).toEqual([]);
});
