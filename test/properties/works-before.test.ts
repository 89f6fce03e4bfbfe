import fc from "fast-check";
import { expect, test } from "vitest";
import { sectionNames } from "../../lib/core/guest-evidence.ts";
import { planRepair } from "../../lib/runs/planning/planner.ts";
import { collect } from "../../sandbox/guest/collect.ts";
import { healthyWindows } from "../../sandbox/windows/healthy.ts";
import { simulateWindows } from "../../sandbox/windows/simulator.ts";
import type { WindowsState } from "../../sandbox/windows/state.ts";
import { evidenceOf, findingsOf } from "../guest/remedied.ts";
import { rigTime } from "../guest/scenarios-rig.ts";
import { anyWindows, stateOf } from "./any-windows.ts";

/*
 * Do no harm: where Remote Desktop works, a repair that nobody has told what to do changes nothing, whatever else the
 * VM is like. Whether it works is read here from the simulated Windows itself, and from no check of the product.
 */

const terminalServer = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server";

/** Whether log-ons are allowed: the switches that only show after TLS. Data of another type decide nothing. */
function allowsLogOn({ registry, sessions }: WindowsState): boolean {
  const number = (path: string, otherwise: number) => {
    const value = registry[path];
    return value?.type === "dword" ? value.data : otherwise;
  };
  const limit = Math.min(
    number(`${terminalServer}\\WinStations\\RDP-Tcp\\MaxInstanceCount`, 0xffffffff),
    number("HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services\\MaxInstanceCount", 0xffffffff),
  );
  const stations = registry["HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon\\WinStationsDisabled"];
  return (
    number(`${terminalServer}\\TSUserEnabled`, 0) === 0 &&
    number(`${terminalServer}\\TSEnabled`, 1) !== 0 &&
    number(`${terminalServer}\\TSServerDrainMode`, 0) === 0 &&
    number(`${terminalServer}\\WinStations\\RDP-Tcp\\fLogonDisabled`, 0) === 0 &&
    (stations?.type !== "string" || !(Number(stations.data) > 0)) &&
    sessions.active + sessions.disconnected < limit
  );
}

/**
 * Whether Administrators may log on with network level authentication, in a workgroup: they hold the right or a chosen
 * account does, nothing denies it to a broad group, and services start.
 */
function grantsLogOn({ logOn, system }: WindowsState): boolean {
  const { held } = logOn.rights;
  const has = (right: string, ...codes: string[]) => (held[right] ?? "").split(" ").some((one) => codes.includes(one));
  const groups = ["WD", "AU", "BA", "BU", "RD"];
  const denied = ["dr", "di", "dn"].some((right) => has(right, ...groups)) || (!system.domainJoined && has("dr", "L"));
  return !denied && has("r", ...groups) && has("i", "WD", "AU", "BA", "BU") && has("s", "AS") && !has("ds", "AS");
}

/** Whether some client gets through the Windows firewall in every profile in use. */
function letsIn({ firewall }: WindowsState): boolean {
  const filtering = firewall.profiles.filter(({ active, enabled }) => active && enabled);
  return filtering.every(({ name, blockAll, defaultInbound }) => {
    if (blockAll) return false;
    const speaking = firewall.rules.filter(
      ({ enabled, profiles, reachesListener, localPorts }) =>
        enabled &&
        reachesListener &&
        profiles.includes(name) &&
        localPorts.some((ports) => /^(3389|Any|3000-4000)$/.test(ports)),
    );
    if (speaking.some(({ action, remoteAddresses }) => action === "Block" && remoteAddresses.includes("Any")))
      return false;
    return defaultInbound === "Allow" || speaking.some(({ action }) => action === "Allow");
  });
}

test("works before, so nothing is planned", () => {
  fc.assert(
    fc.property(anyWindows, (given) => {
      const windows = simulateWindows(stateOf(given), { now: () => rigTime });
      const { adapter } = windows.startProcess();
      const guest = collect(adapter);
      const { handshake } = guest;
      const completes =
        "result" in handshake &&
        (handshake.result === "rdp-security" ||
          (handshake.result === "completed" && Date.parse(handshake.notAfter) > rigTime.getTime()));
      // About one generated state in six works. Others do not count as a run.
      fc.pre(completes && allowsLogOn(windows.state) && grantsLogOn(windows.state) && letsIn(windows.state));
      const evidence = evidenceOf(guest);
      const planned = planRepair(evidence, findingsOf(evidence), { force: false });
      expect(planned).toMatchObject({ ok: true, value: { changes: [] } });
    }),
    { numRuns: 500 },
  );
});

test("what is generated differs from a healthy Windows in every section of the evidence", () => {
  const sectionsOf = (state: WindowsState) =>
    collect(simulateWindows(state, { now: () => rigTime }).startProcess().adapter);
  const healthy = sectionsOf(healthyWindows());
  const differing = new Set<string>();
  for (const given of fc.sample(anyWindows, { numRuns: 400, seed: 1 })) {
    const guest = sectionsOf(stateOf(given));
    for (const name of sectionNames) {
      if (JSON.stringify(guest[name]) !== JSON.stringify(healthy[name])) differing.add(name);
    }
  }
  expect(sectionNames.filter((name) => !differing.has(name))).toEqual([]);
});
