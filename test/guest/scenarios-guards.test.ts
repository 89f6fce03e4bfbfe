import { describe, expect, test } from "vitest";
import type { Change } from "../../lib/core/change.ts";
import { registryPath } from "../../lib/core/registry-value.ts";
import { rdpKeyPrefix } from "../../lib/core/windows.ts";
import { composeScript } from "../../lib/guest/compose.ts";
import { GuestRequest } from "../../lib/guest/protocol.ts";
import { openPrivateFolder } from "../../sandbox/guest/journal-folders.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import { adapterFunctions } from "../../sandbox/windows/adapter-functions.ts";
import { keyOf } from "../../sandbox/windows/certificates.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import { type FaultName, withFaults } from "../../sandbox/windows/faults.ts";
import { journalRoot } from "../../sandbox/windows/files.ts";
import { healthyWindows } from "../../sandbox/windows/healthy.ts";
import { simulateWindows } from "../../sandbox/windows/simulator.ts";
import type { FileState, WindowsState } from "../../sandbox/windows/state.ts";
import { rdpKeyAsMade } from "../fixtures/evidence.ts";
import {
  ask,
  changes,
  configure,
  enableFirewallGroup,
  grantAccess,
  guests,
  look,
  type MakeChanges,
  openFirewall,
  readable,
  removeCertificates,
  renameFolder,
  renameRdpKey,
  restart,
  rigTime,
  runId,
  set,
  some,
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
    faults: ["policy-weakens-security-layer"],
    change: { kind: "set-registry-value", value: "policy/SecurityLayer", to: dword(2), was: dword(0) },
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
      kind: "grant-key-access",
      target: "rdp-key",
      to: { owner: "S-1-5-18", sddl: `${rdpKeyAsMade.sddl}(A;;FR;;;WD)` },
      was: rdpKeyAsMade,
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

const ours = composeScript(
  "apply",
  GuestRequest.parse({ version: 1, runId: runId(1), step: "apply-1", notAfter: "2026-11-21T08:10:00.000Z" }),
);

interface Meanwhile {
  name: string;
  faults: FaultName[];
  make: MakeChanges;
  happens: (state: WindowsState) => void;
}

function rdpKeyOf(state: WindowsState): FileState {
  const [, key] = Object.entries(state.files).find(([path]) => path.includes(rdpKeyPrefix)) ?? [];
  if (!key) throw new Error("There is no RDP key.");
  return key;
}

/** What somebody else does between the look and the change. */
const meanwhiles: Meanwhile[] = [
  {
    name: "the value",
    faults: ["security-layer-weak"],
    make: set("rdp-tcp/SecurityLayer", 2),
    happens: ({ registry }) => {
      registry[registryPath("rdp-tcp/SecurityLayer")] = dword(1);
    },
  },
  {
    name: "the permissions",
    faults: ["key-permissions-denied"],
    make: grantAccess("rdp-key"),
    happens: (state) => {
      rdpKeyOf(state).sddl = "D:PAI(A;;FA;;;BA)";
    },
  },
  {
    name: "the RDP key",
    faults: ["key-corrupt"],
    make: renameRdpKey,
    happens: (state) => {
      rdpKeyOf(state).bytes = 1025;
    },
  },
  {
    name: "another key",
    faults: ["machine-keys-folder-corrupt"],
    make: renameFolder(),
    happens: ({ files }) => {
      for (const [path, file] of Object.entries(files)) if (file.content === keyOf("iisWasKey")) delete files[path];
    },
  },
  {
    name: "the certificate",
    faults: ["certificate-expired"],
    make: removeCertificates,
    happens: ({ certificates }) => {
      for (const one of Object.values(certificates["Remote Desktop"])) one.notAfter = "2027-01-01T00:00:00.000Z";
    },
  },
  {
    name: "the group of firewall rules",
    faults: ["firewall-group-disabled"],
    make: enableFirewallGroup,
    happens: ({ firewall }) => {
      firewall.rules = firewall.rules.map((rule, at) => ({ ...rule, enabled: at === 0 }));
    },
  },
  {
    name: "the service's setting",
    faults: ["termservice-disabled"],
    make: configure({ startMode: "Manual" }),
    happens: ({ services }) => {
      if (services.TermService) services.TermService.type = "own";
    },
  },
  {
    name: "the service's state",
    faults: [],
    make: restart,
    happens: ({ services }) => {
      if (services.UmRdpService) services.UmRdpService.state = "Stopped";
      if (services.TermService) services.TermService.state = "Stopped";
    },
  },
];

describe.each(guests)("$name", ({ guest, skip }) => {
  describe.skipIf(skip)("guards", () => {
    test("collect looks and changes nothing, not even the journal", async () => {
      const windows = windowsWith("key-corrupt");
      const { files } = structuredClone(windows.state);
      windows.onCall = (name) => {
        if (adapterFunctions[name].changes) throw new Error(`collect called ${name}`);
      };
      await look(guest, windows);
      expect(windows.state.files).toEqual(files);
    });

    test.each(["apply", "undo"] as const)("%s does nothing after its time", async (script) => {
      const windows = windowsWith("remote-desktop-disabled");
      const list = enable(await look(modelledGuest, windows));
      const before = structuredClone(windows.state);
      const late = { runId: runId(1), step: "late-1", notAfter: "2026-11-21T07:59:59.000Z", changes: list };
      const { reply } = await ask(guest, windows, script, { ...late, undoes: runId(2) });
      expect(reply).toMatchObject({ status: "expired", receipts: [], evidence: null });
      expect(windows.state).toEqual(before);
    });

    test("collect looks at any time: only so does a wrong clock show", async () => {
      const windows = windowsWith("clock-ahead");
      const request = { runId: runId(1), step: "collect-1", madeAt: rigTime.toISOString() };
      const { reply } = await ask(guest, windows, "collect", request);
      expect(reply.evidence).toMatchObject({
        requestedAt: "2026-11-21T08:00:00.000Z",
        collectedAt: "2026-11-21T08:25:00.000Z",
      });
    });

    test.each([
      ["clock-ahead", 1500],
      ["clock-behind", -86_400],
    ] as const)("the time of a request counts by the true clock, as far as it is known: %s", async (fault, ahead) => {
      const windows = windowsWith(fault, "remote-desktop-disabled");
      const request = { runId: runId(1), changes: enable(await look(modelledGuest, windows)) };
      const late = { ...request, step: "apply-1", notAfter: "2026-11-21T07:59:00.000Z", clockAheadSeconds: ahead };
      expect((await ask(guest, windows, "apply", late)).reply.status).toBe("expired");
      const inTime = { ...request, step: "apply-2", notAfter: "2026-11-21T08:01:00.000Z", clockAheadSeconds: ahead };
      expect((await ask(guest, windows, "apply", inTime)).reply.status).toBe("done");
    });

    test("the same step of the same run is done once", async () => {
      const windows = windowsWith("remote-desktop-disabled");
      const request = { runId: runId(1), step: "apply-1", changes: enable(await look(modelledGuest, windows)) };
      expect((await ask(guest, windows, "apply", request)).reply.status).toBe("done");
      const after = comparableState(windows.state);
      windows.state.registry["HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\fDenyTSConnections"] =
        dword(1);
      const { reply } = await ask(guest, windows, "apply", request);
      expect(reply).toMatchObject({ status: "repeated", receipts: [], evidence: null });
      expect(comparableState(windows.state)).not.toEqual(after);
    });

    test.each(some(guest, forged, 3))(
      "the allow-list refuses $name, and all that came with it",
      async ({ faults, change }) => {
        const windows = windowsWith("firewall-blocks-all", ...faults);
        const before = comparableState(windows.state);
        const list = [...openFirewall(await look(modelledGuest, windows)), change];
        const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
        expect(reply).toMatchObject({ status: "refused", receipts: [], reason: expect.any(String) });
        expect(readable(reply.evidence).firewall.profiles.some((profile) => profile.blockAll)).toBe(true);
        expect(comparableState(windows.state)).toEqual(before);
      },
    );

    test("two changes of one thing are refused", async () => {
      const windows = windowsWith("remote-desktop-disabled");
      const before = comparableState(windows.state);
      const evidence = await look(modelledGuest, windows);
      const list = [...enable(evidence), ...enable(evidence)];
      const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
      expect(reply).toMatchObject({ status: "refused", receipts: [] });
      expect(comparableState(windows.state)).toEqual(before);
    });

    test("a certificate that Windows did not make stays", async () => {
      const state = withFaults(healthyWindows(), ["certificate-expired"]);
      for (const certificate of Object.values(state.certificates["Remote Desktop"])) certificate.selfSigned = false;
      const windows = simulateWindows(state, { now: () => rigTime });
      const before = comparableState(windows.state);
      const list = changes(removeCertificates, restart)(await look(modelledGuest, windows));
      const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
      expect(reply).toMatchObject({ status: "refused", receipts: [] });
      expect(comparableState(windows.state)).toEqual(before);
    });

    test.each(some(guest, meanwhiles, 3))(
      "nothing is done when $name changed after the look",
      async ({ faults, make, happens }) => {
        const windows = windowsWith("firewall-blocks-all", ...faults);
        const list = changes(make, openFirewall)(await look(modelledGuest, windows));
        happens(windows.state);
        const before = comparableState(windows.state);
        const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
        expect(reply).toMatchObject({ status: "refused", receipts: [], reason: expect.any(String) });
        expect(comparableState(windows.state)).toEqual(before);
      },
    );

    test("a key that cannot be read stops the folder from being made anew, unless forced", async () => {
      const windows = windowsWith("machine-keys-folder-corrupt");
      const [path = "", file] =
        Object.entries(windows.state.files).find(([, one]) => one.content === keyOf("iisWasKey")) ?? [];
      if (file) file.sddl = "D:PAI(A;;FA;;;S-1-5-21-1-2-3-1001)";
      const before = comparableState(windows.state);
      const evidence = await look(modelledGuest, windows);
      const gentle = { runId: runId(1), step: "apply-1", changes: changes(renameFolder(), restart)(evidence) };
      expect((await ask(guest, windows, "apply", gentle)).reply.status).toBe("refused");
      expect(comparableState(windows.state)).toEqual(before);

      const forced = { runId: runId(1), step: "apply-2", changes: changes(renameFolder(true), restart)(evidence) };
      expect((await ask(guest, windows, "apply", forced)).reply.status).toBe("done");
      expect(windows.state.files[path]).toBeUndefined();
      await ask(guest, windows, "undo", { runId: runId(2), step: "undo-1", undoes: runId(1) });
      expect(comparableState(windows.state)).toEqual(before);
    });

    test("what is a link to another place is not touched", async () => {
      const windows = windowsWith("key-permissions-denied");
      const list = changes(grantAccess("rdp-key"), restart)(await look(modelledGuest, windows));
      for (const [path, file] of Object.entries(windows.state.files)) file.reparsePoint = path.includes(rdpKeyPrefix);
      const before = comparableState(windows.state);
      const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
      expect(reply.status).toBe("refused");
      expect(comparableState(windows.state)).toEqual(before);
    });

    test("two scripts never work in one VM at a time", async () => {
      const windows = windowsWith("remote-desktop-disabled");
      const other = windows.startProcess();
      openPrivateFolder(other.adapter, journalRoot);
      other.adapter["Lock-JournalFolder"]({ Path: `${journalRoot}\\lock` });
      const before = comparableState(windows.state);
      const changes = enable(await look(modelledGuest, windows));
      const { reply } = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes });
      expect(reply).toMatchObject({ status: "refused", receipts: [] });
      expect(comparableState(windows.state)).toEqual(before);
      other.end();
      const again = await ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes });
      expect(again.reply.status).toBe("done");
    });

    test.each([
      ["a stranger's", "Restart-Service -Name TermService -Force"],
      ["one of ours with a line more", `${ours}Remove-Item -Path C:\\ -Recurse`],
      ["one of ours with a forged request", ours.replace(/'[A-Za-z0-9+/]{20,}={0,2}'/, "'cGF0aHM='")],
    ])("a script that is not ours, %s, prints nothing and changes nothing", async (name, script) => {
      // The model cannot do what a stranger's line says, and so need not look at every line of ours.
      if (guest.kind === "modelled" && name.includes("line more")) return;
      const windows = windowsWith("rdp-services-stopped");
      const before = structuredClone(windows.state);
      expect(await guest.run(windows, script)).toEqual({ stdout: "", stderr: "", exitCode: 0 });
      expect(windows.state).toEqual(before);
    });
  });
});
