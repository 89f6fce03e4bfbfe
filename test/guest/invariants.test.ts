import { describe, expect, test } from "vitest";
import type { Guest } from "../../sandbox/guest/guest.ts";
import { modelledGuest } from "../../sandbox/guest/modelled-guest.ts";
import type { AdapterFunction } from "../../sandbox/windows/adapter-functions.ts";
import { keyOf } from "../../sandbox/windows/certificates.ts";
import { comparableState } from "../../sandbox/windows/comparable.ts";
import type { WindowsSimulator } from "../../sandbox/windows/simulator.ts";
import type { FileState, WindowsState } from "../../sandbox/windows/state.ts";
import {
  ask,
  changes,
  guests,
  look,
  type MakeChanges,
  readable,
  removeCertificates,
  renameFolder,
  restart,
  runId,
  set,
  some,
  windowsWith,
} from "./scenarios-rig.ts";

/*
 * What works before a change, and is no business of it, works after it, or everything is taken back: the keys of
 * others, the Azure agent's own among them, and the agent by which scripts come in.
 */

const newFolder = changes(renameFolder(), removeCertificates, restart);
const allow = changes(set("terminal-server/fDenyTSConnections", 0), restart);

/** A certificate of LocalMachine\My by a part of its subject. */
function certificateOf({ certificates }: WindowsState, subject: string): string {
  const found = Object.entries(certificates.My).find(([, one]) => one.subject.includes(subject));
  if (!found) throw new Error(`There is no certificate of ${subject}.`);
  return found[0];
}

/** The file of a certificate's key where Windows looks for it now. */
function keyFileOf(state: WindowsState, thumbprint: string): FileState {
  const found = Object.entries(state.files).find(
    ([path, file]) => file.content === keyOf(thumbprint) && path.includes("\\MachineKeys\\"),
  );
  if (!found) throw new Error(`There is no key of ${thumbprint}.`);
  return found[1];
}

/** Something of the VM's own that happens once, when the script comes to this call. */
function meanwhile(windows: WindowsSimulator, call: AdapterFunction, happens: (state: WindowsState) => void): void {
  let happened = false;
  windows.onCall = (name) => {
    if (name !== call || happened) return;
    happened = true;
    happens(windows.state);
  };
}

async function apply(guest: Guest, windows: WindowsSimulator, make: MakeChanges) {
  const list = make(await look(modelledGuest, windows));
  return () => ask(guest, windows, "apply", { runId: runId(1), step: "apply-1", changes: list });
}

describe.each(guests)("$name", ({ guest, skip }) => {
  describe.skipIf(skip)("what worked before", () => {
    const owners = ["www.example.com", "TenantEncryptionCert"];

    test.each(some(guest, owners, 1))(
      "a key of %s that the new folder does not open brings the old folder back",
      async (subject) => {
        const windows = windowsWith("machine-keys-folder-corrupt");
        const send = await apply(guest, windows, newFolder);
        const broken = comparableState(windows.state);
        const thumbprint = certificateOf(windows.state, subject);
        // As a product does that watches the folder and takes it for an attack.
        meanwhile(windows, "Start-RdpService", (state) => {
          keyFileOf(state, thumbprint).sddl = "D:PAI(D;;FA;;;SY)";
        });
        const { reply } = await send();
        expect(reply).toMatchObject({ status: "rolled-back", receipts: [], conflicts: [] });
        expect(reply.reason).toContain(thumbprint);
        expect(reply.reason).toContain(subject);
        expect(comparableState(windows.state)).toEqual(broken);
        expect(readable(reply.evidence).keys.dependents.every((one) => one.usable)).toBe(true);
      },
    );

    test("a change of a single value is taken back as well when the agent does not come through it", async () => {
      const windows = windowsWith("remote-desktop-disabled");
      const send = await apply(guest, windows, allow);
      const broken = comparableState(windows.state);
      meanwhile(windows, "Set-RegistryData", ({ services }) => {
        Object.assign(services.WindowsAzureGuestAgent ?? {}, { state: "Stopped" });
      });
      const { reply } = await send();
      expect(reply).toMatchObject({ status: "rolled-back", receipts: [] });
      expect(reply.reason).toContain("WindowsAzureGuestAgent");
      Object.assign(windows.state.services.WindowsAzureGuestAgent ?? {}, { state: "Running" });
      expect(comparableState(windows.state)).toEqual(broken);
    });

    test("an agent that just starts anew is waited for", async () => {
      const windows = windowsWith("remote-desktop-disabled");
      const send = await apply(guest, windows, allow);
      let waits = 0;
      windows.onCall = (name) => {
        const state = windows.state.services.RdAgent;
        if (name === "Set-RegistryData") Object.assign(state ?? {}, { state: "Stopped" });
        if (name === "Wait-Seconds") waits += 1;
        if (waits === 3) Object.assign(state ?? {}, { state: "Running" });
      };
      expect((await send()).reply.status).toBe("done");
      expect(waits).toBe(3);
    });

    test("a service that runs and could not be started again is not restarted", async () => {
      for (const setting of some(guest, [{ account: ".\\operator" }, { startMode: "Disabled" }] as const, 1)) {
        const windows = windowsWith("remote-desktop-disabled");
        const send = await apply(guest, windows, allow);
        Object.assign(windows.state.services.TermService ?? {}, setting);
        const broken = comparableState(windows.state);
        const { reply } = await send();
        expect(reply).toMatchObject({ status: "refused", receipts: [] });
        expect(reply.reason).toContain("TermService runs");
        expect(comparableState(windows.state)).toEqual(broken);
      }
    });

    test("what did not work before need not work after", async () => {
      const windows = windowsWith("machine-keys-folder-corrupt");
      const web = keyFileOf(windows.state, certificateOf(windows.state, "www.example.com"));
      Object.assign(web, { content: "torn", bytes: 4 });
      Object.assign(windows.state.services.RdAgent ?? {}, { state: "Stopped" });
      const send = await apply(guest, windows, newFolder);
      expect((await send()).reply.status).toBe("done");
    });

    test("where it cannot be looked at before, nothing is begun", async () => {
      const windows = windowsWith("remote-desktop-disabled");
      const send = await apply(guest, windows, allow);
      const broken = comparableState(windows.state);
      windows.failOn("Get-StoreCertificates", 1);
      const { reply } = await send();
      expect(reply).toMatchObject({ status: "refused", receipts: [] });
      expect(comparableState(windows.state)).toEqual(broken);
    });
  });
});
