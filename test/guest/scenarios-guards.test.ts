import { describe, expect, test } from "vitest";
import type { Change } from "../../lib/core/change.ts";
import { rdpKeyPrefix } from "../../lib/core/windows.ts";
import { composeScript } from "../../lib/guest/compose.ts";
import { GuestRequest } from "../../lib/guest/protocol.ts";
import { comparable } from "../../sandbox/windows/comparable.ts";
import { type FaultName, withFaults } from "../../sandbox/windows/faults.ts";
import { healthyWindows } from "../../sandbox/windows/healthy.ts";
import { seamFunctions } from "../../sandbox/windows/seam-functions.ts";
import { simulateWindows } from "../../sandbox/windows/simulator.ts";
import {
  ask,
  changes,
  enableFirewallGroup,
  guests,
  look,
  openFirewall,
  readable,
  removeCertificates,
  renameFolder,
  renameRdpKey,
  restart,
  rigTime,
  runId,
  set,
  setAcl,
  windowsWith,
} from "./scenarios-rig.ts";

const enable = changes(set("terminal-server/fDenyTSConnections", 0), restart);
const dword = (data: number) => ({ type: "dword", data }) as const;

/** Each with a fault under which the change would otherwise fit. */
const forged: { name: string; faults: FaultName[]; change: Change }[] = [
  {
    name: "a declared value to data that is not on the list",
    faults: [],
    change: { kind: "set-registry-value", value: "rdp-tcp/SecurityLayer", to: dword(0), was: dword(2) },
  },
  {
    name: "a policy value",
    faults: ["policy-disables-remote-desktop"],
    change: { kind: "set-registry-value", value: "policy/fDenyTSConnections", to: dword(0), was: dword(1) },
  },
  {
    name: "a value that may not be removed",
    faults: [],
    change: { kind: "remove-registry-value", value: "rdp-tcp/PortNumber", was: dword(3389) },
  },
  {
    name: "the RDP key open to everyone",
    faults: [],
    change: {
      kind: "set-acl",
      target: "rdp-key",
      to: { owner: "S-1-5-18", sddl: "D:PAI(A;;FA;;;WD)" },
      was: { owner: "S-1-5-18", sddl: "D:PAI(A;;FA;;;SY)(A;;FA;;;BA)(A;;FR;;;NS)" },
    },
  },
  {
    name: "a service under another account",
    faults: [],
    change: {
      kind: "configure-service",
      service: "TermService",
      to: { startMode: "Manual", account: "LocalSystem", type: "own" },
      was: { startMode: "Manual", account: "NT AUTHORITY\\NetworkService", type: "share" },
    },
  },
  {
    name: "a service disabled",
    faults: [],
    change: {
      kind: "configure-service",
      service: "SessionEnv",
      to: { startMode: "Disabled", account: "LocalSystem", type: "share" },
      was: { startMode: "Manual", account: "LocalSystem", type: "share" },
    },
  },
  {
    name: "the key of somebody else",
    faults: [],
    change: {
      kind: "rename-rdp-key",
      was: { name: "6de9cb26d2b98c01ec4e9e8b34824aa2_1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", bytes: 1705 },
    },
  },
  {
    name: "a path in the place of a key's name",
    faults: [],
    change: { kind: "rename-rdp-key", was: { name: `..\\..\\${rdpKeyPrefix}`, bytes: 2267 } },
  },
];

describe.each(guests)("$name", ({ guest, skip }) => {
  describe.skipIf(skip)("guards", { timeout: 60_000 }, () => {
    test("collect looks and changes nothing, not even the journal", async () => {
      const windows = windowsWith("key-corrupt");
      const { files } = structuredClone(windows.state);
      windows.onCall = (name) => {
        if (seamFunctions[name].changes) throw new Error(`collect called ${name}`);
      };
      await look(guest, windows);
      expect(windows.state.files).toEqual(files);
    });

    test.each(["collect", "apply", "undo"] as const)("%s does nothing after its time", async (script) => {
      const windows = windowsWith("remote-desktop-disabled");
      const list = enable(await look(guest, windows));
      const before = structuredClone(windows.state);
      const late = { runId: runId(1), step: "late-1", notAfter: "2026-11-21T07:59:59.000Z", changes: list };
      const { reply } = await ask(guest, windows, script, { ...late, undoes: runId(2) });
      expect(reply).toMatchObject({ status: "expired", receipts: [], evidence: null });
      expect(windows.state).toEqual(before);
    });

    test("the same step of the same run is done once", async () => {
      const windows = windowsWith("remote-desktop-disabled");
      const request = { runId: runId(1), step: "apply-1", changes: enable(await look(guest, windows)) };
      expect((await ask(guest, windows, "apply", request)).reply.status).toBe("done");
      const after = comparable(windows.state);
      windows.state.registry["HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\fDenyTSConnections"] = dword(1);
      const { reply } = await ask(guest, windows, "apply", request);
      expect(reply).toMatchObject({ status: "repeated", receipts: [], evidence: null });
      expect(comparable(windows.state)).not.toEqual(after);
    });

    test.each(forged)("the allow-list refuses $name, and all that came with it", async ({ faults, change }) => {
      const windows = windowsWith("firewall-blocks-all", ...faults);
      const before = comparable(windows.state);
      const list = [...openFirewall(await look(guest, windows)), change];
      const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
      expect(reply).toMatchObject({ status: "refused", receipts: [], reason: expect.any(String) });
      expect(readable(reply.evidence).firewall.profiles.some((profile) => profile.blockAll)).toBe(true);
      expect(comparable(windows.state)).toEqual(before);
    });

    test("two changes of one thing are refused", async () => {
      const windows = windowsWith("remote-desktop-disabled");
      const before = comparable(windows.state);
      const evidence = await look(guest, windows);
      const list = [...enable(evidence), ...enable(evidence)];
      const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
      expect(reply).toMatchObject({ status: "refused", receipts: [] });
      expect(comparable(windows.state)).toEqual(before);
    });

    test("a certificate that Windows did not make stays", async () => {
      const state = withFaults(healthyWindows(), ["certificate-expired"]);
      for (const certificate of Object.values(state.certificates["Remote Desktop"])) certificate.selfSigned = false;
      const windows = simulateWindows(state, { now: () => rigTime });
      const before = comparable(windows.state);
      const list = changes(removeCertificates, restart)(await look(guest, windows));
      const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
      expect(reply).toMatchObject({ status: "refused", receipts: [] });
      expect(comparable(windows.state)).toEqual(before);
    });

    test.each([
      { name: "a value", make: set("rdp-tcp/SecurityLayer", 1), by: ["security-layer-weak"] },
      { name: "permissions", make: setAcl("rdp-key"), by: ["key-permissions-denied"] },
      { name: "the RDP key", make: renameRdpKey, by: ["key-corrupt"] },
      { name: "the other keys", make: renameFolder(), by: ["many-keys"] },
      { name: "a certificate", make: removeCertificates, by: ["certificate-expired"] },
      { name: "the firewall's rules", make: enableFirewallGroup, by: ["firewall-group-disabled"] },
      { name: "the state of TermService", make: restart, by: ["rdp-services-stopped"] },
    ] as const)("nothing is done when $name changed after the look", async ({ make, by }) => {
      // Seen in one Windows, asked of another.
      const seen = windowsWith("key-permissions-denied");
      for (const rule of seen.state.firewall.rules) rule.enabled = rule.name.includes("Shadow");
      const weakened: FaultName[] = by[0] === "key-permissions-denied" ? [] : [...by];
      const windows = windowsWith("firewall-blocks-all", ...weakened);
      if (by[0] === "key-permissions-denied") {
        for (const [path, file] of Object.entries(windows.state.files)) {
          if (path.includes(rdpKeyPrefix)) file.sddl = "D:PAI(A;;FA;;;BA)";
        }
      }
      const before = comparable(windows.state);
      const list = changes(make, openFirewall)({ ...(await look(guest, windows)), ...(await differs(seen)) });
      const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
      expect(reply).toMatchObject({ status: "refused", receipts: [] });
      expect(comparable(windows.state)).toEqual(before);
    });
  });
});
